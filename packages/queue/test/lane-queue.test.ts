import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { suite, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createTestDatabase } from "@waxwing/testkit";
import { type LaneQueue, openLaneQueue, openLaneWorker, type QueueBackend } from "../src/index.ts";

const backends: readonly {
  readonly name: string;
  readonly open: () => Promise<{ backend: QueueBackend; close: () => Promise<void> }>;
}[] = [
  {
    name: "PostgreSQL",
    open: async () => {
      const database = await createTestDatabase();
      return { backend: { kind: "postgres", url: database.url }, close: () => database.drop() };
    },
  },
  {
    name: "Redis",
    open: async () => {
      const url = process.env.WAXWING_TEST_REDIS_URL ?? "";
      return {
        backend: { kind: "redis", url, prefix: `{test-${randomUUID()}}` },
        close: async () => undefined,
      };
    },
  },
];

/** A drain that records what it did and can be held open. */
function recordingDrain() {
  const runs: string[] = [];
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let gate: Promise<void> = Promise.resolve();
  let active = 0;
  let mostActive = 0;
  return {
    runs,
    mostActive: () => mostActive,
    /** Lanes that start from now on do not end before the returned function is called. */
    hold: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
    reached: (count: number) =>
      new Promise<void>((resolve) => {
        if (runs.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    drain: async (key: string) => {
      active++;
      mostActive = Math.max(mostActive, active);
      runs.push(key);
      for (const { count, resolve } of waiting) if (runs.length >= count) resolve();
      waiting = waiting.filter(({ count }) => runs.length < count);
      await gate;
      active--;
    },
  };
}

const failOnError = (error: Error): void => {
  throw error;
};

for (const { name, open } of backends) {
  const missing = name === "Redis" && process.env.WAXWING_TEST_REDIS_URL === undefined;
  if (missing && process.env.CI !== undefined) throw new Error("CI must set WAXWING_TEST_REDIS_URL");
  const skip = missing ? "set WAXWING_TEST_REDIS_URL to test the Redis backend too" : false;
  const lanesOn = async (
    use: (lanes: {
      readonly queue: LaneQueue;
      readonly openQueue: () => Promise<LaneQueue>;
      readonly startWorker: (
        drain: (key: string) => Promise<void>,
        onError?: (error: Error) => void,
      ) => Promise<AsyncDisposable>;
    }) => Promise<void>,
  ): Promise<void> => {
    const { backend, close } = await open();
    const openQueue = () => openLaneQueue({ backend, name: "deliver", onError: failOnError });
    const queue = await openQueue();
    try {
      await use({
        queue,
        openQueue,
        startWorker: (drain, onError = failOnError) =>
          openLaneWorker({ backend, name: "deliver", concurrency: 20, queue, drain, onError }),
      });
    } finally {
      await queue[Symbol.asyncDispose]();
      await close();
    }
  };

  suite(`lanes on ${name}`, { skip, timeout: 60_000 }, () => {
    test("a woken lane runs, and other lanes beside it", () =>
      lanesOn(async ({ queue, startWorker }) => {
        const lane = recordingDrain();
        await using _worker = await startWorker(lane.drain);
        await queue.wake(["a.test", "b.test", "c.test"]);
        await lane.reached(3);
        assert.deepEqual([...lane.runs].sort(), ["a.test", "b.test", "c.test"]);
      }));

    test("a wake-up while the lane runs makes it run once more, never twice at once", () =>
      lanesOn(async ({ queue, startWorker }) => {
        const lane = recordingDrain();
        await using _worker = await startWorker(lane.drain);
        const release = lane.hold();
        await queue.wake(["busy.test"]);
        await lane.reached(1);
        for (let wake = 0; wake < 20; wake++) await queue.wake(["busy.test"]);
        release();
        await lane.reached(2);
        await queue.wake(["end.test"]);
        await lane.reached(3);
        assert.deepEqual(lane.runs, ["busy.test", "busy.test", "end.test"]);
        assert.equal(lane.mostActive(), 1);
      }));

    test("no wake-up is lost between a lane's last look and its end", () =>
      lanesOn(async ({ queue, startWorker }) => {
        // The lane counts what was committed before its last look. Whatever order the race takes, the last item is seen.
        let committed = 0;
        let seen = 0;
        const { promise: done, resolve } = Promise.withResolvers<void>();
        const items = 150;
        await using _worker = await startWorker(async () => {
          seen = committed;
          if (seen === items) resolve();
        });
        for (let item = 0; item < items; item++) {
          committed++;
          await queue.wake(["race.test"]);
        }
        await done;
        assert.equal(seen, items);
      }));

    test("several producers and workers never run one lane twice at once", () =>
      lanesOn(async ({ queue, openQueue, startWorker }) => {
        const other = await openQueue();
        const { promise: ended, resolve: onEnd } = Promise.withResolvers<void>();
        const active = new Map<string, number>();
        let overlaps = 0;
        let runs = 0;
        const drain = async (key: string): Promise<void> => {
          active.set(key, (active.get(key) ?? 0) + 1);
          if ((active.get(key) ?? 0) > 1) overlaps++;
          runs++;
          if (key === "end.test") onEnd();
          await setImmediate();
          active.set(key, (active.get(key) ?? 0) - 1);
        };
        const workers = await Promise.all([startWorker(drain), startWorker(drain), startWorker(drain)]);
        await Promise.all(
          [queue, other].flatMap((producer) =>
            Array.from({ length: 60 }, (_, index) =>
              producer.wake([`lane${index % 3}.test`, `lane${(index + 1) % 3}.test`]),
            ),
          ),
        );
        await queue.wake(["end.test"]);
        await ended;
        await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
        await other[Symbol.asyncDispose]();
        assert.equal(overlaps, 0);
        assert.ok(runs >= 4, `${runs} runs`);
      }));

    test("an alarm wakes the lane at its time; a later call moves it, and a wake-up for now does not wait for it", () =>
      lanesOn(async ({ queue, startWorker }) => {
        const lane = recordingDrain();
        await using _worker = await startWorker(lane.drain);
        await queue.wakeAt("later.test", Date.now() + 3_600_000);
        await queue.wakeAt("sleeping.test", Date.now() + 3_600_000);
        await queue.wake(["sleeping.test"]);
        await lane.reached(1);
        assert.deepEqual(lane.runs, ["sleeping.test"]);
        const dueAtMs = Date.now() + 200;
        await queue.wakeAt("later.test", dueAtMs);
        await lane.reached(2);
        assert.deepEqual(lane.runs, ["sleeping.test", "later.test"]);
        assert.ok(Date.now() >= dueAtMs - 1, "not before its time");
      }));

    test("a lane that throws is forgotten, and the next wake-up runs it again", () =>
      lanesOn(async ({ queue, startWorker }) => {
        const failures: string[] = [];
        let runs = 0;
        const { promise: failed, resolve: onFailed } = Promise.withResolvers<void>();
        const { promise: again, resolve: onAgain } = Promise.withResolvers<void>();
        await using _worker = await startWorker(
          async () => {
            runs++;
            if (runs === 1) throw new Error("the database is away");
            onAgain();
          },
          (error) => {
            failures.push(error.message);
            onFailed();
          },
        );
        await queue.wake(["broken.test"]);
        await failed;
        await queue.wake(["broken.test"]);
        await again;
        assert.deepEqual(failures, ["the database is away"]);
      }));
  });
}
