import type { DecodedPacket } from "dns-packet";
import { askServer, isAskable } from "../dns/ask-server.ts";
import { readServer } from "../dns/server-address.ts";
import type { DnsAnswer, MxRecord, RouteResolver } from "./dns-answer.ts";

/** `node:dns` calls these ESERVFAIL and so on; whatever else a server says is a failure all the same. */
const FAILURES: Readonly<Record<string, string>> = {
  FORMERR: "EFORMERR",
  NOTIMP: "ENOTIMP",
  REFUSED: "EREFUSED",
  SERVFAIL: "ESERVFAIL",
};

/**
 * MX records with the time they may be kept, which `node:dns` does not tell. Servers are asked one after the other until one knows; an
 * NXDOMAIN is knowledge, a SERVFAIL is not.
 *
 * @param options.servers as `dns.Resolver#getServers` writes them
 * @param options.timeoutMs of one question to one server
 * @param options.tries how often each is asked
 */
export function createMxLookup(options: {
  readonly servers: () => readonly string[];
  readonly timeoutMs: number;
  readonly tries: number;
  readonly maxRecords: number;
}): RouteResolver["resolveMx"] {
  const { timeoutMs, tries, maxRecords } = options;
  return async (domain) => {
    // Whoever writes such a name has no domain.
    if (!isAskable(domain)) return { kind: "none", why: "no-such-name" };
    const servers = options.servers().map(readServer);
    let code = "ETIMEOUT";
    for (let round = 0; round < tries; round++) {
      for (const server of servers) {
        const heard = await askServer(server, { name: domain, type: "MX", dnssec: false }, { timeoutMs });
        if (heard.kind === "unheard") continue;
        const answer = readMx(heard.packet, maxRecords);
        if (answer.kind !== "failed") return answer;
        code = answer.code;
      }
    }
    return { kind: "failed", code };
  };
}

function readMx(packet: DecodedPacket, maxRecords: number): DnsAnswer<MxRecord> {
  const rcode = "rcode" in packet ? String(packet.rcode) : "";
  if (rcode === "NXDOMAIN") return { kind: "none", why: "no-such-name" };
  if (rcode !== "NOERROR") return { kind: "failed", code: FAILURES[rcode] ?? "EBADRESP" };
  const records: MxRecord[] = [];
  let ttlS = Number.POSITIVE_INFINITY;
  for (const answer of packet.answers ?? []) {
    // The alias that led here may not be kept for longer than it says, either.
    if (answer.type !== "MX" && answer.type !== "CNAME") continue;
    ttlS = Math.min(ttlS, answer.ttl ?? 0);
    if (answer.type === "MX" && records.length < maxRecords)
      records.push({ exchange: answer.data.exchange, priority: answer.data.preference ?? 0 });
  }
  return records.length === 0
    ? { kind: "none", why: "no-data" }
    : { kind: "found", records, ttlMs: ttlS * 1_000 };
}
