import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createFakeClock, createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import { deleteOldUsage } from "../src/daily-quota.ts";
import {
  createDailyQuotas,
  type Database,
  ensureProject,
  openDatabase,
  readDailyUsage,
} from "../src/index.ts";
import { takeFromBucket } from "../src/rate-bucket.ts";

let database: TestDatabase;
let db: Database;
const clock = createFakeClock(Date.UTC(2026, 10, 23, 23, 59));

before(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, onError: assert.fail });
});
after(async () => {
  await db[Symbol.asyncDispose]();
  await database.drop();
});

async function projectWithQuota(dailyQuota: number): Promise<{ projectId: string; keyId: null }> {
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: "test" });
  await db.pool.query("UPDATE projects SET daily_quota = $2 WHERE id = $1", [projectId, dailyQuota]);
  return { projectId, keyId: null };
}

describe("usage", { timeout: 60_000 }, () => {
  test("is counted exactly by many processes that take and give back", async () => {
    const party = await projectWithQuota(100);
    const processes = [1, 2, 3].map(() => createDailyQuotas({ db, clock }));
    let granted = 0;
    await Promise.all(
      processes.flatMap((take) =>
        Array.from({ length: 40 }, async (_, index) => {
          const recipients = 1 + (index % 5);
          const answer = await take(party, recipients);
          if (answer.kind === "exceeded") return;
          if (index % 4 === 0) await answer.giveBack();
          else granted += recipients;
        }),
      ),
    );
    assert.equal(await readDailyUsage(db, party.projectId, clock.now()), granted);
    assert.ok(granted <= 100 && granted > 0, `${granted} granted`);
  });

  test("begins anew at midnight UTC, and what comes back late counts for its own day", async () => {
    const party = await projectWithQuota(10);
    const take = createDailyQuotas({ db, clock });
    const today = await take(party, 10);
    const { excess } = (await take(party, 1)) as { excess?: { resetAtMs: number; used: number } };
    assert.deepEqual([excess?.used, excess?.resetAtMs], [10, Date.UTC(2026, 10, 24)]);
    await clock.advance(60_000);
    assert.equal((await take(party, 10)).kind, "granted");
    if (today.kind === "granted") await today.giveBack();
    assert.equal(await readDailyUsage(db, party.projectId, clock.now()), 10);
    assert.equal(await readDailyUsage(db, party.projectId, clock.now() - 3_600_000), 0);
  });

  test("of a bucket gives what is there, says how long to wait, and never more than a full one", async () => {
    const subject = `key:${newId()}:requests`;
    const startedAtMs = performance.now();
    const takes = await Promise.all(Array.from({ length: 20 }, () => takeFromBucket(db, subject, 5, 3)));
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const taken = takes.reduce((sum, { taken: some }) => sum + some, 0);
    assert.ok(taken >= 10 && taken <= 10 + Math.ceil(5 * seconds), `${taken} taken in ${seconds} s`);
    for (const { taken: some, left, waitMs } of takes) {
      assert.ok(some > 0 ? waitMs === 0 && left <= 10 - some : waitMs > 0 && waitMs <= 200, `${waitMs} ms`);
    }
  });

  test("is forgotten when it counts no more", async () => {
    const ago = (days: number): Date => new Date(Date.now() - days * 86_400_000);
    const rows: readonly (readonly [subject: string, start: Date, used: number])[] = [
      ["old-day", ago(3), 1],
      ["yesterday", ago(1), 1],
      ["full-bucket", new Date(0), ago(2).getTime() * 1_000],
      ["bucket-in-use", new Date(0), Date.now() * 1_000],
    ];
    for (const row of rows)
      await db.pool.query("INSERT INTO usage_windows (subject, window_start, used) VALUES ($1, $2, $3)", [
        ...row,
      ]);
    await deleteOldUsage(db);
    const { rows: kept } = await db.pool.query<{ subject: string }>(
      "SELECT subject FROM usage_windows WHERE subject = ANY($1) ORDER BY subject",
      [rows.map(([subject]) => subject)],
    );
    assert.deepEqual(
      kept.map(({ subject }) => subject),
      ["bucket-in-use", "yesterday"],
    );
  });
});
