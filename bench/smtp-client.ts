import { Readable } from "node:stream";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { openSmtpConnection, type SmtpConnection } from "../packages/protocols/src/smtp-client/index.ts";
import { describeMachine } from "./machine.ts";
import { startSink } from "./sink.ts";

/**
 * What handing over one message costs this process: `node bench/smtp-client.ts [messages] [runs]`. Our client and nodemailer's take
 * turns sending 5 KB messages to one sink in another process; printed are medians of CPU (user and system) and of time per message.
 */

const SIZE_BYTES = 5 * 1024;
const FROM = "b+0123456789abcdef@bounces.waxwing.test";
const TO = "ann@example.test";

interface Client {
  readonly send: (raw: Buffer) => Promise<void>;
  readonly close: () => void;
}

interface Contender {
  readonly name: string;
  /** Messages handed to one connection before the first is answered. */
  readonly depth: number;
  readonly open: (port: number, signal: AbortSignal) => Promise<Client>;
}

async function openOurs(port: number, signal: AbortSignal): Promise<Client> {
  const opening = await openSmtpConnection({
    host: "127.0.0.1",
    port,
    helo: "mail.waxwing.test",
    tls: { mode: "none", verify: { kind: "none" } },
    signal,
  });
  if (opening.kind !== "open") throw new Error(opening.conversation.text());
  const connection: SmtpConnection = opening.connection;
  const envelope = { reversePath: FROM, recipients: [{ address: TO }] };
  return {
    close: connection.close,
    send: async (raw) => {
      const { recipients, conversation } = await connection.send(envelope, raw);
      if (recipients[0]?.kind !== "accepted") throw new Error(conversation.text());
    },
  };
}

async function openNodemailer(port: number): Promise<Client> {
  const connection = new SMTPConnection({
    host: "127.0.0.1",
    port,
    name: "mail.waxwing.test",
    ignoreTLS: true,
  });
  await new Promise<void>((resolve, reject) => {
    connection.once("error", reject);
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
  return {
    close: () => connection.quit(),
    send: (raw) =>
      new Promise((resolve, reject) => {
        const envelope = { from: FROM, to: [TO], size: raw.length };
        connection.send(envelope, Readable.from([raw]), (error) => (error ? reject(error) : resolve()));
      }),
  };
}

const CONTENDERS: readonly Contender[] = [
  { name: "nodemailer", depth: 1, open: openNodemailer },
  { name: "ours", depth: 1, open: openOurs },
  { name: "ours, 4 waiting", depth: 4, open: openOurs },
];

interface Cost {
  readonly cpuUs: number;
  readonly wallUs: number;
}

async function measure(
  contender: Contender,
  port: number,
  connections: number,
  messages: number,
  signal: AbortSignal,
): Promise<Cost> {
  const raw = Buffer.from(
    `From: shop@waxwing.test\r\nSubject: Order\r\n\r\n${"x".repeat(70)}\r\n`.padEnd(70) +
      `${"y".repeat(70)}\r\n`.repeat(SIZE_BYTES / 72),
  );
  const clients = await Promise.all(Array.from({ length: connections }, () => contender.open(port, signal)));
  let left = messages;
  const worker = async (client: Client): Promise<void> => {
    while (left-- > 0) await client.send(raw);
  };
  const startMs = performance.now();
  const before = process.cpuUsage();
  await Promise.all(
    clients.flatMap((client) => Array.from({ length: contender.depth }, () => worker(client))),
  );
  const { user, system } = process.cpuUsage(before);
  const wallMs = performance.now() - startMs;
  for (const client of clients) client.close();
  return { cpuUs: (user + system) / messages, wallUs: (wallMs * 1_000) / messages };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const [messages = 20_000, runs = 5] = process.argv.slice(2).map(Number);
const stop = new AbortController();
await using sink = await startSink(stop.signal);
for (const line of describeMachine()) process.stdout.write(`${line}\n`);
process.stdout.write(`Medians of ${runs} runs of ${messages} messages of 5 KB to ${sink.name}\n\n`);
for (const connections of [1, 10]) {
  const costs = new Map<Contender, Cost[]>(CONTENDERS.map((contender) => [contender, []]));
  for (let run = 0; run <= runs; run++) {
    for (const [contender, measured] of costs) {
      const cost = await measure(contender, sink.port, connections, messages, stop.signal);
      // The first one warms up.
      if (run > 0) measured.push(cost);
    }
  }
  for (const [{ name }, measured] of costs) {
    const cpu = median(measured.map(({ cpuUs }) => cpuUs)).toFixed(1);
    const wall = median(measured.map(({ wallUs }) => wallUs)).toFixed(1);
    process.stdout.write(
      `${String(connections).padStart(2)} connections  ${name.padEnd(16)} ${cpu.padStart(6)} us CPU  ${wall.padStart(6)} us each\n`,
    );
  }
}
