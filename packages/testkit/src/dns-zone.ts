/** Answers of one name by record type, as `dns.promises.resolve` gives them, or a failure for that type. */
export type ZoneRecords = {
  readonly A?: ZoneAnswer<string>;
  readonly AAAA?: ZoneAnswer<string>;
  /** Followed, up to eight of them. */
  readonly CNAME?: ZoneAnswer<string>;
  readonly MX?: ZoneAnswer<{ readonly priority: number; readonly exchange: string }>;
  readonly NS?: ZoneAnswer<string>;
  readonly PTR?: ZoneAnswer<string>;
  /** Each record is a list of strings of at most 255 octets. */
  readonly TXT?: ZoneAnswer<readonly string[]>;
  readonly TLSA?: ZoneAnswer<{
    readonly certUsage: number;
    readonly selector: number;
    readonly match: number;
    readonly data: ArrayBuffer;
  }>;
};

/** Records, or the `code` that a look-up rejects with: ESERVFAIL, ETIMEOUT, EREFUSED... */
export type ZoneAnswer<T> = readonly T[] | { readonly error: string };

/** A zone: names in any case, without a trailing dot; `{ error }` makes every type of a name fail. */
export type Zone = Readonly<Record<string, ZoneRecords | { readonly error: string }>>;

/** A resolver over a zone. `queries` lists what it was asked, in order, as `NAME TYPE`. */
export type ZoneResolver = ((name: string, rrtype?: string) => Promise<unknown>) & {
  readonly queries: readonly string[];
};

const MAX_CNAMES = 8;

const dnsError = (code: string, name: string, rrtype: string): Error =>
  Object.assign(new Error(`query${rrtype} ${code} ${name}`), {
    code,
    hostname: name,
    syscall: `query${rrtype}`,
  });

const normalize = (name: string): string => name.toLowerCase().replace(/\.$/, "");

/**
 * Makes a resolver that answers from a zone alone, with the shapes and error codes of `dns.promises.resolve`:
 * ENOTFOUND for a name the zone does not have, ENODATA for one it has without that type (or only below it). It never
 * makes a real look-up, so a test that forgot a record fails instead of depending on the network.
 */
export const createDnsZone = (zone: Zone): ZoneResolver => {
  const names = new Map(Object.entries(zone).map(([name, records]) => [normalize(name), records]));
  const queries: string[] = [];

  const lookUp = (name: string, rrtype: string, cnames: number): readonly unknown[] => {
    const records = names.get(name);
    if (records === undefined) {
      // RFC 8020 §2: a name with others below it exists.
      const isAbove = [...names.keys()].some((known) => known.endsWith(`.${name}`));
      throw dnsError(isAbove ? "ENODATA" : "ENOTFOUND", name, rrtype);
    }
    if ("error" in records) throw dnsError(records.error, name, rrtype);
    const answers: Readonly<Record<string, ZoneAnswer<unknown> | undefined>> = records;
    const answer = answers[rrtype];
    if (answer !== undefined && "error" in answer) throw dnsError(answer.error, name, rrtype);
    if (answer !== undefined && answer.length > 0) return answer;
    const { CNAME: cname } = records;
    if (cname !== undefined && "error" in cname) throw dnsError(cname.error, name, rrtype);
    const target = cname?.[0];
    if (target === undefined) throw dnsError("ENODATA", name, rrtype);
    if (cnames >= MAX_CNAMES) throw dnsError("ESERVFAIL", name, rrtype);
    return lookUp(normalize(target), rrtype, cnames + 1);
  };

  const resolve = async (name: string, rrtype = "A"): Promise<unknown> => {
    queries.push(`${normalize(name)} ${rrtype}`);
    // A copy: what the caller does to the answer must not change the zone.
    return structuredClone(lookUp(normalize(name), rrtype, 0));
  };
  return Object.assign(resolve, { queries });
};
