import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createLogger, newId, systemClock } from "@waxwing/runtime";
import {
  appendEvents,
  type Database,
  deleteOldCounts,
  ensureProject,
  listTags,
  openDatabase,
  readSeries,
  settleDomainSite,
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
  const read = (
    projectId: string,
    kind: "all" | "tag" | "domain" | "provider",
    by: "hour" | "day" | "month" = "day",
    names: readonly string[] | null = null,
  ) => readSeries(db, { projectId, from: "2020-01-01", to: "2100-01-01", by, kind, names });
  const total = async (projectId: string, metric: string): Promise<number> =>
    (await read(projectId, "all")).reduce((sum, row) => sum + (row.metric === metric ? row.count : 0), 0);

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
    const all = await read(projectId, "all");
    const rows = [...all, ...(await read(projectId, "tag"))].map((row) => [row.start, row.name, row.count]);
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
    const months = await read(projectId, "all", "month");
    assert.ok(months.every((row) => row.start.endsWith("-01")));
  });

  test("by hour, by domain and by mailbox provider, which the domain tells or the servers of its mail", async () => {
    const projectId = await addProject();
    // Noon of yesterday: two hours of one day.
    const noonMs = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000;
    const domain = `${projectId.slice(-12)}.test`;
    await settleDomainSite(db, { domain, site: "mx:(alt1,alt2)?.aspmx.l.google.com" });
    const delivered = (email: string, atMs: number) =>
      newEvent(
        { projectId, messageId: newId(), ordinal: 0 },
        "delivered",
        { email, tags: ["t"], attempt: 1, reply: "250 ok" },
        atMs,
      );
    await appendEvents(db, [
      delivered(`ann@${domain.toUpperCase()}`, noonMs),
      delivered("bob@gmail.com", noonMs + 3_599_999),
      delivered("cid@gmail.com", noonMs + 3_600_000),
      delivered("dee@nowhere.test", noonMs + 3_600_000),
    ]);
    await rollUpUntil(async () => (await total(projectId, "delivered")) >= 4);
    const rows = async (...what: Parameters<typeof read> extends [string, ...infer Rest] ? Rest : never) =>
      (await read(projectId, ...what)).map((row) => [row.start, row.name, row.count]).toSorted();
    const noon = `${day(noonMs)}T12:00:00Z`;
    const one = `${day(noonMs)}T13:00:00Z`;
    assert.deepEqual(await rows("all", "hour"), [
      [noon, "", 2],
      [one, "", 2],
    ]);
    assert.deepEqual(await rows("tag", "hour"), [
      [noon, "t", 2],
      [one, "t", 2],
    ]);
    assert.deepEqual(
      await rows("domain"),
      [
        [day(noonMs), domain, 1],
        [day(noonMs), "gmail.com", 2],
        [day(noonMs), "nowhere.test", 1],
      ].toSorted(),
    );
    assert.deepEqual(await rows("domain", "hour", ["gmail.com"]), [
      [noon, "gmail.com", 1],
      [one, "gmail.com", 1],
    ]);
    assert.deepEqual(await rows("provider"), [
      [day(noonMs), "", 1],
      [day(noonMs), "Gmail", 3],
    ]);
    assert.deepEqual(await rows("provider", "hour", ["Gmail"]), [
      [noon, "Gmail", 2],
      [one, "Gmail", 1],
    ]);
  });

  test("recipients at very many domains do not fill the table: the rest is counted together", async () => {
    const projectId = await addProject();
    const noonMs = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 43_200_000;
    const toDomains = (page: number) =>
      Array.from({ length: 800 }, (_, index) =>
        newEvent(
          { projectId, messageId: newId(), ordinal: 0 },
          "processed",
          { email: `a@${page}-${index}.test` },
          noonMs,
        ),
      );
    for (let page = 0; page < 2; page++) {
      await appendEvents(db, toDomains(page));
      await rollUpUntil(async () => (await total(projectId, "processed")) >= 800 * (page + 1));
    }
    await appendEvents(db, toDomains(0));
    await rollUpUntil(async () => (await total(projectId, "processed")) >= 2_400);
    for (const [by, most] of [
      ["day", 1_000],
      ["hour", 100],
    ] as const) {
      const rows = await read(projectId, "domain", by);
      assert.equal(rows.filter(({ name }) => name !== "").length, most);
      assert.equal(
        rows.reduce((sum, row) => sum + row.count, 0),
        2_400,
      );
    }
    const [known] = await read(projectId, "domain", "day", ["0-7.test"]);
    assert.equal(known?.count, 2);
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
    const known = await read(projectId, "tag", "month", ["0.0.0", "late", ""]);
    assert.deepEqual(known.map(({ name, count }) => [name, count]).toSorted(), [
      ["", 10_001],
      ["0.0.0", 2],
    ]);
  });

  test("counts of tags, domains and providers go after thirteen months, hours after five weeks, those of all messages stay", async () => {
    const projectId = await addProject();
    const oldMs = Date.now() - 400 * 86_400_000;
    await appendEvents(db, [processed(projectId, ["t"], oldMs), processed(projectId, ["t"], Date.now())]);
    await rollUpUntil(async () => (await total(projectId, "processed")) >= 2);
    await deleteOldCounts(db);
    assert.equal(await total(projectId, "processed"), 2);
    for (const kind of ["tag", "domain", "provider"] as const)
      assert.equal((await read(projectId, kind)).length, 1, kind);
    for (const kind of ["all", "tag", "domain", "provider"] as const)
      assert.equal((await read(projectId, kind, "hour")).length, 1, kind);
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
