import { createHash, randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";

/** The answer to a login attempt. `outdated` asks to store a new hash, because the cost has been raised since. */
export type PasswordCheck =
  | { readonly kind: "match"; readonly outdated: boolean }
  | { readonly kind: "mismatch" };

type Cost = { readonly logN: number; readonly r: number; readonly p: number };

// OWASP Password Storage Cheat Sheet, scrypt: N=2^14, r=8, p=5 is as strong as N=2^17, p=1 but needs 16 MiB instead
// of 128, and a mail server is asked by many clients at once. libuv runs four at a time, so 64 MiB at most.
const currentCost: Cost = { logN: 14, r: 8, p: 5 };
const keyBytes = 32;
const saltBytes = 16;
// Longer passwords only serve to keep the processor busy.
const longestPasswordBytes = 1_024;

const shape = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/-]+)\$([\w+/-]+)$/;

function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** cost.logN, r: cost.r, p: cost.p, maxmem: 256 * 1_024 * 1_024 };
  // RFC 8265 §4.2.2: the same password typed on two keyboards must be the same bytes.
  const bytes = Buffer.from(password.normalize("NFC"), "utf8");
  return new Promise((resolve, reject) => {
    scrypt(bytes, salt, keyBytes, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function tooLong(password: string): boolean {
  return Buffer.byteLength(password, "utf8") > longestPasswordBytes;
}

/**
 * Hashes a password for storage: scrypt (RFC 7914) with a random salt, the cost written into the text.
 *
 * @returns `$scrypt$ln=14,r=8,p=5$<salt>$<hash>`, base64url
 * @throws RangeError for more than 1,024 bytes
 */
export async function hashPassword(password: string): Promise<string> {
  if (tooLong(password)) throw new RangeError("a password has at most 1,024 bytes");
  const salt = randomBytes(saltBytes);
  const key = await derive(password, salt, currentCost);
  const { logN, r, p } = currentCost;
  return `$scrypt$ln=${logN},r=${r},p=${p}$${salt.toString("base64url")}$${key.toString("base64url")}`;
}

/**
 * Compares a password with a stored hash in constant time.
 *
 * @param stored null when there is no such account: the same work is done, so that the time taken does not tell an
 *   attacker which accounts exist
 * @throws TypeError when `stored` was not made by {@link hashPassword}
 */
export async function verifyPassword(password: string, stored: string | null): Promise<PasswordCheck> {
  const offered = tooLong(password) ? "" : password;
  if (stored === null) {
    await derive(offered, Buffer.alloc(saltBytes), currentCost);
    return { kind: "mismatch" };
  }
  const match = shape.exec(stored);
  if (match === null) throw new TypeError("this is not a password hash of Waxwing ($scrypt$)");
  const [, logN, r, p, salt = "", hash = ""] = match;
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  const key = await derive(offered, Buffer.from(salt, "base64url"), cost);
  if (!equalBytes(key, Buffer.from(hash, "base64url")) || tooLong(password)) return { kind: "mismatch" };
  const outdated = cost.logN !== currentCost.logN || cost.r !== currentCost.r || cost.p !== currentCost.p;
  return { kind: "match", outdated };
}

/**
 * Hashes the secret of an API key for storage and look-up: SHA-256, 32 bytes. A slow hash protects secrets that can
 * be guessed; ours are 256 random bits, which cannot, and every request pays for the check.
 */
export function hashApiKeySecret(secret: string): Buffer {
  return createHash("sha256").update(secret, "utf8").digest();
}

/** Compares two secrets in a time that depends on neither, not even when their lengths differ. */
export function equalSecrets(a: string | Uint8Array, b: string | Uint8Array): boolean {
  // Hashing first gives timingSafeEqual the equal lengths it insists on.
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
