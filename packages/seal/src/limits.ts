/** What a message may cost us to authenticate, with the reasons. mailauth itself has no such bounds. */
export const sealLimits = {
  /** mailauth's header parser is quadratic in lines and in some runs of white space; this much takes it 0.1 s. */
  headerBytes: 262_144,
  /** Physical lines of the header. */
  headerLines: 3_000,
  /** A longer line breaks RFC 5322 §2.1.1 sixteen times over, and runs of white space in it are what is quadratic. */
  headerLineBytes: 16_384,
  /** Each signature costs a DNS query, a body hash of its own when its l= differs, and a public-key operation. */
  dkimSignatures: 10,
  /** One signature field. Its h= list is matched against every field of the header. */
  dkimSignatureBytes: 8_192,
  /** RFC 8617 §4.2.1 allows 50 sets; each has a seal to look up and verify. */
  arcSets: 20,
  /** DNS queries for one message: SPF alone may need a hundred (RFC 7208 §4.6.4). */
  dnsQueries: 150,
  /** Time for all of them together, unless the caller says otherwise. */
  dnsTimeoutMs: 10_000,
} as const;
