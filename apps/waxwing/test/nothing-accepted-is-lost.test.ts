import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { suite, test } from "node:test";
import { type Database, openDatabase } from "@waxwing/store";
import { createTestDatabase, startSmtpSink } from "@waxwing/testkit";
import { Redis } from "ioredis";
import { call, startWaxwing, temporaryDataDir, until, type WaxwingProcess } from "./waxwing-process.ts";

const MESSAGES = 2_000;
const SENDERS = 20;
const redisUrl = process.env.WAXWING_TEST_REDIS_URL;
if (redisUrl === undefined && process.env.CI !== undefined)
  throw new Error("CI must set WAXWING_TEST_REDIS_URL");
const needsRedis = redisUrl === undefined ? "set WAXWING_TEST_REDIS_URL to test the loss of Redis" : false;

/** Sends MESSAGES over HTTP and calls `midway` when half of them are accepted. Returns the accepted ids. */
async function sendAll(api: WaxwingProcess, midway: () => Promise<void>): Promise<readonly string[]> {
  const accepted: string[] = [];
  let next = 0;
  let disturbed: Promise<void> | null = null;
  await Promise.all(
    Array.from({ length: SENDERS }, async () => {
      while (next < MESSAGES) {
        const n = next++;
        const { id } = await call<{ id: string }>(api.doors, "/send", {
          from: "shop@waxwing.test",
          to: `user${n}@site${n % 5}.example`,
          subject: `Order ${n}`,
          text: `Order ${n} is on its way.`,
        });
        accepted.push(id);
        if (accepted.length >= MESSAGES / 2) disturbed ??= midway();
      }
    }),
  );
  await disturbed;
  return accepted;
}

async function backlogEmpty(db: Database): Promise<void> {
  await until(
    "an empty backlog",
    async () =>
      (await db.pool.query<{ left: number }>("SELECT count(*)::integer AS left FROM backlog")).rows[0]?.left,
    (left) => left === 0,
    120_000,
  );
}

/** Message-IDs that arrived, each with how often. */
function arrivals(sink: Awaited<ReturnType<typeof startSmtpSink>>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const message of sink.messages) {
    const id = /<([0-9a-f-]{36})@/.exec(message.headers.get("message-id") ?? "")?.[1] ?? "none";
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** The one window: sent to the final dot, killed before the answer was recorded. The journal shows each such attempt. */
async function allArriveAndTwiceIsExplained(
  databaseUrl: string,
  accepted: readonly string[],
  sink: Awaited<ReturnType<typeof startSmtpSink>>,
): Promise<void> {
  await using db = openDatabase({ url: databaseUrl, onError: assert.ifError });
  await backlogEmpty(db);
  const arrived = arrivals(sink);
  assert.deepEqual(
    accepted.filter((id) => !arrived.has(id)),
    [],
  );
  const twice = [...arrived].filter(([, times]) => times > 1).map(([id]) => id);
  const { rows } = await db.pool.query<{ message_id: string }>(
    "SELECT message_id FROM attempts WHERE outcome = 'unknown' AND rule = 'worker.interrupted'",
  );
  const interrupted = new Set(rows.map((row) => row.message_id));
  assert.deepEqual(
    twice.filter((id) => !interrupted.has(id)),
    [],
    "every duplicate is explained",
  );
  assert.ok(twice.length <= 200, `${twice.length} duplicates`);
}

suite("nothing accepted is lost", { timeout: 300_000 }, () => {
  test("FLUSHALL in the middle of a run", { skip: needsRedis }, async () => {
    await using database = await createTestDatabase();
    await using sink = await startSmtpSink();
    await using dataDir = await temporaryDataDir();
    const url = new URL(redisUrl ?? "");
    url.pathname = "/8";
    await using waxwing = await startWaxwing({
      DATABASE_URL: database.url,
      REDIS_URL: url.href,
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_ROUTES: `.example=127.0.0.1:${sink.port}`,
    });
    const redis = new Redis(url.href);
    // FLUSHDB of the one database this test uses: what FLUSHALL is to a Redis of its own.
    const accepted = await sendAll(waxwing, async () => void (await redis.flushdb()));
    await redis.quit();
    await using db = openDatabase({ url: database.url, onError: assert.ifError });
    await backlogEmpty(db);
    const arrived = arrivals(sink);
    assert.equal(accepted.length, MESSAGES);
    assert.deepEqual(
      accepted.filter((id) => !arrived.has(id)),
      [],
    );
    assert.deepEqual(
      [...arrived].filter(([, times]) => times > 1),
      [],
      "and nothing twice",
    );
  });

  for (const backend of ["PostgreSQL", "Redis"] as const) {
    test(`kill -9 of the worker in the middle of a run, queue on ${backend}`, {
      skip: backend === "Redis" && needsRedis,
    }, async () => {
      await using database = await createTestDatabase();
      await using sink = await startSmtpSink();
      await using stack = new AsyncDisposableStack();
      const queue: Record<string, string> = {};
      if (backend === "Redis" && redisUrl !== undefined) {
        const url = new URL(redisUrl);
        url.pathname = "/9";
        queue.REDIS_URL = url.href;
      }
      const env = {
        ...queue,
        DATABASE_URL: database.url,
        WAXWING_SECRET_KEY: randomBytes(32).toString("base64"),
        WAXWING_ROUTES: `.example=127.0.0.1:${sink.port}`,
        WAXWING_LEASE: "5s",
      };
      const start = async (role: string) => {
        const dataDir = stack.use(await temporaryDataDir());
        return stack.use(await startWaxwing({ ...env, WAXWING_DATA_DIR: dataDir.path }, role));
      };
      const [api, worker] = await Promise.all([start("api"), start("worker")]);
      const accepted = await sendAll(api, async () => {
        await until(
          "deliveries under way",
          async () => sink.messages.length,
          (count) => count > 0,
        );
        await worker.stop("SIGKILL");
        await start("worker");
      });
      assert.equal(accepted.length, MESSAGES);
      await allArriveAndTwiceIsExplained(database.url, accepted, sink);
    });
  }

  // In one process lanes take over what is accepted, without a claim.
  test("kill -9 of the whole platform in the middle of a run", async () => {
    await using database = await createTestDatabase();
    await using sink = await startSmtpSink();
    await using dataDir = await temporaryDataDir();
    const env = {
      DATABASE_URL: database.url,
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_ROUTES: `.example=127.0.0.1:${sink.port}`,
      WAXWING_LEASE: "5s",
    };
    const accepted: string[] = [];
    for (const _ of ["killed", "killed again"]) {
      await using waxwing = await startWaxwing(env);
      const before = accepted.length;
      let killed: Promise<unknown> | null = null;
      await Promise.all(
        Array.from({ length: SENDERS }, async (_none, n) => {
          while (killed === null) {
            const to = `user${n}@site${n % 5}.example`;
            const body = { from: "shop@waxwing.test", to, subject: "Order", text: `Order ${randomUUID()}` };
            // Without an answer a sender knows nothing of its message.
            const answer = await call<{ id: string }>(waxwing.doors, "/send", body).catch(() => null);
            if (answer === null) return;
            accepted.push(answer.id);
            if (accepted.length - before >= MESSAGES / 4 && sink.messages.length > 0)
              killed ??= waxwing.stop("SIGKILL");
          }
        }),
      );
      await killed;
    }
    await using _waxwing = await startWaxwing(env);
    assert.ok(accepted.length >= MESSAGES / 2);
    await allArriveAndTwiceIsExplained(database.url, accepted, sink);
  });
});
