import { createHash } from "node:crypto";

/** An API key taken apart: the public half finds the row, the secret half proves the holder. */
export type ApiKeyParts = { readonly publicId: string; readonly secret: string };

/**
 * Takes an API key apart. Ours are `SG.<public id>.<secret>`; an operator may set WAXWING_API_KEY to any other text, whose public
 * id is then a digest of it (which tells nothing of it, as it tells nothing of 43 random characters).
 */
export function parseApiKey(key: string): ApiKeyParts {
  const match = /^SG\.([\w-]{1,64})\.([\w-]{1,256})$/.exec(key);
  if (match?.[1] !== undefined && match[2] !== undefined) return { publicId: match[1], secret: match[2] };
  return {
    publicId: createHash("sha256").update("api-key").update(key).digest("base64url").slice(0, 22),
    secret: key,
  };
}
