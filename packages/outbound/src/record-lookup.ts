import { Resolver as DnsResolver } from "node:dns/promises";

/** Looks up records as `dns.promises.resolve` does; rejects with an Error whose `code` is ENOTFOUND, ENODATA, ESERVFAIL... */
export type RecordResolver = (name: string, rrtype: string) => Promise<unknown>;

type Answer<T> =
  | { readonly kind: "found"; readonly values: readonly T[] }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly code: string };

/** A look-up that never rejects. `T` is what `dns.promises.resolve` gives for the type. */
export type LookUp = <T>(name: string, rrtype: "A" | "AAAA" | "MX" | "TXT" | "CNAME") => Promise<Answer<T>>;

/** Of one query to one server; two tries of it fit into the time of a check. */
const TIMEOUT_MS = 2_000;
const TRIES = 2;

/** Looks up the records of domains over the given resolvers, null for the system's. */
export function createRecordResolver(servers: readonly string[] | null): RecordResolver {
  const dns = new DnsResolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (servers !== null) dns.setServers([...servers]);
  return (name, rrtype) => dns.resolve(name, rrtype);
}

/** Tells a record that is not there from a look-up that failed. */
export function createLookUp(resolver: RecordResolver): LookUp {
  return async <T>(name: string, rrtype: string): Promise<Answer<T>> => {
    try {
      // The shapes are those of dns.promises.resolve for the type.
      const values = (await resolver(name, rrtype)) as readonly T[];
      return values.length === 0 ? { kind: "none" } : { kind: "found", values };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "EUNKNOWN";
      return code === "ENOTFOUND" || code === "ENODATA" ? { kind: "none" } : { kind: "failed", code };
    }
  };
}
