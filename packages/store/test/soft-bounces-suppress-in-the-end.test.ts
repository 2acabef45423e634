import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import {
  claimDueRecipients,
  type Database,
  ensureProject,
  insertMessages,
  listSuppressions,
  openDatabase,
  recordOutcomes,
} from "../src/index.ts";
import { deleteOldSoftBounces } from "../src/soft-bounces.ts";
import { messageRow } from "./message-rows.ts";

suite("soft bounces suppress in the end", { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let db: Database;
  const projectId = newId();
  const patientId = newId();

  before(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, poolSize: 4, onError: assert.ifError });
    for (const id of [projectId, patientId]) await ensureProject(db, { id, name: "test" });
    await db.pool.query("UPDATE projects SET soft_bounce_limit = 3, soft_bounce_days = 2 WHERE id = $1", [
      projectId,
    ]);
    await db.pool.query("UPDATE projects SET soft_bounce_limit = NULL WHERE id = $1", [patientId]);
  });
  after(async () => {
    await db[Symbol.asyncDispose]();
    await database.drop();
  });

  /** Sends to `user0@` the site, and ends it so. */
  const send = async (site: string, state: "bounced" | "delivered", project = projectId): Promise<void> => {
    await insertMessages(db, [messageRow({ projectId: project, sites: [site] })]);
    const leaseId = newId();
    const [claimed] = await claimDueRecipients(db, { site, limit: 1, leaseId, leaseMs: 60_000 });
    assert.ok(claimed);
    const { messageId, ordinal, attempt, address } = claimed;
    const softBounce = { projectId: project, address: address.toUpperCase() };
    const outcome = {
      messageId,
      ordinal,
      attempt,
      state,
      dueAtMs: null,
      reply: "",
      attempts: [],
      events: [],
    };
    await recordOutcomes(db, leaseId, [{ ...outcome, ...(state === "bounced" && { softBounce }) }]);
  };
  /** Lets days pass over what was counted. */
  const days = (count: number) =>
    db.pool.query(
      "UPDATE soft_bounces SET first_at = first_at - make_interval(days => $1), last_at = last_at - make_interval(days => $1)",
      [count],
    );
  const suppressed = async (site: string, project = projectId) =>
    await listSuppressions(db, project, { addresses: [`user0@${site}`] }, { after: null, limit: 10 });

  test("so many, over so many days", async () => {
    await send("full.test", "bounced");
    await send("full.test", "bounced");
    await days(1);
    await send("full.test", "bounced");
    assert.deepEqual(await suppressed("full.test"), [], "three, but all within a day");
    await days(1);
    await send("full.test", "bounced");
    const [row, ...more] = await suppressed("full.test");
    assert.deepEqual(more, []);
    assert.equal(row?.reason, "bounced");
    assert.equal(row?.class, "soft-bounces");
    assert.match(row?.detail ?? "", /^4 messages in a row did not arrive, since 20\d\d-/);
    const endsInDays = ((row?.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
    assert.ok(endsInDays > 29 && endsInDays <= 30, String(endsInDays));
  });

  test("what is delivered between begins the count anew", async () => {
    await send("back.test", "bounced");
    await send("back.test", "bounced");
    await days(3);
    await send("back.test", "delivered");
    await send("back.test", "bounced");
    assert.deepEqual(await suppressed("back.test"), []);
    const { rows } = await db.pool.query("SELECT count FROM soft_bounces WHERE address = 'user0@back.test'");
    assert.deepEqual(rows, [{ count: 1 }]);
  });

  test("so does a long silence", async () => {
    await send("silent.test", "bounced");
    await send("silent.test", "bounced");
    await days(100);
    await send("silent.test", "bounced");
    assert.deepEqual(await suppressed("silent.test"), []);
  });

  test("counts that the next bounce would begin anew are deleted", async () => {
    await send("old.test", "bounced");
    await days(91);
    await send("new.test", "bounced");
    await days(89);
    await deleteOldSoftBounces(db);
    const { rows } = await db.pool.query(
      "SELECT address FROM soft_bounces WHERE address ~ '@(old|new)[.]test$'",
    );
    assert.deepEqual(rows, [{ address: "user0@new.test" }]);
  });

  test("a project without the rule counts nothing", async () => {
    for (let at = 0; at < 4; at++) {
      await send("full.test", "bounced", patientId);
      await days(3);
    }
    assert.deepEqual(await suppressed("full.test", patientId), []);
    const { rows } = await db.pool.query("SELECT FROM soft_bounces WHERE project_id = $1", [patientId]);
    assert.deepEqual(rows, []);
  });

  test("an outcome that another worker has taken over is not counted", async () => {
    await insertMessages(db, [messageRow({ projectId, sites: ["lost.test"] })]);
    const lost = { messageId: newId(), ordinal: 0, attempt: 1, state: "bounced", dueAtMs: null } as const;
    const softBounce = { projectId, address: "user0@lost.test" };
    const outcome = { ...lost, reply: "", attempts: [], events: [], softBounce };
    assert.equal((await recordOutcomes(db, newId(), [outcome])).lost.length, 1);
    const { rows } = await db.pool.query("SELECT FROM soft_bounces WHERE address = 'user0@lost.test'");
    assert.deepEqual(rows, []);
  });
});
