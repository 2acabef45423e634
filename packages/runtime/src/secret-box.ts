import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/**
 * Seals secrets at rest with AES-256-GCM. The context (for instance `dkim-key:<id>`) is authenticated but not
 * stored, so that someone who can write to the database cannot move one row's secret into another row.
 */
export type SecretBox = {
  /** @returns `wax1.<base64url of nonce, ciphertext and tag>`, safe for a text column */
  readonly seal: (plaintext: string | Uint8Array, context: string) => string;
  /** @throws SecretBoxError when the text is not sealed, or with another key or for another context */
  readonly open: (sealed: string, context: string) => Buffer;
};

/** Why a sealed text did not open. The message never holds a secret. */
export class SecretBoxError extends Error {
  override readonly name = "SecretBoxError";
  readonly kind: "not-sealed" | "wrong-key-or-context";

  constructor(kind: SecretBoxError["kind"], options?: ErrorOptions) {
    super(
      kind === "not-sealed"
        ? "this is not a text sealed by Waxwing (wax1.)"
        : "a sealed secret does not open: WAXWING_SECRET_KEY is not the key it was sealed with, or the row was tampered with",
      options,
    );
    this.kind = kind;
  }
}

const prefix = "wax1.";
const algorithm = "aes-256-gcm";
// NIST SP 800-38D §8.2.2: random nonces of 96 bits are safe for 2^32 messages per key; we seal a few thousand.
const nonceBytes = 12;
const tagBytes = 16;

/** @param key exactly 32 bytes, see {@link parseSecretKey} */
export function createSecretBox(key: Uint8Array): SecretBox {
  if (key.length !== 32) throw new RangeError("a secret box needs a key of 32 bytes");
  return {
    seal(plaintext, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(context, "utf8"));
      const bytes = typeof plaintext === "string" ? Buffer.from(plaintext, "utf8") : plaintext;
      const sealed = Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
      return prefix + sealed.toString("base64url");
    },
    open(sealed, context) {
      const bytes = sealed.startsWith(prefix) ? Buffer.from(sealed.slice(prefix.length), "base64url") : null;
      if (bytes === null || bytes.length < nonceBytes + tagBytes) throw new SecretBoxError("not-sealed");
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(context, "utf8"));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
      } catch (cause) {
        throw new SecretBoxError("wrong-key-or-context", { cause });
      }
    },
  };
}

/** Reads a key of 32 bytes in hex (64 digits) or base64, either alphabet; null when it is not one. */
export function parseSecretKey(text: string): Buffer | null {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, "hex");
  // 32 bytes are 43 base64 characters and one of padding.
  if (/^[\w+/-]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, "base64");
  return null;
}
