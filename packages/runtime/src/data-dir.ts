import { randomBytes } from "node:crypto";
import { access, constants, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readOrCreatePrivateFile } from "./private-file.ts";
import { parseSecretKey } from "./secret-box.ts";

/** The opened data directory and the secrets that were configured or live in it. */
export type DataDir = {
  /** Absolute. */
  readonly path: string;
  /** 32 bytes, for `createSecretBox`. */
  readonly secretKey: Buffer;
  readonly apiKey: string;
  readonly mailboxPassword: string;
  /** Where the embedded database lives; not created here. */
  readonly postgresDir: string;
  /** Where the self-signed certificate lives; not created here. */
  readonly tlsDir: string;
  /** True when this call made any of the secrets: the first start. */
  readonly created: boolean;
};

/** Something about the data directory that the operator must put right. */
export class DataDirError extends Error {
  override readonly name = "DataDirError";
}

/**
 * Makes a key in the form of SendGrid's, which client libraries check: `SG.<22>.<43>` URL-safe characters, that is
 * 128 bits to look the key up by and 256 bits of secret.
 */
export function generateApiKey(): string {
  return `SG.${randomBytes(16).toString("base64url")}.${randomBytes(32).toString("base64url")}`;
}

/**
 * Creates the data directory (0700) when it is missing, and loads or generates its secrets. What the configuration
 * gives overrides the files and is not written to them.
 *
 * @param config the part of `Config` that is read here
 * @throws DataDirError when the path is not a directory of ours or a file in it is damaged
 */
export async function openDataDir(config: {
  readonly dataDir: string;
  readonly secretKey: string | null;
  readonly apiKey: string | null;
  readonly mailboxPassword: string | null;
}): Promise<DataDir> {
  const path = config.dataDir;
  await ensurePrivateDirectory(path);
  let created = false;

  async function secret(configured: string | null, file: string, make: () => string): Promise<string> {
    if (configured !== null) return configured;
    const stored = await readOrCreatePrivateFile(path, file, make);
    // An empty file (a full disk, a careless edit) must not become an empty password.
    if (stored.text === "")
      throw new DataDirError(`${join(path, file)} is empty; restore it, or delete it to have a new one made`);
    created ||= stored.created;
    return stored.text;
  }

  const secretKeyText = await secret(config.secretKey, "secret-key", () =>
    randomBytes(32).toString("base64"),
  );
  const secretKey = parseSecretKey(secretKeyText);
  if (secretKey === null) {
    throw new DataDirError(
      `${join(path, "secret-key")} is damaged; restore it, or what was sealed with it is lost`,
    );
  }
  const apiKey = await secret(config.apiKey, "api-key", generateApiKey);
  const mailboxPassword = await secret(config.mailboxPassword, "mailbox-password", () =>
    randomBytes(18).toString("base64url"),
  );
  return {
    path,
    secretKey,
    apiKey,
    mailboxPassword,
    postgresDir: join(path, "postgres"),
    tlsDir: join(path, "tls"),
    created,
  };
}

async function ensurePrivateDirectory(path: string): Promise<void> {
  try {
    // An existing directory keeps its mode: it may be a mounted volume or hold other things, every secret in it is
    // 0600 itself, and group search (0710) is how the embedded database's user reaches its own part.
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (!(await stat(path)).isDirectory()) throw new Error("it is not a directory");
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DataDirError(
      `the data directory ${path} cannot be used (${cause instanceof Error ? cause.message : String(cause)})`,
      {
        cause,
      },
    );
  }
}
