import { openHttpClient } from "./http-client.ts";
import { createMails, createRequests } from "./load-message.ts";
import type { LoadPlan, LoadResult } from "./load-plan.ts";
import { openSmtpSubmitter } from "./smtp-submitter.ts";

/**
 * The load generator, a process of its own so that its work is not counted as Waxwing's: for each plan it is sent, it sends the
 * requests over so many connections that stay open, one at a time on each, and answers what it measured.
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

/** One connection of the load: a request at a time. */
interface Sender {
  /** What is measured begins when the returned function is called: making the request does not count. */
  readonly prepare: (number: number) => () => Promise<void>;
  readonly close: () => void;
}

async function openHttpSender(plan: LoadPlan): Promise<Sender> {
  const { path, body, isTaken } = createRequests(plan);
  const headers = { authorization: `Bearer ${plan.apiKey}`, "content-type": "application/json" };
  const client = await openHttpClient(new URL(path, plan.api), headers, REQUEST_MS);
  return {
    prepare: (number) => {
      const request = Buffer.from(body(number));
      return async () => {
        const answer = await client.post(request);
        if (!isTaken(answer.status, answer.body))
          throw new Error(`POST ${path} answered ${answer.status}: ${answer.body.toString().slice(0, 500)}`);
      };
    },
    close: client.close,
  };
}

async function openSmtpSender(plan: LoadPlan, smtp: NonNullable<LoadPlan["smtp"]>): Promise<Sender> {
  const write = createMails(plan);
  const submitter = await openSmtpSubmitter(smtp.port, smtp.login, REQUEST_MS);
  return {
    prepare: (number) => {
      const { from, to, message } = write(number);
      return () => submitter.submit(from, to, message);
    },
    close: submitter.close,
  };
}

async function run(plan: LoadPlan): Promise<LoadResult> {
  const { smtp } = plan;
  const senders = await Promise.all(
    Array.from({ length: plan.connections }, () =>
      smtp === undefined ? openHttpSender(plan) : openSmtpSender(plan, smtp),
    ),
  );
  const latenciesMs = new Float64Array(plan.messages);
  let next = 0;
  const startMs = performance.now();
  await Promise.all(
    senders.map(async (sender) => {
      for (let number = next++; number < plan.messages; number = next++) {
        const send = sender.prepare(number);
        const sentMs = performance.now();
        await send();
        latenciesMs[number] = performance.now() - sentMs;
      }
    }),
  );
  const durationMs = performance.now() - startMs;
  for (const sender of senders) sender.close();
  latenciesMs.sort();
  const quantile = (share: number): number => latenciesMs[Math.ceil(share * plan.messages) - 1] ?? Number.NaN;
  return { kind: "accepted", durationMs, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs: quantile(1) };
}
