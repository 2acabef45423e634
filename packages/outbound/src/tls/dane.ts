import type { Clock } from "@waxwing/runtime";
import { createBoundedCache } from "./bounded-cache.ts";
import type { SecureAnswer, SecureResolver, SecureType } from "./secure-dns.ts";
import { type TlsaRecord, usableRecords } from "./tlsa-record.ts";

/** What the DNS says about the TLS of a host, as far as it proves it (RFC 7672). */
export type DaneStanding =
  /** Not a word, or none that is proved. */
  | { readonly kind: "none" }
  /** Records that no client can check: TLS must be used, unauthenticated (RFC 7672 §2.2). */
  | { readonly kind: "unusable"; readonly all: readonly TlsaRecord[] }
  | {
      readonly kind: "records";
      readonly usable: readonly TlsaRecord[];
      readonly all: readonly TlsaRecord[];
      /** Whom a certificate below a DANE-TA record may be made out to. */
      readonly names: readonly string[];
    }
  /** Nobody knows: the host must not be used now, because whoever can suppress answers could take the protection away (§2.1.2). */
  | { readonly kind: "failed"; readonly reason: string };

/** What DANE asks of a host that takes a domain's mail. Never rejects. */
export type DaneLookup = (domain: string, host: string) => Promise<DaneStanding>;

const MIN_TTL_MS = 5_000;
const MAX_TTL_MS = 3_600_000;

/**
 * RFC 7672 §2.2: the MX records of the domain, the addresses of the host and its TLSA records all have to be authenticated. Where the
 * host's name is an alias, its target's records come first, then its own.
 */
export function createDaneLookup(options: {
  readonly resolver: SecureResolver;
  readonly clock: Clock;
}): DaneLookup {
  const cache = createBoundedCache<SecureAnswer>({ clock: options.clock, keepMs: keptMs });
  const ask = (name: string, type: SecureType): Promise<SecureAnswer> =>
    cache(`${type} ${name}`, () => options.resolver(name, type));

  return async (domainAsWritten, hostAsWritten) => {
    const domain = bare(domainAsWritten);
    const host = bare(hostAsWritten);
    const mx = await ask(domain, "MX");
    if (mx.kind === "failed") return failed(`the MX records of ${domain}`, mx.reason);
    // §2.2.1: an MX record that anybody could have forged protects nothing.
    if (!mx.secure) return { kind: "none" };
    if (mx.kind === "found" ? !mx.hosts.includes(host) : host !== domain) return { kind: "none" };

    let addresses = await ask(host, "A");
    if (addresses.kind === "none") addresses = await ask(host, "AAAA");
    if (addresses.kind === "failed") return failed(`the addresses of ${host}`, addresses.reason);
    // §2.2.2: without it, an unsigned zone whose servers choke on TLSA would get no mail.
    if (!addresses.secure) return { kind: "none" };

    const owner = addresses.kind === "found" ? addresses.owner : host;
    for (const base of new Set([owner, host])) {
      const tlsa = await ask(`_25._tcp.${base}`, "TLSA");
      if (tlsa.kind === "failed") return failed(`the TLSA records of ${base}`, tlsa.reason);
      if (tlsa.kind === "none" || !tlsa.secure) continue;
      const usable = usableRecords(tlsa.tlsa);
      if (usable.length === 0) return { kind: "unusable", all: tlsa.tlsa };
      // §3.2.2
      const names = [...new Set([base, host, domain])];
      return { kind: "records", usable, all: tlsa.tlsa, names };
    }
    return { kind: "none" };
  };
}

function keptMs(answer: SecureAnswer): number {
  if (answer.kind === "failed") return MIN_TTL_MS;
  return Math.min(Math.max(answer.ttlMs, MIN_TTL_MS), MAX_TTL_MS);
}

function failed(what: string, reason: string): DaneStanding {
  return { kind: "failed", reason: `${what} could not be looked up: ${reason}` };
}

const bare = (name: string): string => name.toLowerCase().replace(/\.$/, "");
