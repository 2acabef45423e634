import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import {
  bringBack,
  claimDueRecipients,
  claimRecipients,
  type Database,
  insertMessages,
  liftHold,
  openDatabase,
  orphanedHolds,
  putHold,
  putOffHeld,
  walkQueue,
} from "../src/index.ts";
import { messageRow } from "./message-rows.ts";

suite("a hold on a tag or domain", { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let db: Database;
  const projectId = newId();
  const actor = { projectId, keyId: null, remoteAddress: null };

  before(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, poolSize: 12, onError: assert.ifError });
    await db.pool.query("INSERT INTO projects (id, name) VALUES ($1, 'test')", [projectId]);
  });
  after(async () => {
    await db[Symbol.asyncDispose]();
    await database.drop();
  });

  const hold = async (until: Date | null = null): Promise<string> => {
    const row = { id: newId(), kind: "tag" as const, value: newId(), projectId, reason: "", until };
    const put = await putHold(db, actor, row, 1_000);
    assert.equal(put.kind, "created");
    return row.id;
  };
  const putOff = async (site: string, holdId: string, limit = 100): Promise<number> => {
    const leaseId = newId();
    const claimed = await claimDueRecipients(db, { site, limit, leaseId, leaseMs: 60_000 });
    await putOffHeld(
      db,
      leaseId,
      claimed.map((recipient) => ({ ...recipient, holdId })),
    );
    return claimed.length;
  };
  const fill = (site: string, count: number) =>
    insertMessages(
      db,
      Array.from({ length: count }, () => messageRow({ projectId, sites: [site] })),
    );
  const due = async (site: string): Promise<number> => {
    const { rows } = await db.pool.query<{ count: number }>(
      `SELECT count(*)::integer FROM backlog
        WHERE site = $1 AND due_at <= now() AND lease_id IS NULL AND hold_id IS NULL AND attempt = 0`,
      [site],
    );
    return rows[0]?.count ?? 0;
  };

  test("loses nobody, whichever of putting off and lifting comes first", async () => {
    for (let round = 0; round < 15; round++) {
      const site = `race-${round}.test`;
      await fill(site, 60);
      const id = await hold();
      const lift = async () => {
        await liftHold(db, actor, projectId, id);
        await bringBack(db, id);
      };
      await Promise.all([
        ...Array.from({ length: 6 }, () => putOff(site, id, 10)),
        ...(round % 3 === 0 ? [] : [putOff(site, id, 10).then(lift)]),
        ...(round % 3 === 0 ? [lift()] : []),
      ]);
      assert.equal(await due(site), 60, `round ${round}`);
      assert.deepEqual(await orphanedHolds(db), []);
    }
  });

  test("puts off to its end, counts no attempt, and is forgotten by the next claim", async () => {
    const site = "until.test";
    await fill(site, 1);
    const until = new Date(Date.now() + 3_600_000);
    const id = await hold(until);
    assert.equal(await putOff(site, id), 1);
    const { rows } = await db.pool.query<{ due_at: Date; attempt: number; hold_id: string }>(
      "SELECT due_at, attempt, hold_id FROM backlog WHERE site = $1",
      [site],
    );
    assert.deepEqual(rows, [{ due_at: until, attempt: 0, hold_id: id }]);
    await db.pool.query("UPDATE backlog SET due_at = now() WHERE site = $1", [site]);
    const [claimed] = await claimDueRecipients(db, { site, limit: 1, leaseId: newId(), leaseMs: 60_000 });
    assert.equal(claimed?.attempt, 1);
    assert.deepEqual(await bringBack(db, id), [], "it is no longer the hold's");
  });

  test("is walked past in steps, and who is claimed by hand belongs to nobody else", async () => {
    const site = "walk.test";
    await fill(site, 30);
    const selection = { kind: "site", value: site, projectId: null } as const;
    const { found, next } = await walkQueue(db, selection, "waiting", null);
    assert.deepEqual([found.length, next], [30, null]);
    const claims = await Promise.all(
      Array.from({ length: 4 }, () =>
        claimRecipients(db, { refs: found, leaseId: newId(), leaseMs: 60_000 }),
      ),
    );
    assert.equal(claims.flat().length, 30);
    assert.equal((await walkQueue(db, selection, "waiting", null)).found.length, 0);
    assert.equal(
      (await walkQueue(db, { ...selection, projectId: newId() }, "waiting", null)).found.length,
      0,
    );
  });
});
