import { findPostmaster, readCpuTimes } from "../cpu.ts";
import { freePort } from "../free-port.ts";
import { startWaxwing } from "../waxwing.ts";
import { type InboundContender, MAILBOXES } from "./contender.ts";

interface ReceivedEvent {
  readonly type: string;
  readonly data: { readonly authentication?: Readonly<Record<string, string>> };
}

/**
 * A whole Waxwing in a process of its own, with PostgreSQL. Its 250 says that the mail is filed.
 *
 * @returns also a way to end it before the rig does, so that it leaves its profile
 */
export async function startWaxwingInbound(options: {
  readonly dnsServer: string;
  readonly profileDir: string | null;
  readonly rig: AsyncDisposableStack;
  readonly signal: AbortSignal;
}): Promise<{ readonly contender: InboundContender; readonly end: () => Promise<void> }> {
  const { dnsServer, profileDir, rig, signal } = options;
  const port = await freePort();
  const waxwing = rig.use(
    await startWaxwing({
      redisUrl: null,
      sinkPort: await freePort(),
      profileDir,
      env: { WAXWING_INBOUND_LISTEN: `127.0.0.1:${port}`, WAXWING_DNS_SERVERS: dnsServer },
      signal,
    }),
  );
  const ask = async <Answer>(path: string, body?: unknown): Promise<Answer> => {
    const answer = await fetch(`${waxwing.api}${path}`, {
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${waxwing.apiKey}`, "content-type": "application/json" },
    });
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
    return (await answer.json()) as Answer;
  };
  for (let n = 0; n < MAILBOXES; n++) await ask("/mailboxes", { address: `box${n}@waxwing.test` });
  const { pid } = waxwing.process;
  const pids = { waxwing: pid, postmaster: await findPostmaster(pid), redis: null, sink: 0, load: 0 };
  const contender: InboundContender = {
    name: "Waxwing",
    port,
    roots: [pid],
    parts: () => readCpuTimes(pids),
    settle: async () => undefined,
    look: async () => {
      let filed = 0;
      let verdict = "";
      for (let after = ""; ; ) {
        const page = await ask<{ readonly events: readonly ReceivedEvent[]; readonly next: string }>(
          `/events?limit=1000${after === "" ? "" : `&after=${after}`}`,
        );
        const received = page.events.filter(({ type }) => type === "received");
        filed += received.length;
        const { spf, dkim, dmarc } = received[0]?.data.authentication ?? {};
        if (spf !== undefined) verdict = `spf=${spf} dkim=${dkim} dmarc=${dmarc}`;
        if (page.events.length === 0) return { filed, verdict };
        after = page.next;
      }
    },
  };
  return { contender, end: async () => await waxwing[Symbol.asyncDispose]() };
}
