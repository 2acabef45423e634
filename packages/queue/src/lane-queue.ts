import { createPostgresBackend, type Job, Queue, Worker } from "bullmq";
import { connectRedis, DEFAULT_PREFIX, POSTGRES_SCHEMA, type QueueBackend } from "./backend.ts";

/**
 * Lanes: work that is drained per key, by at most one job of a key at a time.
 *
 * Invariants:
 * - a wake-up that arrives before the lane's job has finished makes the job run once more after it has
 *   (BullMQ's `keepLastIfActive`): the row committed before the wake-up is always seen by a claim that starts after it;
 * - a lane that sleeps until a due time does so in a job of its own (`later`), which only wakes the lane. So a wake-up for
 *   now never meets a delayed job that it would have to bring forward, and a sleeping lane never swallows a wake-up;
 * - a lane sets its alarm itself, after its last claim found nothing due, from the smallest due time of what is left.
 */
export interface LaneQueue extends AsyncDisposable {
  /** Runs these lanes as soon as possible. */
  readonly wake: (keys: Iterable<string>) => Promise<void>;
  /** Runs the lane at `atMs` (Unix milliseconds). A later call moves the alarm. */
  readonly wakeAt: (key: string, atMs: number) => Promise<void>;
}

/** The queues there are. `deliver`: key = destination site. `webhooks`: key = webhook id. `inbound-posts`: key = inbound route id. */
export type LaneQueueName = "deliver" | "webhooks" | "inbound-posts";

interface LaneJob {
  readonly key: string;
}

type JobName = "lane" | "later";

/** What becomes of finished jobs: nothing is kept, the history of messages is in the event log. */
const FORGET = { removeOnComplete: true, removeOnFail: true } as const;

/**
 * Passes errors on until it is closed. BullMQ's connections to PostgreSQL may outlive the end of `close()` for a moment, and then tell
 * of a server that was stopped after it.
 */
function hearUntilClosed(onError: (error: Error) => void) {
  let isClosed = false;
  return {
    onError: (error: Error): void => {
      if (!isClosed) onError(error);
    },
    close: (): void => {
      isClosed = true;
    },
  };
}

/** Opens the producing side of a lane queue. `onError` hears of lost connections; they are retried. */
export async function openLaneQueue(options: {
  readonly backend: QueueBackend;
  readonly name: LaneQueueName;
  readonly onError: (error: Error) => void;
}): Promise<LaneQueue> {
  const { backend, name } = options;
  const { onError, close } = hearUntilClosed(options.onError);
  const open = () => {
    switch (backend.kind) {
      case "redis": {
        const connection = connectRedis(backend.url, "producer");
        connection.on("error", onError);
        const queue = new Queue<LaneJob, void, JobName>(name, {
          connection,
          prefix: backend.prefix ?? DEFAULT_PREFIX,
        });
        return { queue, end: () => connection.disconnect() };
      }
      case "postgres": {
        const connection = { connectionString: backend.url, schema: POSTGRES_SCHEMA, migrate: true, max: 4 };
        const queue = new Queue(name, { connection }, createPostgresBackend);
        return { queue, end: () => undefined };
      }
    }
  };
  const { queue, end } = open();
  queue.on("error", onError);
  await queue.waitUntilReady();
  return {
    wake: async (keys) => {
      const jobs = [...keys].map((key) => ({
        name: "lane" as const,
        data: { key },
        opts: { ...FORGET, deduplication: { id: `lane:${key}`, keepLastIfActive: true } },
      }));
      if (jobs.length === 1 && jobs[0] !== undefined)
        await queue.add(jobs[0].name, jobs[0].data, jobs[0].opts);
      else if (jobs.length > 1) await queue.addBulk(jobs);
    },
    wakeAt: async (key, atMs) => {
      await queue.add(
        "later",
        { key },
        {
          ...FORGET,
          delay: Math.max(0, atMs - Date.now()),
          deduplication: { id: `later:${key}`, reschedule: true },
        },
      );
    },
    [Symbol.asyncDispose]: async () => {
      close();
      await queue.close();
      end();
    },
  };
}

/** The consuming side of a lane queue. Disposing it waits for the lanes under way; abort `signal` first to make them short. */
export async function openLaneWorker(options: {
  readonly backend: QueueBackend;
  readonly name: LaneQueueName;
  /** Lanes drained at the same time in this process. */
  readonly concurrency: number;
  readonly queue: LaneQueue;
  /** Drains a lane until nothing of it is due or its time slice has ended; must not throw for what it expects. */
  readonly drain: (key: string) => Promise<void>;
  readonly onError: (error: Error) => void;
}): Promise<AsyncDisposable> {
  const { backend, name, concurrency, queue, drain } = options;
  const { onError, close } = hearUntilClosed(options.onError);
  const run = async (job: Pick<Job<LaneJob, void, JobName>, "name" | "data">): Promise<void> => {
    if (job.name === "later") await queue.wake([job.data.key]);
    else await drain(job.data.key);
  };
  // A worker that was killed holds its lanes until its locks have run out and the stalled check has seen it.
  const settings = { concurrency, lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000_000 };
  const open = () => {
    switch (backend.kind) {
      case "redis": {
        const connection = connectRedis(backend.url, "worker");
        connection.on("error", onError);
        const worker = new Worker<LaneJob, void, JobName>(name, run, {
          ...settings,
          connection,
          prefix: backend.prefix ?? DEFAULT_PREFIX,
        });
        return { worker, end: () => connection.disconnect() };
      }
      case "postgres": {
        const connection = { connectionString: backend.url, schema: POSTGRES_SCHEMA, migrate: true, max: 4 };
        const worker = new Worker(name, run, { ...settings, connection }, createPostgresBackend);
        return { worker, end: () => undefined };
      }
    }
  };
  const { worker, end } = open();
  worker.on("error", onError);
  worker.on("failed", (_job, error) => onError(error));
  await worker.waitUntilReady();
  return {
    [Symbol.asyncDispose]: async () => {
      // Lanes end within it, and what goes wrong in one is told.
      await worker.close();
      close();
      end();
    },
  };
}
