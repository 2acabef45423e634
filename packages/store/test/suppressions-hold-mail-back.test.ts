import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import {
  addSuppressions,
  claimDueRecipients,
  type Database,
  ensureProject,
  insertMessages,
  listSuppressions,
  type NewSuppression,
  openDatabase,
  recordOutcomes,
  type StoredOptions,
  suppress,
} from "../src/index.ts";
import { messageRow } from "./message-rows.ts";

const HOUR_MS = 3_600_000;

suite("suppressions hold mail back", { timeout: 60_000 }, () => {
  let database: TestDatabase;
  let db: Database;
  const projectId = newId();
  const strangerId = newId();
  before(async () => {
    database = await createTestDatabase();
    db = openDatabase({ url: database.url, poolSize: 8, onError: assert.ifError });
    for (const id of [projectId, strangerId]) await ensureProject(db, { id, name: "test" });
  });
  after(async () => {
    await db[Symbol.asyncDispose]();
    await database.drop();
  });

  let sites = 0;
  /** One message to `user0@` a site of its own, and its claim. */
  const claimOne = async (rows: readonly Partial<NewSuppression>[], options: StoredOptions = {}) => {
    const site = `s${sites++}.test`;
    for (const row of rows) {
      const { reason = "manual", detail = null, messageId = null, ...rest } = row;
      await suppress(db, { projectId, address: `User0@${site}`, reason, detail, messageId, ...rest });
    }
    await insertMessages(db, [{ ...messageRow({ projectId, sites: [site] }), options }]);
    const leaseId = newId();
    const [claimed, ...more] = await claimDueRecipients(db, { site, limit: 10, leaseId, leaseMs: 60_000 });
    assert.ok(claimed);
    assert.deepEqual(more, [], "several reasons are one recipient");
    return { claimed, leaseId, address: `user0@${site}` };
  };

  const cases: readonly {
    readonly title: string;
    readonly rows: readonly Partial<NewSuppression>[];
    readonly options?: StoredOptions;
    readonly suppressed: string | null;
  }[] = [
    { title: "an address with nothing on record", rows: [], suppressed: null },
    { title: "a dead address", rows: [{ reason: "invalid" }], suppressed: "invalid" },
    { title: "a refused message", rows: [{ reason: "blocked" }], suppressed: null },
    {
      title: "a refusal and a complaint",
      rows: [{ reason: "blocked" }, { reason: "complained" }],
      suppressed: "complained",
    },
    {
      title: "two reasons: the older",
      rows: [{ reason: "unsubscribed" }, { reason: "bounced" }],
      suppressed: "unsubscribed",
    },
    { title: "another project's", rows: [{ projectId: strangerId }], suppressed: null },
    { title: "one that has ended", rows: [{ expiresAt: new Date(Date.now() - HOUR_MS) }], suppressed: null },
    {
      title: "one that ends later",
      rows: [{ expiresAt: new Date(Date.now() + HOUR_MS) }],
      suppressed: "manual",
    },
    {
      title: "another group",
      rows: [{ reason: "unsubscribed", groupId: 7 }],
      options: { unsubscribe: { group: 8 } },
      suppressed: null,
    },
    { title: "a group, and mail of none", rows: [{ reason: "unsubscribed", groupId: 7 }], suppressed: null },
    {
      title: "the message's group",
      rows: [{ reason: "unsubscribed", groupId: 7 }],
      options: { unsubscribe: { group: 7 } },
      suppressed: "unsubscribed",
    },
    {
      title: "what is bypassed",
      rows: [{ reason: "bounced" }],
      options: { bypass: ["bounced"] },
      suppressed: null,
    },
    {
      title: "what is bypassed beside what is not",
      rows: [{ reason: "bounced" }, { reason: "complained" }],
      options: { bypass: ["bounced"] },
      suppressed: "complained",
    },
  ];
  for (const { title, rows, options, suppressed } of cases) {
    test(title, async () => {
      assert.equal((await claimOne(rows, options)).claimed.suppressed, suppressed);
    });
  }

  test("a bounce is put on record with its outcome, and only by whoever holds the recipient", async () => {
    const { claimed, leaseId, address } = await claimOne([]);
    const outcome = {
      ...claimed,
      state: "bounced" as const,
      dueAtMs: null,
      reply: "550 5.1.1 no",
      attempts: [],
      events: [],
      suppression: {
        projectId,
        address,
        reason: "bounced",
        detail: "550 5.1.1 no",
        status: "5.1.1",
        messageId: claimed.messageId,
      },
    } as const;
    const read = () => listSuppressions(db, projectId, { addresses: [address] }, { after: null, limit: 10 });
    assert.equal((await recordOutcomes(db, newId(), [outcome])).lost.length, 1);
    assert.deepEqual(await read(), []);
    assert.equal((await recordOutcomes(db, leaseId, [outcome])).lost.length, 0);
    assert.deepEqual(
      (await read()).map(({ reason, status, detail, messageId }) => ({ reason, status, detail, messageId })),
      [{ reason: "bounced", status: "5.1.1", detail: "550 5.1.1 no", messageId: claimed.messageId }],
    );
  });

  test("imports of the same addresses in any order, at once, end", async () => {
    const actor = { projectId, keyId: null, remoteAddress: null };
    const rows = Array.from({ length: 12_000 }, (_, n) => ({
      address: `${n % 2 === 0 ? "a" : "é"}-_${n}@x.test`,
      reason: "manual" as const,
    }));
    const added = await Promise.all(
      [rows, rows.toReversed(), rows.slice(3_000), rows.slice(0, 7_000).toReversed()].map((some) =>
        addSuppressions(db, actor, some, "suppressions.imported"),
      ),
    );
    assert.equal(
      added.reduce((sum, count) => sum + count, 0),
      rows.length,
    );
  });
});
