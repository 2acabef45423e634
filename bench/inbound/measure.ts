import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSigningKey, generateSigningKey, signMessage } from "../../packages/seal/src/index.ts";
import { startDnsServer } from "../../packages/testkit/src/index.ts";
import { type CpuTimes, cpuBetween, readMachineMs, treeCpuMs } from "../cpu.ts";
import type { BenchOptions } from "../options.ts";
import { renderProfile } from "../profile.ts";
import { median, spread, table } from "../report.ts";
import { openSmtpSubmitter } from "../smtp-submitter.ts";
import { type InboundContender, MAILBOXES, SENDER_DOMAIN } from "./contender.ts";
import { startPostfixInbound } from "./postfix.ts";
import { startWaxwingInbound } from "./waxwing.ts";

/** One run of one contender; CPU of a message, ms: its own, the client's with the DNS server, everybody else's. */
interface Measured {
  readonly perSecond: number;
  readonly ownMs: number;
  readonly benchMs: number;
  readonly otherMs: number;
  /** Of the run's messages together. */
  readonly parts: CpuTimes | null;
  readonly messages: number;
  /** By CLOCK_MONOTONIC. */
  readonly window: { readonly fromUs: number; readonly toUs: number };
}

const TIMEOUT_MS = 120_000;
const WARM_UP_MESSAGES = 500;
const SIGNED_MESSAGES = 200;
/** Of this machine alone; the milters can only ask a server at port 53. */
const NAMESERVER = "127.77.53.1";

/**
 * Signed mail of 5 KB that comes over SMTP, is checked against a DNS server on loopback (SPF, DKIM, DMARC) and filed: by Waxwing, and
 * by Postfix with OpenDKIM, OpenDMARC and Dovecot. They take turns in every round.
 */
export async function measureInbound(
  options: BenchOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string> {
  await using rig = new AsyncDisposableStack();
  const key = await generateSigningKey("rsa-2048");
  const signer = { name: `bench._domainkey.${SENDER_DOMAIN}`, record: key.dnsRecord };
  const zone = {
    [SENDER_DOMAIN]: { TXT: [["v=spf1 ip4:127.0.0.1 -all"]] },
    [`_dmarc.${SENDER_DOMAIN}`]: { TXT: [["v=DMARC1; p=reject"]] },
    [signer.name]: { TXT: [key.dnsRecord.match(/.{1,200}/g) ?? []] },
  };
  const dns = rig.use(await startDnsServer(zone));
  const profileDir = options.profile ? await mkdtemp(join(tmpdir(), "waxwing-bench-profile-")) : null;
  if (profileDir !== null) rig.defer(() => rm(profileDir, { recursive: true, force: true }));
  const waxwing = await startWaxwingInbound({ dnsServer: dns.address, profileDir, rig, signal });
  const contenders = [waxwing.contender];
  // Ports below 1024 are for root, as whom Postfix must be started anyway.
  const dnsOfMilters = await startDnsServer(zone, { listen: { host: NAMESERVER, port: 53 } }).catch(
    () => null,
  );
  if (dnsOfMilters === null) say(`no DNS server at ${NAMESERVER} port 53: Postfix is NOT measured`);
  else {
    rig.use(dnsOfMilters);
    const postfix = await startPostfixInbound({ nameserver: NAMESERVER, signer, rig, signal });
    if (typeof postfix === "string") say(postfix);
    else contenders.push(postfix);
  }
  const mails = await signedMessages(key.privateKeyPem);
  const measured = new Map<InboundContender, Measured[]>(contenders.map((contender) => [contender, []]));
  const warmUp = Math.min(WARM_UP_MESSAGES, options.messages);
  for (const contender of contenders) await measureOnce(contender, mails, warmUp, options.connections);
  for (let round = 1; round <= options.runs; round++) {
    for (const [contender, results] of measured) {
      const result = await measureOnce(contender, mails, options.messages, options.connections);
      results.push(result);
      say(
        `  round ${round}: ${contender.name}: ${result.perSecond.toFixed(0)} messages/s, ${result.ownMs.toFixed(2)} ms`,
      );
    }
  }
  const sent = warmUp + options.runs * options.messages;
  for (const contender of contenders) {
    const { filed, verdict } = await contender.look();
    if (filed !== sent) throw new Error(`${contender.name} has filed ${filed} of ${sent} messages`);
    say(`  ${contender.name} found: ${verdict}`);
  }
  const report = render(measured);
  if (profileDir === null) return report;
  const runs = (measured.get(waxwing.contender) ?? []).flatMap(({ parts, messages, window }) =>
    parts === null ? [] : [{ cpu: parts, messages, window }],
  );
  // The profile is written as the process ends.
  await waxwing.end();
  return `${report}\n\n${await renderProfile(profileDir, runs)}`;
}

/** Messages as their sender's server would hand them over; each is signed on its own. */
async function signedMessages(privateKey: string): Promise<readonly string[]> {
  const key = createSigningKey({ domain: SENDER_DOMAIN, selector: "bench", privateKey });
  const body = Buffer.from("Thank you for your order. It is on its way to you now.\r\n".repeat(85));
  return await Promise.all(
    Array.from({ length: SIGNED_MESSAGES }, async (_, n) => {
      const header = [
        `From: Shop <shop@${SENDER_DOMAIN}>`,
        "To: inbox@waxwing.test",
        `Subject: Order ${n}`,
        `Message-ID: <${n}@${SENDER_DOMAIN}>`,
        `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
      ].join("\r\n");
      const signature = await signMessage({ header, body, keys: [key], now: new Date() });
      return `${signature}${header}\r\n${body}`.replace(/\r\n$/, "");
    }),
  );
}

async function measureOnce(
  { port, roots, parts, settle }: InboundContender,
  mails: readonly string[],
  count: number,
  connections: number,
): Promise<Measured> {
  let next = 0;
  const before = [await treeCpuMs(roots), await readMachineMs()] as const;
  const partsBefore = (await parts?.()) ?? null;
  const fromUs = Number(process.hrtime.bigint() / 1_000n);
  const benchBefore = process.cpuUsage();
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = await openSmtpSubmitter(port, null, TIMEOUT_MS);
      for (let n = next++; n < count; n = next++) {
        const to = `box${n % MAILBOXES}@waxwing.test`;
        await client.submit(`shop@${SENDER_DOMAIN}`, to, mails[n % mails.length] ?? "");
      }
      client.close();
    }),
  );
  await settle();
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(benchBefore);
  const toUs = Number(process.hrtime.bigint() / 1_000n);
  const partsAfter = (await parts?.()) ?? null;
  const own = (await treeCpuMs(roots)) - before[0];
  const bench = (user + system) / 1_000;
  const machine = (await readMachineMs()) - before[1];
  return {
    perSecond: (count / elapsedMs) * 1_000,
    ownMs: own / count,
    benchMs: bench / count,
    otherMs: Math.max(0, machine - own - bench) / count,
    parts: partsBefore === null || partsAfter === null ? null : cpuBetween(partsBefore, partsAfter),
    messages: count,
    window: { fromUs, toUs },
  };
}

function render(measured: ReadonlyMap<InboundContender, readonly Measured[]>): string {
  const [own, ...peers] = [...measured].map(([{ name }, runs]) => ({
    name,
    runs,
    wholeMs: median(runs.map((run) => run.ownMs + run.benchMs)),
  }));
  const rows = [own, ...peers].flatMap((figures) => {
    if (figures === undefined || own === undefined) return [];
    const { name, runs, wholeMs } = figures;
    const column = (of: (run: Measured) => number): readonly number[] => runs.map(of);
    const times = column((run) => run.otherMs / (1_000 / run.perSecond));
    return [
      [
        name,
        spread(
          column((run) => run.perSecond),
          0,
        ),
        spread(
          column((run) => run.ownMs),
          2,
        ),
        wholeMs.toFixed(2),
        `${(wholeMs / own.wholeMs).toFixed(1)}x`,
        `${(median(times) * 100).toFixed(0)}%`,
      ],
    ];
  });
  return [
    "Taken in, SPF, DKIM and DMARC checked, filed; medians, lowest and highest in parentheses",
    table(["", "messages/s", "CPU ms", "with bench", "to Waxwing", "others"], rows),
    "",
    ...[...measured].flatMap(([{ name }, runs]) => describeParts(name, runs)),
    "CPU ms: user and system of one message, of the system's own processes. with bench: and of the client and the DNS server.",
    "others: programs that are not the bench's, of one core, which slow everything down; the CPU of the kernel's threads is among them.",
  ].join("\n");
}

function describeParts(name: string, runs: readonly Measured[]): readonly string[] {
  const each = (of: (parts: CpuTimes) => number): string =>
    median(runs.flatMap(({ parts, messages }) => (parts === null ? [] : [of(parts) / messages]))).toFixed(2);
  if (runs.every(({ parts }) => parts === null)) return [];
  return [
    `${name}, CPU ms: main thread ${each(({ mainThread }) => mainThread)}, signing and libuv ${each(({ poolThreads }) => poolThreads)}, ` +
      `V8's threads ${each(({ v8Threads }) => v8Threads)}, PostgreSQL ${each(({ postgres }) => postgres)}.`,
  ];
}
