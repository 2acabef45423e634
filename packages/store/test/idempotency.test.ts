import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import { deleteOldIdempotencyKeys } from "../src/idempotency.ts";
import { type Database, insertMessages, openDatabase, takeBatchKey } from "../src/index.ts";
import { messageRow } from "./message-rows.ts";

let database: TestDatabase;
let db: Database;

before(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, onError: assert.fail });
});
after(async () => {
  await db[Symbol.asyncDispose]();
  await database.drop();
});

const hashOf = (text: string): Buffer => createHash("sha256").update(text).digest();

const keyed = (projectId: string, key: string, request = "request", text = "same") =>
  messageRow({
    projectId,
    sites: ["a.test", "b.test"],
    text,
    idempotency: { key, item: -1, requestHash: hashOf(request) },
  });

async function rowsOf(projectId: string): Promise<Record<string, number>> {
  const { rows } = await db.pool.query<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM messages WHERE project_id = $1) AS messages,
            (SELECT count(*)::int FROM recipients WHERE project_id = $1) AS recipients,
            (SELECT count(*)::int FROM backlog WHERE project_id = $1) AS backlog,
            (SELECT count(*)::int FROM events WHERE project_id = $1) AS events,
            (SELECT count(*)::int FROM idempotency_keys WHERE project_id = $1) AS keys`,
    [projectId],
  );
  return rows[0] ?? {};
}

test("a repeated key stores nothing and tells what was stored, another request is told apart", async () => {
  const projectId = newId();
  const first = keyed(projectId, "k");
  assert.deepEqual(await insertMessages(db, [first]), [{ kind: "stored" }]);
  const duplicate = {
    kind: "duplicate",
    messageId: first.id,
    recipients: [
      { ordinal: 0, address: "user0@a.test" },
      { ordinal: 1, address: "user1@b.test" },
    ],
  };
  const other = keyed(projectId, "k", "other");
  const stored = messageRow({ projectId, sites: ["c.test"] });
  assert.deepEqual(await insertMessages(db, [keyed(projectId, "k"), other, stored, keyed(projectId, "l")]), [
    duplicate,
    { kind: "key-reused" },
    { kind: "stored" },
    { kind: "stored" },
  ]);
  assert.deepEqual(await rowsOf(projectId), { messages: 3, recipients: 5, backlog: 5, events: 5, keys: 2 });
  // Another project's key of the same name is another key.
  assert.deepEqual(await insertMessages(db, [keyed(newId(), "k")]), [{ kind: "stored" }]);
});

test("the content of a message that was not stored is not kept", async () => {
  const projectId = newId();
  await insertMessages(db, [keyed(projectId, "k")]);
  const late = keyed(projectId, "k", "request", "never stored");
  await insertMessages(db, [late]);
  const { rows } = await db.pool.query("SELECT FROM message_contents WHERE hash = $1", [late.contentHash]);
  assert.equal(rows.length, 0);
});

test("of requests that race in groups of any order exactly one is stored, and nobody deadlocks", async () => {
  const projectId = newId();
  const keys = Array.from({ length: 40 }, (_, index) => `key ${index}`);
  const groups = Array.from({ length: 12 }, (_, group) =>
    keys
      .map((key) => keyed(projectId, key, "request", key))
      .sort(() => (group % 2 === 0 ? 1 : -1))
      .concat(keyed(projectId, "key 7", "request", "key 7")),
  );
  const results = (await Promise.all(groups.map((group) => insertMessages(db, group)))).flat();
  assert.equal(results.filter(({ kind }) => kind === "stored").length, keys.length);
  assert.equal(results.filter(({ kind }) => kind === "key-reused").length, 0);
  const answered = new Set(
    results.flatMap((result) => (result.kind === "duplicate" ? [result.messageId] : [])),
  );
  assert.equal(answered.size, keys.length);
  assert.deepEqual(await rowsOf(projectId), {
    messages: 40,
    recipients: 80,
    backlog: 80,
    events: 80,
    keys: 40,
  });
});

test("a batch's key belongs to one request, and is not a single message's", async () => {
  const projectId = newId();
  const batch = { projectId, key: "b", requestHash: hashOf("batch") };
  assert.equal(await takeBatchKey(db, batch), true);
  assert.equal(await takeBatchKey(db, batch), true);
  assert.equal(await takeBatchKey(db, { ...batch, requestHash: hashOf("other") }), false);
  assert.deepEqual(await insertMessages(db, [keyed(projectId, "b", "batch")]), [{ kind: "key-reused" }]);
  await insertMessages(db, [keyed(projectId, "single")]);
  assert.equal(await takeBatchKey(db, { projectId, key: "single", requestHash: hashOf("request") }), false);
});

test("keys are forgotten after a day, and can be used anew", async () => {
  const projectId = newId();
  await insertMessages(db, [keyed(projectId, "old"), keyed(projectId, "young")]);
  await db.pool.query(
    "UPDATE idempotency_keys SET created_at = now() - interval '24 hours 1 second' WHERE project_id = $1 AND key = 'old'",
    [projectId],
  );
  assert.equal(await deleteOldIdempotencyKeys(db), 1);
  const results = await insertMessages(db, [keyed(projectId, "old"), keyed(projectId, "young")]);
  assert.deepEqual(
    results.map(({ kind }) => kind),
    ["stored", "duplicate"],
  );
});
