import type { HostPort } from "@waxwing/runtime";
import type { DecodedPacket, Answer as PacketAnswer } from "dns-packet";
import { askServer, isAskable } from "../dns/ask-server.ts";
import type { TlsaRecord } from "./tlsa-record.ts";

/** The types DANE asks for. */
export type SecureType = "A" | "AAAA" | "MX" | "TLSA";

/** What a resolver says, and whether it vouches for it (AD). CNAMEs are followed by the resolver. */
export type SecureAnswer =
  | {
      readonly kind: "found";
      readonly secure: boolean;
      /** Hosts of MX, addresses, or TLSA records; lower case, without a dot at the end. */
      readonly hosts: readonly string[];
      readonly tlsa: readonly TlsaRecord[];
      /** The name the records stand at, once CNAMEs are followed. */
      readonly owner: string;
      readonly ttlMs: number;
    }
  /** No such name, or no such record; `secure`: proved. */
  | { readonly kind: "none"; readonly secure: boolean; readonly ttlMs: number }
  /** SERVFAIL (which is also what a validating resolver says of a forged answer), a time-out, nonsense. */
  | { readonly kind: "failed"; readonly reason: string };

/** Asks one question. Never rejects. */
export type SecureResolver = (name: string, type: SecureType) => Promise<SecureAnswer>;

const TRIES = 3;
const NONE_TTL_MS = 60_000;
const MAX_RECORDS = 100;
/** Answers are remembered by the thousand, and whoever we mail writes them. A record with a whole certificate has 1 to 3 KB. */
const MAX_TLSA_RECORDS = 16;
const MAX_TLSA_BYTES = 4_096;

/**
 * Asks a resolver in a way that, unlike `node:dns`, tells whether its answer is authenticated: with DO (RFC 3225), by the AD bit of the
 * answer (RFC 6840 §5.7-5.8).
 */
export function createSecureResolver(
  server: HostPort,
  options: { readonly timeoutMs?: number } = {},
): SecureResolver {
  return async (name, type) => {
    if (!isAskable(name)) return { kind: "none", secure: false, ttlMs: NONE_TTL_MS };
    let reason = "no answer";
    for (let tries = 0; tries < TRIES; tries++) {
      const heard = await askServer(server, { name, type, dnssec: true }, options);
      if (heard.kind === "unheard") {
        reason = heard.reason;
        continue;
      }
      const answer = read(heard.packet, name, type);
      // RFC 4697 §2.1: asking again at once does not make a failure go away, but another server behind it may answer.
      if (answer.kind !== "failed" || tries > 0) return answer;
      reason = answer.reason;
    }
    return { kind: "failed", reason };
  };
}

function read(packet: DecodedPacket, name: string, type: SecureType): SecureAnswer {
  const rcode = "rcode" in packet ? String(packet.rcode) : "";
  if (rcode !== "NOERROR" && rcode !== "NXDOMAIN")
    return { kind: "failed", reason: `the resolver said ${rcode}` };
  const secure = packet.flag_ad;
  const answers = (packet.answers ?? []).slice(0, MAX_RECORDS);
  const owner = expand(bare(name), answers);
  const hosts: string[] = [];
  const tlsa: TlsaRecord[] = [];
  let ttlS = Number.POSITIVE_INFINITY;
  for (const answer of answers) {
    if (answer.type === "OPT") continue;
    if ("ttl" in answer && answer.ttl !== undefined) ttlS = Math.min(ttlS, answer.ttl);
    if (answer.type !== type || bare(answer.name) !== owner) continue;
    if (answer.type === "MX") hosts.push(bare(answer.data.exchange));
    else if (answer.type === "A" || answer.type === "AAAA") hosts.push(answer.data);
    else if (answer.type === "TLSA") {
      const { usage, selector, matchingType, certificate } = answer.data;
      if (tlsa.length < MAX_TLSA_RECORDS && certificate.length <= MAX_TLSA_BYTES)
        tlsa.push({ usage, selector, matchingType, data: Buffer.from(certificate) }); // a copy: not the whole packet
    }
  }
  if (hosts.length + tlsa.length === 0) return { kind: "none", secure, ttlMs: NONE_TTL_MS };
  return { kind: "found", secure, hosts, tlsa, owner, ttlMs: ttlS * 1_000 };
}

/** Follows the CNAMEs of an answer. */
function expand(name: string, answers: readonly PacketAnswer[]): string {
  let owner = name;
  for (let steps = 0; steps < 8; steps++) {
    const alias = answers.find((answer) => answer.type === "CNAME" && bare(answer.name) === owner);
    if (alias?.type !== "CNAME") break;
    owner = bare(alias.data);
  }
  return owner;
}

const bare = (name: string): string => name.toLowerCase().replace(/\.$/, "");
