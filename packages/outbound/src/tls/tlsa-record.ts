import { createHash, X509Certificate } from "node:crypto";

/** RFC 6698 §2.1. */
export interface TlsaRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  readonly data: Buffer;
}

/** DANE-TA: an authority of the chain; DANE-EE: the server's own certificate (RFC 7672 §3.1). */
const DANE_TA = 2;
const DANE_EE = 3;
const DIGESTS = { 1: "sha256", 2: "sha512" } as const;

/**
 * Those records a client can check: usages 2 and 3, known selectors and matching types, data of the right length. Usages 0 and 1 are
 * unusable for SMTP (RFC 7672 §3.1.3).
 */
export function usableRecords(records: readonly TlsaRecord[]): readonly TlsaRecord[] {
  return records.filter(({ usage, selector, matchingType, data }) => {
    if (usage !== DANE_TA && usage !== DANE_EE) return false;
    if (selector !== 0 && selector !== 1) return false;
    if (matchingType === 1) return data.length === 32;
    if (matchingType === 2) return data.length === 64;
    return matchingType === 0 && data.length > 0;
  });
}

/**
 * Checks a server against its TLSA records.
 *
 * - DANE-EE: the server's certificate matches; names and dates do not count (RFC 7672 §3.1.1).
 * - DANE-TA: a certificate of the chain that was sent matches, signs its way down to the server's, all of them are in date, and the
 *   server's is made out to one of `names` (§3.1.2, §3.2.3).
 *
 * @param names the TLSA base domain first, then the next-hop domain
 * @param chain the server's certificate first
 * @returns null when a record matches, else what is wrong
 */
export function checkDane(
  records: readonly TlsaRecord[],
  names: readonly string[],
  chain: readonly X509Certificate[],
  nowMs: number,
): string | null {
  const [leaf] = chain;
  if (leaf === undefined) return "the server sent no certificate";
  if (records.some((record) => record.usage === DANE_EE && matches(record, leaf))) return null;
  let problem = "no TLSA record matches the certificate";
  for (const record of records) {
    if (record.usage !== DANE_TA) continue;
    const path = pathTo(record, chain);
    if (path === null) continue;
    const expired = path.find(
      ({ validFromDate, validToDate }) => validFromDate.getTime() > nowMs || validToDate.getTime() < nowMs,
    );
    if (expired !== undefined) problem = "a certificate of the chain is not valid today";
    else if (names.some((name) => leaf.checkHost(name) !== undefined)) return null;
    else
      problem = `the certificate is made out to ${leaf.subjectAltName ?? "nobody"}, not to ${names.join(" or ")}`;
  }
  return problem;
}

/** The chain from the server's certificate up to one that the record names; every certificate in it is signed by the next. */
function pathTo(record: TlsaRecord, chain: readonly X509Certificate[]): readonly X509Certificate[] | null {
  const sent = [...chain];
  // RFC 7671 §5.2.2: a record with a whole certificate or key may name an authority that the server does not send.
  if (record.matchingType === 0 && record.selector === 0) {
    try {
      sent.push(new X509Certificate(record.data));
    } catch {
      return null;
    }
  }
  const [leaf] = chain;
  if (leaf === undefined) return null;
  const path = [leaf];
  for (let lowest = leaf; path.length <= sent.length; ) {
    if (path.length > 1 && matches(record, lowest)) return path;
    const issuer = sent.find(
      (candidate) =>
        !path.some((known) => known.fingerprint256 === candidate.fingerprint256) &&
        candidate.ca &&
        lowest.checkIssued(candidate) &&
        lowest.verify(candidate.publicKey),
    );
    if (issuer === undefined) return null;
    path.push(issuer);
    lowest = issuer;
  }
  return null;
}

function matches({ selector, matchingType, data }: TlsaRecord, certificate: X509Certificate): boolean {
  const selected =
    selector === 0 ? certificate.raw : certificate.publicKey.export({ type: "spki", format: "der" });
  if (matchingType === 0) return selected.equals(data);
  if (matchingType !== 1 && matchingType !== 2) return false;
  return createHash(DIGESTS[matchingType]).update(selected).digest().equals(data);
}
