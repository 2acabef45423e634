import { createHash, hash, type KeyObject, verify } from "node:crypto";
import { canonicalFields } from "./canonical-fields.ts";
import { hashBody } from "./hash-body.ts";
import type { PlainMessage } from "./plain-message.ts";
import { readTags, unfolded } from "./tag-list.ts";

/** A DKIM-Signature of which there is only one reading: see `readPlainSignature`. */
export interface PlainSignature {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: "rsa-sha256" | "ed25519-sha256";
  readonly bodyCanonicalization: "relaxed" | "simple";
  /** `bh=` and `b=`, base64. */
  readonly bodyHash: string;
  readonly signature: string;
  /** What is signed: the canonical header. One character per byte. */
  readonly data: string;
}

const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/i;
const SELECTOR = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?)*$/i;
const BASE64 = /^[A-Za-z0-9+/]{4,2000}={0,2}$/;
const SECONDS = /^\d{1,12}$/;
const FIELD_NAME = /^[!-9;-~]+$/;

/**
 * Reads a signature that is as the standard has it and has none of what needs a closer look: part of a body (`l=`), an expiry that
 * has come, an identity beside the domain, a header that is signed as it stands.
 *
 * @returns null for any other
 */
export function readPlainSignature(field: string, message: PlainMessage, now: Date): PlainSignature | null {
  const colon = field.indexOf(":");
  const parts = field.slice(colon + 1).split(";");
  const tags = readTags(parts);
  if (tags === null || tags.has("l") || tags.get("v") !== "1") return null; // RFC 6376 §3.5
  const algorithm = tags.get("a");
  if (algorithm !== "rsa-sha256" && algorithm !== "ed25519-sha256") return null;
  const canonicalization = tags.get("c");
  if (canonicalization !== "relaxed/relaxed" && canonicalization !== "relaxed/simple") return null;
  const domain = tags.get("d") ?? "";
  const selector = tags.get("s") ?? "";
  if (!DOMAIN.test(domain) || !SELECTOR.test(selector) || domain.length + selector.length > 230) return null;
  const identity = tags.get("i");
  if (identity !== undefined && identity.slice(identity.lastIndexOf("@")) !== `@${domain}`) return null;
  if ((tags.get("q") ?? "dns/txt") !== "dns/txt" || !isTimely(tags.get("t"), tags.get("x"), now)) return null;
  const bodyHash = unfolded(tags.get("bh"));
  const signature = unfolded(tags.get("b"));
  if (!BASE64.test(bodyHash) || !BASE64.test(signature)) return null;
  const names = (tags.get("h") ?? "").split(":").map((name) => name.trim().toLowerCase());
  if (!names.includes("from") || names.includes("dkim-signature")) return null;
  if (!names.every((name) => FIELD_NAME.test(name))) return null;

  // RFC 6376 §3.7: the field itself comes last, with nothing in b= and without its line end.
  const emptied = parts.map((part) => (/^\s*b\s*=/.test(part) ? part.slice(0, part.indexOf("=") + 1) : part));
  const own =
    canonicalFields(`${field.slice(0, colon)}:${emptied.join(";")}`).get("dkim-signature")?.[0] ?? "";
  return {
    domain,
    selector,
    algorithm,
    bodyCanonicalization: canonicalization === "relaxed/relaxed" ? "relaxed" : "simple",
    bodyHash,
    signature,
    data: signedFields(names, message.fields) + own.slice(0, -2),
  };
}

function isTimely(signedAt: string | undefined, expiresAt: string | undefined, now: Date): boolean {
  if (signedAt !== undefined && !SECONDS.test(signedAt)) return false;
  if (expiresAt === undefined) return true;
  if (!SECONDS.test(expiresAt) || Number(expiresAt) * 1_000 <= now.getTime()) return false;
  return signedAt === undefined || Number(signedAt) < Number(expiresAt);
}

/** RFC 6376 §5.4.2: of several fields of a name, the lowest first; names that are left over stand for none. */
function signedFields(names: readonly string[], fields: ReadonlyMap<string, readonly string[]>): string {
  const taken = new Map<string, number>();
  let data = "";
  for (const name of names) {
    const before = taken.get(name) ?? 0;
    taken.set(name, before + 1);
    data += fields.get(name)?.at(-1 - before) ?? "";
  }
  return data;
}

/** Whether the body has the hash that the signature says (RFC 6376 §3.7). Its lines end in CRLF. */
export function hasBodyHash({ bodyHash, bodyCanonicalization }: PlainSignature, body: Buffer): boolean {
  return bodyHash === (bodyCanonicalization === "relaxed" ? hashBody(body) : hashSimpleBody(body));
}

/** RFC 6376 §3.4.3: empty lines at the end are one line end. */
function hashSimpleBody(body: Buffer): string {
  let end = body.length;
  while (end >= 2 && body[end - 1] === 0x0a && body[end - 2] === 0x0d) end -= 2;
  return createHash("sha256").update(body.subarray(0, end)).update("\r\n").digest("base64");
}

/** Whether the key has made the signature. */
export function isSignedBy(key: KeyObject, { algorithm, data, signature }: PlainSignature): boolean {
  const bytes = Buffer.from(data, "latin1");
  const value = Buffer.from(signature, "base64");
  if (algorithm === "rsa-sha256")
    return key.asymmetricKeyType === "rsa" && verify("sha256", bytes, key, value);
  // RFC 8463 §3
  return key.asymmetricKeyType === "ed25519" && verify(null, hash("sha256", bytes, "buffer"), key, value);
}
