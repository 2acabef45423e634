import { parseRedisUrl } from "@waxwing/runtime";
import { Cluster, Redis } from "ioredis";

/**
 * Where BullMQ keeps its jobs. Either holds only wake-ups: everything accepted is in PostgreSQL's tables, and a queue that loses
 * all it has loses no mail (DESIGN section 3, invariant 2). `url`: REDIS_URL in one of its forms, or a PostgreSQL URL.
 */
export type QueueBackend =
  | { readonly kind: "redis"; readonly url: string; readonly prefix?: string }
  | { readonly kind: "postgres"; readonly url: string };

/** A hash tag, so that all keys of a queue live in one slot of a Redis Cluster. */
export const DEFAULT_PREFIX = "{waxwing}";

/** BullMQ's tables live apart from ours, so that either can be dropped or dumped alone. */
export const POSTGRES_SCHEMA = "bullmq";

/**
 * Connects to Redis.
 *
 * @param role `producer` fails a command soon when Redis is away: the row is committed, the sweeper will wake its lane. `worker`
 *   waits for ever, as BullMQ's blocking commands need.
 * @throws when `url` is none of the forms of REDIS_URL.
 */
export function connectRedis(url: string, role: "producer" | "worker"): Redis | Cluster {
  const parsed = parseRedisUrl(url);
  if (parsed.kind === "bad") throw new Error(`REDIS_URL ${parsed.message}`);
  const target = parsed.value;
  const retryStrategy = (times: number) => Math.min(50 * 2 ** times, 2_000);
  const options = { maxRetriesPerRequest: role === "worker" ? null : 1, retryStrategy };
  if (target.kind === "single") return new Redis(target.url, options);
  const access = {
    ...options,
    ...(target.username !== null && { username: target.username }),
    ...(target.password !== null && { password: target.password }),
    ...(target.tls && { tls: {} }),
  };
  if (target.kind === "cluster") {
    return new Cluster([...target.nodes], { redisOptions: access, clusterRetryStrategy: retryStrategy });
  }
  return new Redis({
    ...access,
    sentinels: [...target.sentinels],
    name: target.masterName,
    db: target.db,
  });
}
