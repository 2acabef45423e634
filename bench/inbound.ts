/**
 * Measures mail that arrives: `node bench/inbound.ts [messages] [connections]`. Signed messages of 5 KB come over SMTP to a whole Waxwing
 * in a process of its own, which checks SPF, DKIM and DMARC against a DNS server on loopback, classifies them, files them and
 * answers 250 when that is committed.
 */
import { createSigningKey, generateSigningKey, signMessage } from "../packages/seal/src/index.ts";
import { startDnsServer } from "../packages/testkit/src/index.ts";
import { treeCpuMs } from "./cpu.ts";
import { freePort } from "./free-port.ts";
import { describeMachine } from "./machine.ts";
import { median } from "./report.ts";
import { openSmtpSubmitter } from "./smtp-submitter.ts";
import { startWaxwing } from "./waxwing.ts";

const DOMAIN = "bench.example";
const MAILBOXES = 20;
const RUNS = 3;
const TIMEOUT_MS = 60_000;
const [messages = 3_000, connections = 20] = process.argv.slice(2).map(Number);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Messages as their sender's server would hand them over; each is signed on its own. */
async function signedMessages(privateKey: string, count: number): Promise<readonly string[]> {
  const key = createSigningKey({ domain: DOMAIN, selector: "bench", privateKey });
  const body = Buffer.from(`${"Thank you for your order. It is on its way to you now.\r\n".repeat(85)}`);
  return await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const header = [
        `From: Shop <shop@${DOMAIN}>`,
        "To: inbox@waxwing.test",
        `Subject: Order ${n}`,
        `Message-ID: <${n}@${DOMAIN}>`,
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

await using rig = new AsyncDisposableStack();
const stop = new AbortController();
const key = await generateSigningKey("rsa-2048");
const dns = rig.use(
  await startDnsServer({
    [DOMAIN]: { TXT: [["v=spf1 ip4:127.0.0.1 -all"]] },
    [`_dmarc.${DOMAIN}`]: { TXT: [["v=DMARC1; p=reject"]] },
    [`bench._domainkey.${DOMAIN}`]: { TXT: [key.dnsRecord.match(/.{1,200}/g) ?? []] },
  }),
);
const port = await freePort();
const waxwing = rig.use(
  await startWaxwing({
    redisUrl: null,
    sinkPort: await freePort(),
    profileDir: null,
    env: { WAXWING_INBOUND_LISTEN: `127.0.0.1:${port}`, WAXWING_DNS_SERVERS: dns.address },
    signal: stop.signal,
  }),
);
for (let n = 0; n < MAILBOXES; n++) {
  const answer = await fetch(`${waxwing.api}/mailboxes`, {
    method: "POST",
    headers: { authorization: `Bearer ${waxwing.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ address: `box${n}@waxwing.test` }),
  });
  if (answer.status !== 201) throw new Error(`a mailbox was answered with ${answer.status}`);
}
const mails = await signedMessages(key.privateKeyPem, 200);

async function run(count: number): Promise<{ readonly perSecond: number; readonly cpuMs: number }> {
  let next = 0;
  const before = await treeCpuMs([waxwing.process.pid]);
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = await openSmtpSubmitter(port, null, TIMEOUT_MS);
      for (let n = next++; n < count; n = next++)
        await client.submit(
          `shop@${DOMAIN}`,
          `box${n % MAILBOXES}@waxwing.test`,
          mails[n % mails.length] ?? "",
        );
      client.close();
    }),
  );
  const elapsedMs = performance.now() - startMs;
  return {
    perSecond: (count / elapsedMs) * 1_000,
    cpuMs: ((await treeCpuMs([waxwing.process.pid])) - before) / count,
  };
}

for (const line of describeMachine()) say(line);
await run(Math.min(500, messages));
const results = [];
for (let n = 1; n <= RUNS; n++) {
  const result = await run(messages);
  results.push(result);
  say(`  run ${n}: ${result.perSecond.toFixed(0)} messages/s, ${result.cpuMs.toFixed(2)} ms CPU each`);
}
const answer = await fetch(`${waxwing.api}/events`, {
  headers: { authorization: `Bearer ${waxwing.apiKey}` },
});
const { events } = (await answer.json()) as { events: { type: string; data: { authentication?: object } }[] };
say(`checked as: ${JSON.stringify(events.find(({ type }) => type === "received")?.data.authentication)}`);
say(
  `Arrived, authenticated, filed and committed: ${median(results.map(({ perSecond }) => perSecond)).toFixed(0)} messages/s, ` +
    `${median(results.map(({ cpuMs }) => cpuMs)).toFixed(2)} ms CPU each (median of ${RUNS} runs of ${messages}, ${connections} connections)`,
);
