/** What the DNS says to one question; look-ups that fail are answers too. */
export type DnsAnswer<T> =
  | { readonly kind: "found"; readonly records: readonly T[]; readonly ttlMs: number }
  /** `no-such-name`: NXDOMAIN; `no-data`: the name exists without such records. */
  | { readonly kind: "none"; readonly why: "no-such-name" | "no-data" }
  /** SERVFAIL, REFUSED, a time-out: nobody knows. `code` as in `node:dns`, such as ESERVFAIL. */
  | { readonly kind: "failed"; readonly code: string };

/** One MX record. `exchange` "" or "." is a null MX. */
export interface MxRecord {
  readonly exchange: string;
  readonly priority: number;
}

/** The look-ups routing needs. None of them rejects. CNAMEs are followed by the server that is asked. */
export interface RouteResolver {
  readonly resolveMx: (domain: string) => Promise<DnsAnswer<MxRecord>>;
  /** A and AAAA of a host, in any order. */
  readonly resolveAddresses: (host: string) => Promise<DnsAnswer<string>>;
}

/** The answer that a rejection of `node:dns/promises` is. */
export function answerOfError(error: unknown): Exclude<DnsAnswer<never>, { readonly kind: "found" }> {
  const code =
    error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "EUNKNOWN";
  if (code === "ENOTFOUND") return { kind: "none", why: "no-such-name" };
  if (code === "ENODATA") return { kind: "none", why: "no-data" };
  return { kind: "failed", code };
}
