import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createLogger, newId, systemClock } from "@waxwing/runtime";
import {
  appendEvents,
  type Database,
  deleteOldTagCounts,
  ensureProject,
  listTags,
  openDatabase,
  readDailyStats,
  sumStatsByTag,
} from "@waxwing/store";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import { createStatsRollup, newEvent } from "../src/index.ts";

suite("statistics count every event once", { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let db: Database;
  const log = createLogger({ level: "silent", name: "test" });

  before(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, onError: assert.ifError });
  });
  after(async () => {
    await db[Symbol.asyncDispose]();
    await database.drop();
  });

  async function addProject(): Promise<string> {
    const projectId = newId();
    await ensureProject(db, { id: projectId, name: "test" });
    return projectId;
  }

  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const totals = async (
    projectId: string,
    tags: readonly string[] | null = null,
    by: "day" | "month" = "day",
  ) => readDailyStats(db, { projectId, from: "2020-01-01", to: "2100-01-01", by, tags });
  const total = async (projectId: string, metric: string): Promise<number> =>
    (await totals(projectId)).reduce((sum, row) => sum + (row.metric === metric ? row.count : 0), 0);

  /** Runs `workers` rollups until `done`; events show only when older transactions of the server have ended. */
  async function rollUpUntil(done: () => Promise<boolean>, workers = 1): Promise<void> {
    const stopping = new AbortController();
    const runs = Array.from({ length: workers }, () =>
      createStatsRollup({ db, clock: systemClock, log, intervalMs: 1 }).run(stopping.signal),
    );
    while (!(await done()));
    stopping.abort();
    await Promise.all(runs);
  }

  const processed = (projectId: string, tags: readonly string[], atMs: number) =>
    newEvent({ projectId, messageId: newId(), ordinal: 0 }, "processed", { email: "a@a.test", tags }, atMs);

  test("by day and by tag, a message with two tags once in the sum", async () => {
    const projectId = await addProject();
    const nowMs = Date.now();
    const yesterdayMs = nowMs - 86_400_000;
    await appendEvents(db, [
      processed(projectId, ["orders", "vip"], nowMs),
      processed(projectId, ["orders", "orders"], yesterdayMs),
      processed(projectId, [], nowMs),
    ]);
    await rollUpUntil(async () => (await total(projectId, "processed")) >= 3);
    const rows = (await totals(projectId, ["", "orders", "vip"])).map((row) => [row.day, row.tag, row.count]);
    assert.deepEqual(
      rows.toSorted(),
      [
        [day(yesterdayMs), "", 1],
        [day(yesterdayMs), "orders", 1],
        [day(nowMs), "", 2],
        [day(nowMs), "orders", 1],
        [day(nowMs), "vip", 1],
      ].toSorted(),
    );
    const period = { projectId, from: "2020-01-01", limit: 10, offset: 0 };
    assert.deepEqual(await listTags(db, { ...period, prefix: "" }), ["orders", "vip"]);
    assert.deepEqual(await listTags(db, { ...period, prefix: "v" }), ["vip"]);
    assert.deepEqual(await listTags(db, { ...period, prefix: "%" }), []);
    const sums = await sumStatsByTag(db, {
      ...period,
      to: "2100-01-01",
      metric: "processed",
      direction: "desc",
    });
    assert.deepEqual(sums, [
      { tag: "orders", metrics: { processed: 2 } },
      { tag: "vip", metrics: { processed: 1 } },
    ]);
    const months = await totals(projectId, null, "month");
    assert.ok(months.every((row) => row.day.endsWith("-01")));
  });

  test("four rollups at a time, over more than a page, while events go on arriving", async () => {
    const projects = await Promise.all(Array.from({ length: 5 }, addProject));
    const eventsOf = (count: number) =>
      Promise.all(
        projects.map((projectId) =>
          appendEvents(
            db,
            Array.from({ length: count }, () => processed(projectId, ["t"], Date.now())),
          ),
        ),
      );
    await eventsOf(1_700);
    let rounds = 0;
    await rollUpUntil(async () => {
      if (rounds++ < 5) await eventsOf(100);
      const counted = await Promise.all(projects.map((projectId) => total(projectId, "processed")));
      return rounds > 5 && counted.every((count) => count >= 2_200);
    }, 4);
    for (const projectId of projects) assert.equal(await total(projectId, "processed"), 2_200);
  });

  test("tags of their own per message do not fill the table, and what is known goes on being counted", async () => {
    const projectId = await addProject();
    const unique = (page: number) =>
      Array.from({ length: 1_000 }, (_, index) =>
        processed(
          projectId,
          Array.from({ length: 10 }, (_, tag) => `${page}.${index}.${tag}`),
          Date.now(),
        ),
      );
    let counted = 0;
    for (let page = 0; page < 2; page++) {
      await appendEvents(db, unique(page));
      counted += 1_000;
      await rollUpUntil(async () => (await total(projectId, "processed")) >= counted);
    }
    await appendEvents(db, [processed(projectId, ["0.0.0", "late"], Date.now())]);
    await rollUpUntil(async () => (await total(projectId, "processed")) > counted);
    const { rows } = await db.pool.query(
      "SELECT count(*)::integer AS counts FROM daily_stats WHERE project_id = $1 AND tag <> ''",
      [projectId],
    );
    assert.equal(rows[0]?.counts, 10_000);
    const known = await totals(projectId, ["0.0.0", "late"], "month");
    assert.deepEqual(
      known.map(({ tag, count }) => [tag, count]),
      [["0.0.0", 2]],
    );
  });

  test("counts of tags go after thirteen months, those of all messages stay", async () => {
    const projectId = await addProject();
    const oldMs = Date.now() - 400 * 86_400_000;
    await appendEvents(db, [processed(projectId, ["t"], oldMs), processed(projectId, ["t"], Date.now())]);
    await rollUpUntil(async () => (await total(projectId, "processed")) >= 2);
    assert.equal(await deleteOldTagCounts(db), 1);
    assert.equal(await total(projectId, "processed"), 2);
    assert.equal((await totals(projectId, ["t"])).length, 1);
  });

  test("a rollup that starts anew goes on where the last one was", async () => {
    const projectId = await addProject();
    for (let run = 1; run <= 3; run++) {
      await appendEvents(db, [processed(projectId, [], Date.now())]);
      await rollUpUntil(async () => (await total(projectId, "processed")) >= run);
      assert.equal(await total(projectId, "processed"), run);
    }
  });
});
