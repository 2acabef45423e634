import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import type { HostPort } from "@waxwing/runtime";
import {
  AUTHENTIC_DATA,
  type DecodedPacket,
  decode,
  encode,
  type Answer as PacketAnswer,
  RECURSION_DESIRED,
  streamEncode,
} from "dns-packet";
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

const UDP_TIMEOUT_MS = 2_500;
const TCP_TIMEOUT_MS = 5_000;
const TRIES = 3;
/** Fits into every path's MTU, so that answers are not fragments, which can be forged piecewise (DNS flag day 2020). */
const UDP_PAYLOAD_BYTES = 1_232;
const NONE_TTL_MS = 60_000;
const DO_BIT = 1 << 15;
const TRUNCATED = 0x0200;
const MAX_RECORDS = 100;
/** Answers are remembered by the thousand, and whoever we mail writes them. A record with a whole certificate has 1 to 3 KB. */
const MAX_TLSA_RECORDS = 16;
const MAX_TLSA_BYTES = 4_096;

/**
 * A small DNS client that, unlike `node:dns`, tells whether an answer is authenticated: EDNS with DO (RFC 3225), the AD bit of the
 * answer (RFC 6840 §5.7-5.8), TCP when an answer was cut short. Each question leaves from a port of its own with a random id, and
 * only an answer from the server asked, with that id and that question, counts (RFC 5452).
 */
export function createSecureResolver(
  server: HostPort,
  options: { readonly timeoutMs?: number } = {},
): SecureResolver {
  const timeoutMs = options.timeoutMs ?? UDP_TIMEOUT_MS;
  return async (name, type) => {
    if (!isAskable(name)) return { kind: "none", secure: false, ttlMs: NONE_TTL_MS };
    let reason = "no answer";
    try {
      for (let tries = 0; tries < TRIES; tries++) {
        const id = randomInt(65_536);
        const question = questionOf(id, name, type);
        const heard = await overUdp(server, encode(question), { id, name, type }, timeoutMs);
        if (heard === null) continue;
        const packet =
          heard === "cut short"
            ? await overTcp(server, streamEncode(question), { id, name, type }, options.timeoutMs)
            : heard;
        if (packet === null || packet === "cut short") {
          reason = "the answer was cut short, and none came over TCP";
          continue;
        }
        const answer = read(packet, name, type);
        // RFC 4697 §2.1: asking again at once does not make a failure go away, but another server behind it may answer.
        if (answer.kind !== "failed" || tries > 0) return answer;
        reason = answer.reason;
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    return { kind: "failed", reason };
  };
}

/** RFC 1035 §2.3.4. What is longer would be another name on the wire. */
function isAskable(name: string): boolean {
  return name.length <= 253 && name.split(".").every((label) => label.length > 0 && label.length <= 63);
}

interface Asked {
  readonly id: number;
  readonly name: string;
  readonly type: SecureType;
}

function questionOf(id: number, name: string, type: SecureType) {
  return {
    type: "query" as const,
    id,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA, // RFC 6840 §5.7
    questions: [{ type, name, class: "IN" as const }],
    additionals: [
      {
        type: "OPT" as const,
        name: "." as const,
        udpPayloadSize: UDP_PAYLOAD_BYTES,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: DO_BIT,
        flag_do: true,
        options: [],
      },
    ],
  };
}

/**
 * The answer to this question, or null: whatever else arrives is somebody's attempt at forging one. An answer that was cut in the
 * middle of a record cannot be read, and need not be: it is asked for again.
 */
function parse(octets: Buffer, asked: Asked): DecodedPacket | "cut short" | null {
  if (
    octets.length >= 12 &&
    octets.readUInt16BE(0) === asked.id &&
    (octets.readUInt16BE(2) & TRUNCATED) !== 0
  )
    return "cut short";
  try {
    const packet = decode(octets);
    const [question] = packet.questions ?? [];
    const isOurs =
      packet.type === "response" &&
      packet.id === asked.id &&
      packet.questions?.length === 1 &&
      question?.type === asked.type &&
      bare(question.name) === bare(asked.name);
    return isOurs ? packet : null;
  } catch {
    return null;
  }
}

function overUdp(
  server: HostPort,
  query: Buffer,
  asked: Asked,
  timeoutMs: number,
): Promise<DecodedPacket | "cut short" | null> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(server.host) ? "udp6" : "udp4");
    const settle = (packet: ReturnType<typeof parse>): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      socket.close();
      resolve(packet);
    };
    const timer = setTimeout(() => settle(null), timeoutMs);
    socket.on("error", () => settle(null));
    socket.on("message", (octets) => {
      const packet = parse(octets, asked);
      if (packet !== null) settle(packet);
    });
    // Connected: the kernel takes nothing from anybody else, and tells of a port that nobody listens on.
    socket.connect(server.port, server.host, () => socket.send(query));
  });
}

function overTcp(
  server: HostPort,
  query: Buffer,
  asked: Asked,
  timeoutMs = TCP_TIMEOUT_MS,
): Promise<DecodedPacket | "cut short" | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: server.host, port: server.port });
    let heard = Buffer.alloc(0);
    const settle = (packet: ReturnType<typeof parse>): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      socket.destroy();
      resolve(packet);
    };
    const timer = setTimeout(() => settle(null), timeoutMs);
    socket.on("error", () => settle(null));
    socket.on("close", () => settle(null));
    socket.on("connect", () => socket.write(query));
    socket.on("data", (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      // RFC 1035 §4.2.2: two octets of length come first, so no more than 64 KB are ever kept.
      if (heard.length < 2) return;
      const length = heard.readUInt16BE(0);
      if (heard.length >= 2 + length) settle(parse(heard.subarray(2, 2 + length), asked));
    });
  });
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
