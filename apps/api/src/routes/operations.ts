import { type Clock, type Logger, type MetricsRegistry, renderMetrics } from "@waxwing/runtime";
import type { Database } from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { ProblemError } from "../problems.ts";
import { problemAnswers } from "../schemas/problem.ts";

/** A probe that has no answer by then would be given up by the prober. */
const READY_TIMEOUT_MS = 2_000;

/** What operators and their tools ask, without a key: health, metrics, and the index of it all. */
export function operationRoutes(
  app: ApiInstance,
  options: {
    readonly db: Database;
    readonly metrics: MetricsRegistry;
    readonly clock: Clock;
    readonly log: Logger;
    readonly version: string;
  },
): void {
  const { db, metrics, clock, log, version } = options;
  const tags = ["Operations"];
  const security: [] = [];
  const healthy = (status: string) => Type.Object({ status: Type.String() }, { examples: [{ status }] });

  const index = {
    name: "Waxwing",
    version,
    docs: "/docs",
    openapi: "/openapi.json",
    health: "/health/ready",
  };
  app.get(
    "/",
    {
      schema: {
        operationId: "index",
        tags,
        security,
        summary: "Where things are",
        response: {
          200: Type.Object(
            {
              name: Type.String(),
              version: Type.String(),
              docs: Type.String(),
              openapi: Type.String(),
              health: Type.String(),
            },
            { examples: [index] },
          ),
        },
      },
    },
    () => index,
  );

  app.get(
    "/health/live",
    {
      schema: {
        operationId: "live",
        tags,
        summary: "The process runs",
        security,
        response: { 200: healthy("live") },
      },
    },
    () => ({ status: "live" }),
  );

  app.get(
    "/health/ready",
    {
      schema: {
        operationId: "ready",
        tags,
        security,
        summary: "Requests can be served",
        response: { 200: healthy("ready"), ...problemAnswers("not-ready") },
      },
    },
    async () => {
      try {
        await within(READY_TIMEOUT_MS, clock, db.pool.query("SELECT 1"));
      } catch (cause) {
        log.warn({ event: "http.not-ready", err: cause });
        throw new ProblemError("not-ready", "the database is out of reach", {
          errors: [{ field: "database", message: "is out of reach" }],
          headers: { "retry-after": "5" },
          cause,
        });
      }
      return { status: "ready" };
    },
  );

  app.get(
    "/metrics",
    {
      schema: {
        operationId: "metrics",
        tags,
        security,
        summary: "Metrics in Prometheus text format",
        response: { 200: { content: { "text/plain": { schema: Type.String() } } } },
      },
    },
    async (_request, reply) => {
      const { contentType, body } = await renderMetrics(metrics);
      return reply.type(contentType).send(body);
    },
  );
}

/** @throws what `work` throws, or an error when it takes longer. */
async function within(timeoutMs: number, clock: Clock, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  const late = clock.sleep(timeoutMs, done.signal).then(() => {
    throw new Error(`no answer within ${timeoutMs} ms`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    done.abort();
  }
}
