import { createPublicKey, type KeyObject } from "node:crypto";
import { readTags, unfolded } from "./tag-list.ts";

/** The public keys of DKIM records: reading one takes longer than checking a signature with it. */
export interface KeyMemory {
  /** @returns null for a record that needs a closer look, or has no key */
  readonly keyOf: (record: string) => KeyObject | null;
}

const MIN_RSA_BITS = 1024; // RFC 8301 §3.2
const BASE64 = /^[A-Za-z0-9+/]{4,2000}={0,2}$/;
/** RFC 8463 §4 publishes the bare key; this makes a SubjectPublicKeyInfo of it (RFC 8410). */
const ED25519_PREFIX = Buffer.from("302a300506032b6570032100", "hex");
const MAX_KEYS = 1_000;
const MAX_RECORD_CHARS = 2_048;

/** Remembers the last thousand keys, some 3 MB; what a record says is remembered by its text, so a new record is a new key. */
export function createKeyMemory(): KeyMemory {
  const keys = new Map<string, KeyObject>();
  return {
    keyOf: (record) => {
      const known = keys.get(record);
      if (known !== undefined) return known;
      if (record.length > MAX_RECORD_CHARS) return null;
      const key = readKeyRecord(record);
      if (key === null) return null;
      keys.set(record, key);
      const [oldest] = keys.keys();
      if (keys.size > MAX_KEYS && oldest !== undefined) keys.delete(oldest);
      return key;
    },
  };
}

/** RFC 6376 §3.6.1. @throws for bytes that are no key */
function readKeyRecord(record: string): KeyObject | null {
  const tags = readTags(record.split(";"));
  if (tags === null) return null;
  const { v = "DKIM1", k = "rsa", h = "sha256", s = "*", t = "s", p = "" } = Object.fromEntries(tags);
  if (v !== "DKIM1" || (tags.has("v") && tags.keys().next().value !== "v")) return null;
  if (h !== "sha256" || (s !== "*" && s !== "email") || t !== "s") return null;
  const bytes = unfolded(p);
  if (!BASE64.test(bytes)) return null;
  const der = Buffer.from(bytes, "base64");
  if (k === "ed25519" && der.length === 32)
    return createPublicKey({ key: Buffer.concat([ED25519_PREFIX, der]), format: "der", type: "spki" });
  if (k !== "rsa") return null;
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS ? key : null;
}
