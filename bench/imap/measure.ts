import { treeCpuMs } from "../cpu.ts";
import type { ImapContender } from "./contender.ts";
import { connectImap, type ImapClient } from "./imap-client.ts";
import { benchMail } from "./mail.ts";

/** What one operation came to. */
export interface Measured {
  /** Things of its unit in a second. */
  readonly perSecond: number;
  /** Of a command's time, ms. */
  readonly p95Ms: number;
  /** CPU of the server for each thing, us. */
  readonly cpuUs: number;
}

/** An operation: `commands` times, each for `things` things. */
interface Operation {
  readonly name: string;
  readonly unit: string;
  readonly things: number;
  readonly commands: number;
  readonly run: (n: number) => Promise<unknown>;
}

const BATCH = 50;
const BODIES = 1_000;
const IDLERS = 100;

/** Fills the mailbox of a server and measures every operation, in the same order for all. */
export async function measureImap(
  server: ImapContender,
  messages: number,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Measured>> {
  const results = new Map<string, Measured>();
  const open = async (): Promise<ImapClient> => {
    const client = await connectImap(server.port, signal);
    await client.ask(`LOGIN ${server.username} ${server.password}`);
    return client;
  };
  const client = await open();
  const measure = async ({ name, unit, things, commands, run }: Operation): Promise<void> => {
    const cpuBefore = await treeCpuMs(server.roots);
    const times: number[] = [];
    const startMs = performance.now();
    for (let n = 0; n < commands; n++) {
      const before = performance.now();
      await run(n);
      times.push(performance.now() - before);
    }
    const wallMs = performance.now() - startMs;
    const cpuMs = (await treeCpuMs(server.roots)) - cpuBefore;
    const total = things * commands;
    const p95Ms = times.sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? 0;
    results.set(`${name} (${unit})`, {
      perSecond: (total * 1_000) / wallMs,
      p95Ms,
      cpuUs: (cpuMs * 1_000) / total,
    });
    say(`  ${server.name}: ${name}: ${((total * 1_000) / wallMs).toFixed(0)} ${unit}/s`);
  };

  await measure({
    name: "append, pipelined",
    unit: "messages",
    things: BATCH,
    commands: Math.ceil(messages / BATCH),
    run: (batch) =>
      client.pipeline(
        Array.from({ length: BATCH }, (_, n) => appendOf("INBOX", benchMail(batch * BATCH + n))),
      ),
  });
  await measure({
    name: "append, one by one",
    unit: "messages",
    things: 1,
    commands: 200,
    run: (n) => client.pipeline([appendOf("Trash", benchMail(1_000_000 + n))]),
  });
  await measure({
    name: "login and logout",
    unit: "sessions",
    things: 1,
    commands: 100,
    run: async () => {
      const other = await open();
      await other.ask("LOGOUT");
      other.close();
    },
  });
  await client.ask("SELECT INBOX");
  await measure({
    name: "select",
    unit: "selects",
    things: 1,
    commands: 50,
    run: async () => {
      await client.ask("SELECT INBOX");
    },
  });
  const fetches: readonly (readonly [name: string, items: string, count: number, times: number])[] = [
    ["fetch flags", "(UID FLAGS)", messages, 5],
    ["fetch envelopes", "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)", messages, 3],
    ["fetch envelopes and structures", "(UID ENVELOPE BODYSTRUCTURE)", messages, 3],
    ["fetch header fields", "(UID BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE)])", messages, 3],
    ["fetch bodies", "(UID BODY.PEEK[])", Math.min(BODIES, messages), 3],
  ];
  for (const [name, items, count, commands] of fetches) {
    // What the first one brings into caches is there for both.
    await client.ask(`FETCH 1:${count} ${items}`);
    const run = () => client.ask(`FETCH 1:${count} ${items}`);
    await measure({ name, unit: "messages", things: count, commands, run });
  }
  await measure({
    name: "fetch one body",
    unit: "messages",
    things: 1,
    commands: 500,
    run: (n) => client.ask(`FETCH ${((n * 17) % messages) + 1} (BODY.PEEK[])`),
  });
  const flagged = Math.min(1_000, messages);
  await measure({
    name: "store flags, a thousand at once",
    unit: "messages",
    things: flagged,
    commands: 6,
    run: (n) => client.ask(`STORE 1:${flagged} ${n % 2 === 0 ? "+" : "-"}FLAGS.SILENT (\\Flagged)`),
  });
  await measure({
    name: "store flags, one by one",
    unit: "messages",
    things: 1,
    commands: 300,
    run: (n) => client.ask(`STORE ${(n % messages) + 1} +FLAGS (\\Answered)`),
  });
  const searches: readonly (readonly [name: string, program: string, times: number])[] = [
    ["search subject", 'SUBJECT "order 77"', 100],
    ["search from", 'FROM "user77@"', 100],
    ["search flags", "UNSEEN FLAGGED", 100],
    ["search text", 'BODY "invoice ticket weekly"', 2],
  ];
  for (const [name, program, commands] of searches) {
    await client.ask(`SEARCH ${program}`);
    const run = () => client.ask(`SEARCH ${program}`);
    await measure({ name, unit: "searches", things: 1, commands, run });
  }
  await measureIdlers();
  client.close();
  return results;

  /** `perSecond` are sessions told, `p95Ms` is when 95 in 100 of them have heard of a message since it was sent. */
  async function measureIdlers(): Promise<void> {
    let heard = (): void => {};
    const idlers: ImapClient[] = [];
    for (let n = 0; n < IDLERS; n++) {
      const idler = await open();
      idlers.push(idler);
      await idler.ask("SELECT INBOX");
      await idler.idle((line) => {
        if (/^\* \d+ EXISTS/.test(line)) heard();
      });
    }
    const times: number[] = [];
    const run = async (n: number): Promise<void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const startMs = performance.now();
      let count = 0;
      heard = () => {
        times.push(performance.now() - startMs);
        count++;
        if (count === IDLERS) resolve();
      };
      await Promise.all([promise, client.pipeline([appendOf("INBOX", benchMail(2_000_000 + n))])]);
    };
    const name = `tell ${IDLERS} idle sessions`;
    await measure({ name, unit: "sessions", things: IDLERS, commands: 10, run });
    const result = results.get(`${name} (sessions)`);
    const p95Ms = times.sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? 0;
    if (result !== undefined) results.set(`${name} (sessions)`, { ...result, p95Ms });
    for (const idler of idlers) idler.close();
  }
}

function appendOf(folder: string, raw: Buffer): (string | Buffer)[] {
  return [`APPEND ${folder} {${raw.length}+}\r\n`, raw];
}
