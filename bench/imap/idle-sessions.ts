import { type AcceptRig, RIG_MAILBOX_PASSWORD, startAcceptRig } from "../accept-rig.ts";
import { treeCpuMs } from "../cpu.ts";
import { freePort } from "../free-port.ts";
import { quantile } from "../latency-probe.ts";
import type { BenchOptions } from "../options.ts";
import { table } from "../report.ts";
import { connectImap, type ImapClient } from "./imap-client.ts";
import { benchMail } from "./mail.ts";
import { residentMiB, startMailboxRole } from "./mailbox-role.ts";
import { type Login, makeMailboxes } from "./own-mailboxes.ts";

const SHARED: Login = { address: "inbox@waxwing.test", password: RIG_MAILBOX_PASSWORD };
const AT_ONCE = 25;
const SHARED_ARRIVALS = 5;
const OWN_ARRIVALS = 100;
const EXISTS = /^\* \d+ EXISTS/;

/** What to open, where, and what to do when the session of that number hears of a message. */
interface Idling {
  readonly port: number;
  readonly pid: number;
  readonly sessions: number;
  readonly loginOf: (number: number) => Login;
  readonly heard: (number: number) => void;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * What sessions cost the role `mailbox` that idle over TLS, and how soon they hear of a message: each in a mailbox of its own, and
 * all in one folder, which is the worst that can be.
 */
export async function measureIdleSessions(
  options: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  await using house = await startAcceptRig({ redisUrl: null, profileDir: null, signal });
  const own = await measureOwn(house, options, say, signal);
  const shared = await measureShared(house, options, say, signal);
  return `${own}\n\n${shared}`;
}

async function measureOwn(
  house: AcceptRig,
  { messages: sessions }: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  say(`${sessions} sessions in mailboxes of their own`);
  const logins = await makeMailboxes(house.databaseUrl, sessions);
  const loginOf = (number: number): Login => logins[number % sessions] ?? SHARED;
  await using rig = new AsyncDisposableStack();
  const port = await freePort();
  const { pid } = rig.use(await startMailboxRole(house, port, signal));
  let onHeard = (_: number): void => {};
  const heard = (number: number): void => onHeard(number);
  const memory = await openAll({ port, pid, sessions, loginOf, heard, say, signal }, rig);
  const latencies: number[] = [];
  for (let n = 0; n < OWN_ARRIVALS; n++) {
    // Spread over all of them.
    const number = Math.floor((n * sessions) / OWN_ARRIVALS);
    const writer = await logIn(port, loginOf(number), signal);
    const { promise, resolve } = Promise.withResolvers<void>();
    onHeard = (who) => {
      if (who === number) resolve();
    };
    const startMs = performance.now();
    await Promise.all([promise.then(() => latencies.push(performance.now() - startMs)), append(writer, n)]);
    writer.close();
  }
  latencies.sort((a, b) => a - b);
  const [p50, p95, last] = [0.5, 0.95, 1].map((q) => quantile(latencies, q).toFixed(1));
  return [
    `Each in a mailbox of its own. ${memory}, ${(await residentMiB(pid)).toFixed(0)} after ${OWN_ARRIVALS} messages`,
    `From APPEND to the session that idles, ms: half ${p50}, 95% ${p95}, all ${last}`,
  ].join("\n");
}

async function measureShared(
  house: AcceptRig,
  { messages: sessions }: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  say(`${sessions} sessions in one folder of 100 messages`);
  await using rig = new AsyncDisposableStack();
  const port = await freePort();
  const { pid } = rig.use(await startMailboxRole(house, port, signal));
  const writer = await logIn(port, SHARED, signal);
  rig.defer(() => writer.close());
  for (let n = 0; n < 100; n++) await append(writer, n);
  let onHeard = (): void => {};
  const memory = await openAll(
    { port, pid, sessions, loginOf: () => SHARED, heard: () => onHeard(), say, signal },
    rig,
  );
  const rows: string[][] = [];
  for (let n = 0; n < SHARED_ARRIVALS; n++) {
    const times: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const startMs = performance.now();
    onHeard = () => {
      if (times.push(performance.now() - startMs) === sessions) resolve();
    };
    await Promise.all([promise, append(writer, 1_000 + n)]);
    rows.push([0, 0.5, 0.95, 1].map((q) => quantile(times, q).toFixed(0)));
  }
  return [
    `All in one folder. ${memory}, ${(await residentMiB(pid)).toFixed(0)} after ${SHARED_ARRIVALS} messages`,
    table(["first told, ms", "half, ms", "95%, ms", "last, ms"], rows),
  ].join("\n");
}

/** Opens the sessions, and has them idle until `rig` is disposed. Returns what they cost, in words. */
async function openAll(
  { port, pid, sessions, loginOf, heard, say, signal }: Idling,
  rig: AsyncDisposableStack,
): Promise<string> {
  const before = await residentMiB(pid);
  const cpuBefore = await treeCpuMs([pid]);
  let opened = 0;
  let idling = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (opened < sessions) {
        const number = opened++;
        const client = await logIn(port, loginOf(number), signal);
        rig.defer(() => client.close());
        await client.idle((line) => {
          if (EXISTS.test(line)) heard(number);
        });
        if (++idling % 1_000 === 0) say(`  ${idling} sessions: ${(await residentMiB(pid)).toFixed(0)} MiB`);
      }
    }),
  );
  const cpuMs = ((await treeCpuMs([pid])) - cpuBefore) / sessions;
  const idle = await residentMiB(pid);
  const perSession = ((idle - before) * 1_024) / sessions;
  return (
    `${sessions} sessions over TLS: ${before.toFixed(0)} MiB before them, ${idle.toFixed(0)} with them ` +
    `(${perSession.toFixed(0)} KiB and ${cpuMs.toFixed(2)} ms of CPU each)`
  );
}

async function logIn(port: number, { address, password }: Login, signal: AbortSignal): Promise<ImapClient> {
  const client = await connectImap(port, signal, "tls");
  await client.ask(`LOGIN ${address} ${password}`);
  await client.ask("SELECT INBOX");
  return client;
}

function append(writer: ImapClient, n: number): Promise<void> {
  const mail = benchMail(n);
  return writer.pipeline([[`APPEND INBOX {${mail.length}+}\r\n`, mail]]);
}
