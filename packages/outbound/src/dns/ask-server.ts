import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import type { HostPort } from "@waxwing/runtime";
import {
  AUTHENTIC_DATA,
  type DecodedPacket,
  decode,
  encode,
  RECURSION_DESIRED,
  streamEncode,
} from "dns-packet";

/** One question to a recursive server. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: "A" | "AAAA" | "MX" | "TLSA";
  /** With EDNS and DO (RFC 3225), so that the server says whether its answer is authenticated. */
  readonly dnssec: boolean;
}

/** What a server said, whatever its RCODE; or why nothing was heard from it. */
export type Heard =
  | { readonly kind: "heard"; readonly packet: DecodedPacket }
  | { readonly kind: "unheard"; readonly reason: string };

const UDP_TIMEOUT_MS = 2_500;
const TCP_TIMEOUT_MS = 5_000;
/** Fits into every path's MTU, so that answers are not fragments, which can be forged piecewise (DNS flag day 2020). */
const UDP_PAYLOAD_BYTES = 1_232;
const DO_BIT = 1 << 15;
const TRUNCATED = 0x0200;

/**
 * Asks once: over UDP, and over TCP when the answer was cut short. Each question leaves from a port of its own with a random id, and
 * only an answer from the server asked, with that id and that question, counts (RFC 5452). Never rejects.
 *
 * @param options.timeoutMs of one exchange; 2.5 s over UDP and 5 s over TCP when absent
 */
export async function askServer(
  server: HostPort,
  question: DnsQuestion,
  options: { readonly timeoutMs?: number | undefined } = {},
): Promise<Heard> {
  const asked = { id: randomInt(65_536), name: question.name, type: question.type };
  const query = queryOf(asked.id, question);
  try {
    const heard = await overUdp(server, encode(query), asked, options.timeoutMs ?? UDP_TIMEOUT_MS);
    if (heard === null) return { kind: "unheard", reason: "no answer" };
    if (heard !== "cut short") return { kind: "heard", packet: heard };
    const whole = await overTcp(server, streamEncode(query), asked, options.timeoutMs ?? TCP_TIMEOUT_MS);
    if (whole === null || whole === "cut short")
      return { kind: "unheard", reason: "the answer was cut short, and none came over TCP" };
    return { kind: "heard", packet: whole };
  } catch (error) {
    return { kind: "unheard", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** RFC 1035 §2.3.4. What is longer would be another name on the wire. */
export function isAskable(name: string): boolean {
  return name.length <= 253 && name.split(".").every((label) => label.length > 0 && label.length <= 63);
}

interface Asked {
  readonly id: number;
  readonly name: string;
  readonly type: DnsQuestion["type"];
}

function queryOf(id: number, { name, type, dnssec }: DnsQuestion) {
  const questions = [{ type, name, class: "IN" as const }];
  // Without EDNS every server answers, and what it says of DNSSEC is not asked.
  if (!dnssec) return { type: "query" as const, id, flags: RECURSION_DESIRED, questions };
  return {
    type: "query" as const,
    id,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA, // RFC 6840 §5.7
    questions,
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
  timeoutMs: number,
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

const bare = (name: string): string => name.toLowerCase().replace(/\.$/, "");
