import { setTimeout as sleep } from "node:timers/promises";
import { findPostmaster } from "../cpu.ts";
import { postgresVersion, redisVersion } from "../machine.ts";
import type { BackendName } from "../options.ts";
import { readOutcomes } from "../progress.ts";
import { startRedis } from "../redis.ts";
import { startWaxwing } from "../waxwing.ts";
import type { Started } from "./contender.ts";

const STALLED_MS = 90_000;

/**
 * Starts Waxwing on one queue backend: two contenders, one for each door, of one platform. Only mail whose outcome is recorded counts as
 * done, which is more than is asked of the others.
 */
export async function startWaxwingContenders(options: {
  readonly backend: BackendName;
  readonly sinkPort: number;
  readonly rig: AsyncDisposableStack;
  readonly signal: AbortSignal;
}): Promise<Started> {
  const { backend, sinkPort, rig, signal } = options;
  const redis = backend === "redis" ? await startRedis(signal) : null;
  if (redis !== null) rig.use(redis);
  else if (backend === "redis")
    return { kind: "missing", reason: "redis-server is not on PATH: Waxwing on Redis is NOT measured" };
  const waxwing = rig.use(
    await startWaxwing({
      redisUrl: redis?.url ?? null,
      sinkPort,
      profileDir: null,
      submission: true,
      signal,
    }),
  );
  const { api, apiKey, submissionPort } = waxwing;
  const postmaster = await findPostmaster(waxwing.process.pid);
  const queue = redis === null ? postgresVersion(postmaster) : redisVersion();
  const delivered = async (): Promise<number> => (await readOutcomes(waxwing, signal)).get("delivered") ?? 0;
  const common = {
    processes: async () => [waxwing.process.pid, ...(redis === null ? [] : [redis.process.pid])],
    expect: async (messages: number) => {
      const target = (await delivered()) + messages;
      return async () => {
        const untilMs = performance.now() + STALLED_MS;
        while ((await delivered()) < target) {
          if (performance.now() > untilMs) throw new Error("the sink has more than Waxwing has on record");
          await sleep(5, undefined, { signal });
        }
      };
    },
  };
  const login = { user: "apikey", password: apiKey };
  return {
    kind: "running",
    contenders: [
      { ...common, name: `Waxwing, HTTP in, queue on ${queue}`, door: { api, apiKey } },
      {
        ...common,
        name: `Waxwing, SMTP in, queue on ${queue}`,
        door: { api, apiKey, smtp: { port: submissionPort ?? 0, login } },
      },
    ],
  };
}
