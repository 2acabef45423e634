import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type AcceptRig, RIG_MAILBOX_PASSWORD, startAcceptRig } from "../accept-rig.ts";
import { treeCpuMs } from "../cpu.ts";
import { freePort } from "../free-port.ts";
import type { BenchOptions } from "../options.ts";
import { type OwnProcess, startProcess } from "../own-process.ts";
import { waitForListener } from "../peers/listening.ts";
import { table } from "../report.ts";
import { connectImap, type ImapClient } from "./imap-client.ts";
import { benchMail } from "./mail.ts";

const USER = "inbox@waxwing.test";
const AT_ONCE = 25;
const ARRIVALS = 3;

/** What sessions cost the role `mailbox` that idle over TLS in a folder of a hundred messages, and how soon they hear of another one. */
export async function measureIdleSessions(
  { messages: sessions }: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  await using rig = new AsyncDisposableStack();
  const port = await freePort();
  const house = rig.use(await startAcceptRig({ redisUrl: null, profileDir: null, signal }));
  const dataDir = await mkdtemp(join(tmpdir(), "waxwing-bench-"));
  rig.defer(() => rm(dataDir, { recursive: true, force: true }));
  const server = rig.use(await startMailboxRole(house, port, dataDir));
  await waitForListener(port, server, signal);
  const { pid } = server;
  let heard = (): void => {};
  const open = async (): Promise<ImapClient> => {
    const client = await connectImap(port, signal, "tls");
    rig.defer(() => client.close());
    await client.ask(`LOGIN ${USER} ${RIG_MAILBOX_PASSWORD}`);
    await client.ask("SELECT INBOX");
    return client;
  };
  const writer = await open();
  const append = (n: number) => {
    const mail = benchMail(n);
    return writer.pipeline([[`APPEND INBOX {${mail.length}+}\r\n`, mail]]);
  };
  for (let n = 0; n < 100; n++) await append(n);
  const before = await residentMiB(pid);
  const cpuBefore = await treeCpuMs([pid]);
  let opened = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (opened < sessions) {
        const number = ++opened;
        const client = await open();
        await client.idle((line) => {
          if (/^\* \d+ EXISTS/.test(line)) heard();
        });
        if (number % 500 === 0) say(`  ${number} sessions: ${(await residentMiB(pid)).toFixed(0)} MiB`);
      }
    }),
  );
  const openingMs = (await treeCpuMs([pid])) - cpuBefore;
  const idle = await residentMiB(pid);
  const rows: string[][] = [];
  for (let n = 0; n < ARRIVALS; n++) {
    const times: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const startMs = performance.now();
    heard = () => {
      if (times.push(performance.now() - startMs) === sessions) resolve();
    };
    await Promise.all([promise, append(1_000 + n)]);
    rows.push([times[0], times[Math.floor(sessions / 2)], times.at(-1)].map((ms = 0) => ms.toFixed(0)));
  }
  const after = await residentMiB(pid);
  const perSession = ((idle - before) * 1_024) / sessions;
  return [
    `${sessions} sessions over TLS: ${before.toFixed(0)} MiB before them, ${idle.toFixed(0)} with them (${perSession.toFixed(0)} KiB each), ` +
      `${after.toFixed(0)} after ${ARRIVALS} messages; ${(openingMs / sessions).toFixed(2)} ms of CPU to open one`,
    table(["first told, ms", "half, ms", "last, ms"], rows),
  ].join("\n");
}

/** The role `mailbox` alone, which opens no other door than IMAP over TLS. */
async function startMailboxRole(house: AcceptRig, port: number, dataDir: string): Promise<OwnProcess> {
  const { PATH, HOME, LANG, TMPDIR, NODE_OPTIONS } = process.env;
  return await startProcess({
    name: "waxwing start mailbox",
    command: join(import.meta.dirname, "../../apps/waxwing/bin/waxwing"),
    args: ["start", "mailbox"],
    env: {
      ...{ HOME, LANG, TMPDIR },
      PATH: `${dirname(process.execPath)}${delimiter}${PATH}`,
      ...(NODE_OPTIONS !== undefined && { NODE_OPTIONS }),
      DATABASE_URL: house.databaseUrl,
      WAXWING_DATA_DIR: dataDir,
      WAXWING_SECRET_KEY: house.secretKey,
      WAXWING_HOSTNAME: "bench.waxwing.test",
      WAXWING_LOG_LEVEL: "error",
      WAXWING_IMAP_LISTEN: "off",
      WAXWING_POP3_LISTEN: "off",
      WAXWING_POP3S_LISTEN: "off",
      WAXWING_IMAPS_LISTEN: `127.0.0.1:${port}`,
    },
  });
}

/** proc(5), VmRSS; 0 where there is none. */
async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
}
