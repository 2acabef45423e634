import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

/**
 * The Sender Rewriting Scheme: mail that is forwarded leaves with a reverse-path of the forwarder's own domain, so that SPF finds the
 * host that really sends it, and a bounce of it comes back here and is passed on. The usual form (libsrs2,
 * https://www.libsrs2.net/srs/srs.pdf): `SRS0=<hash>=<day>=<domain>=<local part>@<host>`, and for a path that another forwarder has
 * rewritten already `SRS1=<hash>=<first forwarder>=<the rest of its SRS0>@<host>`, which leads past all forwarders in between.
 */
export interface SenderRewriting {
  /**
   * The reverse-path for forwarded mail. The null reverse-path stays null: what must never be answered must not become answerable.
   * Null where the address cannot be written so: it has characters that need quotes, or the result would be over 64 octets
   * (RFC 5321 §4.5.3.1.1).
   */
  readonly rewrite: (reversePath: string, host: string, nowMs: number) => string | null;
  /** The address a bounce to this local part is for; null when it is none of ours: a wrong hash, or made too long ago. */
  readonly restore: (localPart: string, nowMs: number) => string | null;
}

/** libsrs2 writes 4 characters of base64; ten of base32 are 50 bits, and outlive being case-folded on the way. */
const HASH_CHARS = 10;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const DAY_MS = 86_400_000;
/** Days that a day's two characters can tell apart. */
const DAYS = 1_024;
/** Mail is tried for a few days and its bounce may take as long; afterwards an address that leaked is of no use to anybody. */
const MAX_AGE_DAYS = 21;
/** RFC 5321 §4.5.3.1.1. */
const MAX_LOCAL_PART_CHARS = 64;

/** @param key at least 32 secret octets, the same in every process */
export function createSenderRewriting(key: Buffer): SenderRewriting {
  const secret = createSecretKey(key);
  const hashOf = (...parts: readonly string[]): string => {
    const mac = createHmac("sha256", secret).update(parts.join("=").toLowerCase()).digest();
    return [...mac.subarray(0, HASH_CHARS)].map((octet) => ALPHABET[octet & 31]).join("");
  };
  const isHash = (hash: string, ...parts: readonly string[]): boolean => {
    const right = Buffer.from(hashOf(...parts));
    const given = Buffer.from(hash.toLowerCase());
    return right.length === given.length && timingSafeEqual(right, given);
  };
  return {
    rewrite: (reversePath, host, nowMs) => {
      if (reversePath === "") return "";
      const at = reversePath.lastIndexOf("@");
      const [local, domain] = [reversePath.slice(0, at), reversePath.slice(at + 1)];
      // What only stands in quotes, or holds what is no ASCII, would need both again.
      if (at < 1 || !/^[\w!#$%&'*+/=?^`{|}~.-]+$/.test(local) || !/^[\w.-]+$/.test(domain)) return null;
      const written = rewritten(local, domain, nowMs, hashOf);
      return written.length > MAX_LOCAL_PART_CHARS ? null : `${written}@${host}`;
    },
    restore: (localPart, nowMs) => {
      const first = /^SRS0=([^=]+)=([a-z2-7]{2})=([^=]+)=(.+)$/i.exec(localPart);
      if (first !== null) {
        const [, hash = "", day = "", domain = "", local = ""] = first;
        if (!isHash(hash, day, domain, local)) return null;
        const age = (dayOf(nowMs) - readDay(day) + DAYS) % DAYS;
        return age <= MAX_AGE_DAYS ? `${local}@${domain}` : null;
      }
      const [, hash = "", host = "", rest = ""] = /^SRS1=([^=]+)=([^=]+)=(.+)$/i.exec(localPart) ?? [];
      return rest !== "" && isHash(hash, host, rest) ? `SRS0${rest}@${host}` : null;
    },
  };
}

function rewritten(
  local: string,
  domain: string,
  nowMs: number,
  hashOf: (...parts: readonly string[]) => string,
): string {
  // The separator after SRS0 and SRS1 may be =, + or -; what follows is the other forwarder's business.
  const [, again, host = "", beyond = ""] = /^SRS([01])[=+-][^=]+=([^=]+)=(.+)$/i.exec(local) ?? [];
  if (again === "1" && beyond !== "") return `SRS1=${hashOf(host, beyond)}=${host}=${beyond}`;
  if (again === "0") {
    const rest = local.slice("SRS0".length);
    return `SRS1=${hashOf(domain, rest)}=${domain}=${rest}`;
  }
  const day = writeDay(dayOf(nowMs));
  return `SRS0=${hashOf(day, domain, local)}=${day}=${domain}=${local}`;
}

const dayOf = (nowMs: number): number => Math.floor(nowMs / DAY_MS) % DAYS;

const writeDay = (day: number): string => `${ALPHABET[day >> 5] ?? ""}${ALPHABET[day & 31] ?? ""}`;

const readDay = (text: string): number => {
  const [high = "", low = ""] = text.toLowerCase();
  return ALPHABET.indexOf(high) * 32 + ALPHABET.indexOf(low);
};
