import { createSocket } from "node:dgram";
import { type AddressInfo, createServer, isIPv4, type Socket } from "node:net";
import { createDnsZone, type Zone, type ZoneRecords } from "./dns-zone.ts";

/** A resolver on loopback, over UDP and TCP, that knows a zone and nothing else. */
export interface DnsServer extends AsyncDisposable {
  /** As `dns.Resolver#setServers` takes it. */
  readonly address: string;
  /** What it was asked, in order, as `NAME TYPE udp|tcp`. */
  readonly queries: readonly string[];
}

const TYPES = { A: 1, NS: 2, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28, TLSA: 52 } as const;
const RCODES: Readonly<Record<string, number>> = {
  EFORMERR: 1,
  ESERVFAIL: 2,
  ENOTFOUND: 3,
  ENOTIMP: 4,
  EREFUSED: 5,
};
type Tlsa = Extract<ZoneRecords["TLSA"], readonly unknown[]>[number];

/** RFC 1035 §4.2.1: what does not fit is asked again over TCP. */
const UDP_BYTES = 512;
const TRUNCATED = 0x0200;
/** RFC 4035 §3.2.3 */
const AUTHENTIC_DATA = 0x0020;

/**
 * Starts a DNS server (RFC 1035) on a free loopback port, or where it is told to. It follows CNAMEs, but does not show them in its answers. A name or type
 * whose error is ETIMEOUT gets no answer; the other errors are answered as they come over the wire.
 *
 * @param options.ttlSeconds of every record; 60 when absent
 * @param options.isSecure the names whose answers, also that there is none, are said to be authenticated (the AD bit); none when absent
 */
export async function startDnsServer(
  zone: Zone,
  options: {
    readonly ttlSeconds?: number;
    readonly isSecure?: (name: string) => boolean;
    readonly listen?: { readonly host: string; readonly port: number };
  } = {},
): Promise<DnsServer> {
  const { ttlSeconds = 60, isSecure = () => false, listen = { host: "127.0.0.1", port: 0 } } = options;
  const resolve = createDnsZone(zone);
  const queries: string[] = [];
  const sockets = new Set<Socket>();

  const answerTo = async (query: Buffer, over: "udp" | "tcp"): Promise<Buffer | null> => {
    const { name, end } = readName(query, 12);
    const code = query.readUInt16BE(end);
    const type = Object.entries(TYPES).find(([, number]) => number === code)?.[0] ?? `TYPE${code}`;
    queries.push(`${name} ${type} ${over}`);
    const question = query.subarray(12, end + 4);
    const authentic = isSecure(name) ? AUTHENTIC_DATA : 0;
    try {
      const records = (await resolve(name, type)) as readonly unknown[];
      const answers = records.map((record) => encodeAnswer(code, ttlSeconds, encodeData(type, record)));
      const message = Buffer.concat([header(query, answers.length, authentic), question, ...answers]);
      if (over === "tcp" || message.length <= UDP_BYTES) return message;
      return Buffer.concat([header(query, 0, authentic | TRUNCATED), question]);
    } catch (error) {
      const why = error instanceof Error && "code" in error ? String(error.code) : "ESERVFAIL";
      if (why === "ETIMEOUT") return null;
      const rcode = why === "ENODATA" ? 0 : (RCODES[why] ?? 2);
      const outcome = rcode === 2 ? rcode : authentic | rcode;
      return Buffer.concat([header(query, 0, outcome), question]);
    }
  };

  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    let buffered = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
        const end = 2 + buffered.readUInt16BE(0);
        const query = buffered.subarray(2, end);
        buffered = buffered.subarray(end);
        void answerTo(query, "tcp").then((answer) => {
          if (answer !== null) socket.write(Buffer.concat([uint16(answer.length), answer]));
        });
      }
    });
  });
  await new Promise<void>((ready, failed) => {
    tcp.once("error", failed);
    tcp.listen(listen, ready);
  });
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4");
  udp.on("message", (query, from) => {
    void answerTo(query, "udp").then((answer) => {
      if (answer !== null) udp.send(answer, from.port, from.address);
    });
  });
  await new Promise<void>((ready, failed) => {
    udp.once("error", failed);
    udp.bind(port, listen.host, ready);
  });

  return {
    address: `${listen.host}:${port}`,
    queries,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([
        new Promise<void>((closed) => tcp.close(() => closed())),
        new Promise<void>((closed) => udp.close(() => closed())),
      ]);
    },
  };
}

/** RFC 1035 §4.1.1: QR, RD as asked, RA; `outcome` is RCODE and further flags. */
function header(query: Buffer, answers: number, outcome: number): Buffer {
  const flags = 0x8080 | (query.readUInt16BE(2) & 0x0100) | outcome;
  return Buffer.concat([query.subarray(0, 2), ...[flags, 1, answers, 0, 0].map(uint16)]);
}

/** RFC 1035 §4.1.3; the name points at the question's. */
function encodeAnswer(type: number, ttlSeconds: number, data: Buffer): Buffer {
  const ttl = Buffer.alloc(4);
  ttl.writeUInt32BE(ttlSeconds);
  return Buffer.concat([uint16(0xc00c), uint16(type), uint16(1), ttl, uint16(data.length), data]);
}

function encodeData(type: string, record: unknown): Buffer {
  switch (type) {
    case "A":
    case "AAAA":
      return encodeAddress(String(record));
    case "MX": {
      const { priority, exchange } = record as { readonly priority: number; readonly exchange: string };
      return Buffer.concat([uint16(priority), encodeName(exchange)]);
    }
    case "TXT":
      return Buffer.concat(
        (record as readonly string[]).map((text) =>
          Buffer.concat([Buffer.of(text.length), Buffer.from(text)]),
        ),
      );
    case "TLSA": {
      const { certUsage, selector, match, data } = record as Tlsa;
      return Buffer.concat([Buffer.of(certUsage, selector, match), Buffer.from(data)]);
    }
    default:
      return encodeName(String(record));
  }
}

function encodeAddress(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0");
  return Buffer.concat([...first, ...zeros, ...last].map((group) => uint16(Number.parseInt(group, 16))));
}

function encodeName(name: string): Buffer {
  const labels = name === "" || name === "." ? [] : name.replace(/\.$/, "").split(".");
  return Buffer.concat([
    ...labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, "latin1")])),
    Buffer.of(0),
  ]);
}

/** The name of a question, which is never compressed. */
function readName(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}
