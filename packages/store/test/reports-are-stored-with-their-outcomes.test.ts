import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import {
  type ClaimedRecipient,
  claimDueRecipients,
  type Database,
  findMessage,
  insertMessages,
  openDatabase,
  type RecordedOutcome,
  recordOutcomes,
} from "../src/index.ts";
import { messageRow } from "./message-rows.ts";

suite("reports are stored with their outcomes", { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let db: Database;
  const projectId = newId();

  before(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, poolSize: 4, onError: assert.ifError });
    await db.pool.query("INSERT INTO projects (id, name) VALUES ($1, 'test')", [projectId]);
  });
  after(async () => {
    await db[Symbol.asyncDispose]();
    await database.drop();
  });

  const claimOne = async (site: string, leaseId: string): Promise<ClaimedRecipient> => {
    await insertMessages(db, [messageRow({ projectId, sites: [site], text: site })]);
    const [recipient] = await claimDueRecipients(db, { site, limit: 1, leaseId, leaseMs: 60_000 });
    return recipient ?? assert.fail("nothing was claimed");
  };
  const bounced = ({ messageId, ordinal, attempt }: ClaimedRecipient): RecordedOutcome => ({
    messageId,
    ordinal,
    attempt,
    state: "bounced",
    dueAtMs: null,
    reply: "550 no",
    attempts: [],
    events: [],
  });
  const stateOf = async (messageId: string) =>
    (await findMessage(db, projectId, messageId))?.recipients.map(({ state }) => state);

  test("both are there", async () => {
    const leaseId = newId();
    const recipient = await claimOne("a.test", leaseId);
    const report = messageRow({ projectId, sites: ["sender.test"], text: "report" });
    await recordOutcomes(db, leaseId, [bounced(recipient)], async () => [report]);
    assert.deepEqual(await stateOf(recipient.messageId), ["bounced"]);
    assert.deepEqual(await stateOf(report.id), ["queued"]);
  });

  test("neither is, when the process ends between them", async () => {
    const leaseId = newId();
    const recipient = await claimOne("b.test", leaseId);
    const work = recordOutcomes(db, leaseId, [bounced(recipient)], async () => {
      throw new Error("ended here");
    });
    await assert.rejects(work, /ended here/);
    assert.deepEqual(await stateOf(recipient.messageId), ["sending"]);
    // The outcome can be recorded still: nothing of it was kept.
    assert.deepEqual((await recordOutcomes(db, leaseId, [bounced(recipient)])).lost, []);
  });

  test("who lost its lease learns so before it reports", async () => {
    const recipient = await claimOne("c.test", newId());
    const { lost } = await recordOutcomes(db, newId(), [bounced(recipient)], async (gone) => {
      assert.deepEqual(
        gone.map(({ messageId }) => messageId),
        [recipient.messageId],
      );
      return [];
    });
    assert.equal(lost.length, 1);
  });
});
