import { Agent, request } from "node:http";
import { createMessages } from "./load-message.ts";
import type { LoadPlan, LoadResult } from "./load-plan.ts";

/**
 * The load generator, a process of its own so that its work is not counted as Waxwing's: for each plan it is sent, it posts the
 * messages over so many keep-alive connections, one request at a time on each, and answers what it measured.
 */

/** A server that hangs must end the bench, not hold it. */
const REQUEST_MS = 30_000;

process.on("message", (plan: LoadPlan) => {
  run(plan).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ kind: "failed", reason: String(error) } satisfies LoadResult),
  );
});
process.once("disconnect", () => process.exit());

async function run(plan: LoadPlan): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.connections });
  const message = createMessages(plan);
  const latenciesMs = new Float64Array(plan.messages);
  let next = 0;
  const client = async (): Promise<void> => {
    for (let number = next++; number < plan.messages; number = next++) {
      const sentMs = performance.now();
      await post(agent, plan, message(number));
      latenciesMs[number] = performance.now() - sentMs;
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: plan.connections }, client));
  const durationMs = performance.now() - startMs;
  agent.destroy();
  latenciesMs.sort();
  const quantile = (share: number): number => latenciesMs[Math.ceil(share * plan.messages) - 1] ?? Number.NaN;
  return { kind: "accepted", durationMs, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1) };
}

/** Rejects unless the answer is 202. */
function post(agent: Agent, { api, apiKey }: LoadPlan, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${api}/send`,
      {
        agent,
        method: "POST",
        timeout: REQUEST_MS,
        headers: {
          authorization: `Bearer ${apiKey}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.once("error", reject);
        answer.once("end", () => {
          if (answer.statusCode === 202) resolve();
          else reject(new Error(`POST /send answered ${answer.statusCode}: ${text.slice(0, 500)}`));
        });
      },
    );
    outgoing.once("timeout", () =>
      outgoing.destroy(new Error(`POST /send has not answered within ${REQUEST_MS / 1_000} s`)),
    );
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
