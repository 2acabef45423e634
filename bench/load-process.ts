import { openHttpClient } from "./http-client.ts";
import { createRequests } from "./load-message.ts";
import type { LoadPlan, LoadResult } from "./load-plan.ts";

/**
 * The load generator, a process of its own so that its work is not counted as Waxwing's: for each plan it is sent, it posts the
 * requests over so many keep-alive connections, one at a time on each, and answers what it measured.
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
  const { path, body, isTaken } = createRequests(plan);
  const headers = { authorization: `Bearer ${plan.apiKey}`, "content-type": "application/json" };
  const url = new URL(path, plan.api);
  const clients = await Promise.all(
    Array.from({ length: plan.connections }, () => openHttpClient(url, headers, REQUEST_MS)),
  );
  const latenciesMs = new Float64Array(plan.messages);
  let next = 0;
  const startMs = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (let number = next++; number < plan.messages; number = next++) {
        const request = Buffer.from(body(number));
        const sentMs = performance.now();
        const answer = await client.post(request);
        latenciesMs[number] = performance.now() - sentMs;
        if (!isTaken(answer.status, answer.body))
          throw new Error(`POST ${path} answered ${answer.status}: ${answer.body.toString().slice(0, 500)}`);
      }
    }),
  );
  const durationMs = performance.now() - startMs;
  for (const client of clients) client.close();
  latenciesMs.sort();
  const quantile = (share: number): number => latenciesMs[Math.ceil(share * plan.messages) - 1] ?? Number.NaN;
  return { kind: "accepted", durationMs, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1) };
}
