import { setTimeout as sleep } from "node:timers/promises";
import { type SmtpSink, startSmtpSink } from "../packages/testkit/src/smtp-sink.ts";
import type { Waxwing } from "./waxwing.ts";

/** Sends single messages at a steady pace and says how long each took to its server. */
export interface LatencyProbe extends AsyncDisposable {
  readonly port: number;
  /**
   * @returns ms from the request to the last byte at the server, sorted
   * @throws when one is refused, or has not arrived after `ARRIVAL_MS`
   */
  readonly run: (waxwing: Pick<Waxwing, "api" | "apiKey">, messages: number) => Promise<readonly number[]>;
}

const EVERY_MS = 50;
const ARRIVAL_MS = 60_000;

/** Starts the server that the messages are for, in this process, so that one clock counts. */
export async function startLatencyProbe(domain: string, signal: AbortSignal): Promise<LatencyProbe> {
  const sink: SmtpSink = await startSmtpSink({ temper: () => "accept" });
  let next = 0;
  return {
    port: sink.port,
    run: async ({ api, apiKey }, messages) => {
      const sentMs = new Map<string, number>();
      const arrivedBefore = sink.messages.length;
      const requests: Promise<void>[] = [];
      for (let n = 0; n < messages; n++) {
        const to = `probe-${next++}@${domain}`;
        sentMs.set(to, Date.now());
        const body = JSON.stringify({ from: "shop@waxwing.test", to, subject: "Your code", text: "123456" });
        requests.push(post(`${api}/send`, apiKey, body, signal));
        await sleep(EVERY_MS, undefined, { signal });
      }
      await Promise.all(requests);
      await sink.waitForMessages(arrivedBefore + messages, ARRIVAL_MS);
      return sink.messages
        .slice(arrivedBefore)
        .map(({ rcptTo: [to = ""], receivedAt }) => receivedAt.getTime() - (sentMs.get(to) ?? Number.NaN))
        .sort((a, b) => a - b);
    },
    [Symbol.asyncDispose]: () => sink.close(),
  };
}

async function post(url: string, apiKey: string, body: string, signal: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body, signal });
  if (answer.status !== 202) throw new Error(`POST /send answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}

/** The value that this share of sorted values does not exceed. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
