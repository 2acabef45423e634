import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import {
  claimDueRecipients,
  type Database,
  ensureProject,
  insertMessages,
  insertSendBatch,
  openDatabase,
  orderSendBatch,
  putOffPaused,
} from "../src/index.ts";
import { messageRow } from "./message-rows.ts";

suite("a paused batch and its end", { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let db: Database;
  const projectId = newId();
  before(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, poolSize: 8, onError: assert.ifError });
    await ensureProject(db, { id: projectId, name: "test" });
  });
  after(async () => {
    await db[Symbol.asyncDispose]();
    await database.drop();
  });

  const claim = (site: string, limit = 100) =>
    claimDueRecipients(db, { site, limit, leaseId: newId(), leaseMs: 60_000 });
  const order = (batchId: string, status: "pause" | "cancel" | null) =>
    orderSendBatch(db, { projectId, batchId, status, at: new Date() });
  const addBatch = async (messages: number) => {
    const batchId = newId();
    const site = `${batchId}.test`;
    await insertSendBatch(db, { id: batchId, projectId });
    const rows = Array.from({ length: messages }, () => ({
      ...messageRow({ projectId, sites: [site] }),
      batchId,
    }));
    await insertMessages(db, rows);
    return { batchId, site };
  };
  const backlogOf = async (site: string) =>
    (await db.pool.query("SELECT attempt, lease_id, due_at FROM backlog WHERE site = $1", [site])).rows;

  test("what is put off takes no attempt and is due again when the pause is lifted", async () => {
    const { batchId, site } = await addBatch(3);
    await order(batchId, "pause");
    const leaseId = newId();
    const claimed = await claimDueRecipients(db, { site, limit: 100, leaseId, leaseMs: 60_000 });
    assert.deepEqual(new Set(claimed.map(({ batchStatus }) => batchStatus)), new Set(["pause"]));
    await putOffPaused(db, leaseId, claimed);
    for (const row of await backlogOf(site)) {
      assert.equal(row.attempt, 0);
      assert.equal(row.lease_id, null);
      assert.ok(row.due_at.getTime() > Date.now() + 71 * 3_600_000);
    }
    assert.deepEqual(await claim(site), []);
    const lifted = await order(batchId, null);
    assert.deepEqual(lifted?.sites, [site]);
    assert.deepEqual(
      (await claim(site)).map(({ batchStatus, attempt }) => [batchStatus, attempt]),
      Array.from({ length: 3 }, () => [null, 1]),
    );
  });

  test("only the holder of the lease puts off", async () => {
    const { batchId, site } = await addBatch(1);
    await order(batchId, "pause");
    const claimed = await claim(site);
    await putOffPaused(db, newId(), claimed);
    assert.notEqual((await backlogOf(site))[0]?.lease_id, null);
  });

  test("a pause that ends while its mail is put off leaves nothing behind", async () => {
    for (let round = 0; round < 20; round++) {
      const { batchId, site } = await addBatch(40);
      await order(batchId, "pause");
      const leases = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const leaseId = newId();
          return {
            leaseId,
            held: await claimDueRecipients(db, { site, limit: 10, leaseId, leaseMs: 60_000 }),
          };
        }),
      );
      const ends = round % 2 === 0 ? null : "cancel";
      await Promise.all([
        ...leases.slice(0, 2).map(({ leaseId, held }) => putOffPaused(db, leaseId, held)),
        order(batchId, ends),
        ...leases.slice(2).map(({ leaseId, held }) => putOffPaused(db, leaseId, held)),
      ]);
      const again = await claim(site);
      assert.equal(again.length, 40, `round ${round}`);
      assert.deepEqual(new Set(again.map(({ batchStatus }) => batchStatus)), new Set([ends]));
    }
  });
});
