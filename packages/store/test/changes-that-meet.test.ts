import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import {
  cancelRecipients,
  claimDueRecipients,
  type Database,
  findMessage,
  insertMessages,
  openDatabase,
  recordOutcomes,
} from "../src/index.ts";
import { messageRow } from "./message-rows.ts";

/** A statement that waits for a row another transaction changes looks at the row again when it has it (EvalPlanQual). */
suite("changes that meet at a row", { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let db: Database;
  const projectId = newId();
  before(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, poolSize: 6, onError: assert.ifError });
  });
  after(async () => {
    await db[Symbol.asyncDispose]();
    await database.drop();
  });

  /** Runs `change` while another transaction holds the message's backlog rows, having moved their leases on. */
  const whileRenewed = async <Result>(messageId: string, change: () => Promise<Result>): Promise<Result> => {
    const other = await db.pool.connect();
    try {
      await other.query("BEGIN");
      await other.query(
        "UPDATE backlog SET leased_until = leased_until + interval '1 minute' WHERE message_id = $1",
        [messageId],
      );
      const changing = change();
      for (;;) {
        const { rows } = await db.pool.query<{ waiting: boolean }>(
          "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()) AS waiting",
        );
        if (rows[0]?.waiting) break;
        await delay(5);
      }
      await other.query("COMMIT");
      return await changing;
    } finally {
      other.release();
    }
  };

  test("an outcome that waits for a renewal of its lease is recorded", async () => {
    const message = messageRow({ projectId, sites: ["meet.test", "meet.test"] });
    await insertMessages(db, [message]);
    const leaseId = newId();
    const claimed = await claimDueRecipients(db, { site: "meet.test", limit: 10, leaseId, leaseMs: 60_000 });
    assert.equal(claimed.length, 2);
    const { lost } = await whileRenewed(message.id, () =>
      recordOutcomes(
        db,
        leaseId,
        claimed.map(({ messageId, ordinal, attempt }) => ({
          messageId,
          ordinal,
          attempt,
          state: "delivered",
          dueAtMs: null,
          reply: "250 Ok",
          attempts: [],
          events: [],
        })),
      ),
    );
    assert.deepEqual(lost, []);
    const shown = await findMessage(db, projectId, message.id);
    assert.deepEqual(
      shown?.recipients.map(({ state }) => state),
      ["delivered", "delivered"],
    );
  });

  test("a cancellation that waits for a change of the backlog ends, whichever way", async () => {
    const message = messageRow({ projectId, sites: ["meet2.test"] });
    await insertMessages(db, [message]);
    const cancelled = await whileRenewed(message.id, () =>
      cancelRecipients(db, { projectId, messageId: message.id, reason: "test", events: [] }),
    );
    assert.deepEqual(cancelled, [0]);
  });
});
