import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import {
  appendEvents,
  type Database,
  dropPartitionsBefore,
  endOfEventLog,
  ensurePartitions,
  findMessage,
  hasHiddenEvents,
  insertMessages,
  LOG_START,
  type LoggedEvent,
  openDatabase,
  readEventLog,
} from "../src/index.ts";
import { messageRow } from "./message-rows.ts";

let database: TestDatabase;
let db: Database;

before(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, poolSize: 12, onError: assert.ifError });
});
after(async () => {
  await db[Symbol.asyncDispose]();
  await database.drop();
});

const event = (projectId: string, note: string, nowMs = Date.now()) => ({
  projectId,
  id: newId(nowMs),
  type: "accepted",
  messageId: null,
  ordinal: null,
  payload: { note },
});

/** Other tests share the server, and their transactions hide our newest events while they run: wait until they have ended. */
async function settled(projectId: string): Promise<void> {
  while (await hasHiddenEvents(db, projectId)) await setImmediate();
}

const notes = (events: readonly LoggedEvent[]) => events.map(({ payload }) => payload.note);

test("an event of a transaction that commits late never appears behind a reader", async () => {
  const projectId = newId();
  const slow = await db.pool.connect();
  try {
    await slow.query("BEGIN");
    const early = event(projectId, "early");
    await slow.query("INSERT INTO events (project_id, id, type, payload) VALUES ($1, $2, 'accepted', $3)", [
      projectId,
      early.id,
      early.payload,
    ]);
    await appendEvents(db, [event(projectId, "late")]);
    const during = await readEventLog(db, { projectId, after: LOG_START, limit: 10 });
    assert.deepEqual(notes(during), [], "hidden while an older transaction runs");
    assert.equal(await hasHiddenEvents(db, projectId), true);
    await slow.query("COMMIT");
  } finally {
    slow.release();
  }
  await settled(projectId);
  const all = await readEventLog(db, { projectId, after: LOG_START, limit: 10 });
  assert.deepEqual(notes(all), ["early", "late"]);
  assert.equal(await hasHiddenEvents(db, projectId), false);
});

test("readers that follow the log while many write see every event once, in one order", async () => {
  const projectId = newId();
  const writers = 8;
  const perWriter = 40;
  const followed: LoggedEvent[] = [];
  let writing = true;
  const follow = async (): Promise<void> => {
    let after: { readonly xact: bigint; readonly id: string } = LOG_START;
    for (;;) {
      // Asked before the page is read: what shows between the two must not be missed.
      const last = !writing && !(await hasHiddenEvents(db, projectId));
      const page = await readEventLog(db, { projectId, after, limit: 7 });
      followed.push(...page);
      const newest = page.at(-1);
      if (newest !== undefined) after = newest;
      else if (last) return;
    }
  };
  const following = follow();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let n = 0; n < perWriter; n++) await appendEvents(db, [event(projectId, `${writer}.${n}`)]);
    }),
  );
  writing = false;
  await following;
  assert.equal(followed.length, writers * perWriter);
  assert.equal(new Set(notes(followed)).size, writers * perWriter);
  const again = await readEventLog(db, { projectId, after: LOG_START, limit: 1_000 });
  assert.deepEqual(notes(again), notes(followed), "the order is the same for a later reader");
});

test("projects have logs of their own, and a new reader starts at the end", async () => {
  const [mine, theirs] = [newId(), newId()];
  await appendEvents(db, [event(theirs, "theirs")]);
  await settled(theirs);
  const end = await endOfEventLog(db);
  await appendEvents(db, [event(mine, "mine")]);
  await settled(mine);
  assert.deepEqual(notes(await readEventLog(db, { projectId: mine, after: end, limit: 10 })), ["mine"]);
  assert.deepEqual(notes(await readEventLog(db, { projectId: theirs, after: end, limit: 10 })), []);
});

test("rows go to the partition of their month, and dropping a month drops whole messages", async () => {
  const projectId = newId();
  const oldMs = Date.UTC(2020, 4, 17);
  await ensurePartitions(db.pool, oldMs, 0);
  await ensurePartitions(db.pool, oldMs, 0);
  const old = messageRow({ projectId, sites: ["old.test"], acceptedAtMs: oldMs });
  const recent = messageRow({ projectId, sites: ["old.test"] });
  await insertMessages(db, [old, recent]);
  const { rows } = await db.pool.query<{ name: string }>(
    "SELECT tableoid::regclass::text AS name FROM messages WHERE id = $1 UNION ALL SELECT tableoid::regclass::text FROM recipients WHERE message_id = $1",
    [old.id],
  );
  assert.deepEqual(
    rows.map(({ name }) => name),
    ["messages_2020_05", "recipients_2020_05"],
  );
  const dropped = await dropPartitionsBefore(db.pool, Date.UTC(2020, 5, 1));
  assert.deepEqual([...dropped].sort(), [
    "attempts_2020_05",
    "engagements_2020_05",
    "events_2020_05",
    "message_contents_2020_05",
    "messages_2020_05",
    "recipients_2020_05",
    "webhook_deliveries_2020_05",
  ]);
  assert.equal(await findMessage(db, projectId, old.id), null);
  assert.ok(await findMessage(db, projectId, recent.id));
});

test("a month without a partition is kept in the default one", async () => {
  const projectId = newId();
  const future = messageRow({ projectId, sites: ["x.test"], acceptedAtMs: Date.UTC(2035, 1, 1) });
  await insertMessages(db, [future]);
  assert.ok(await findMessage(db, projectId, future.id));
});

test("a message of another project is not found", async () => {
  const message = messageRow({ projectId: newId(), sites: ["y.test"] });
  await insertMessages(db, [message]);
  assert.equal(await findMessage(db, newId(), message.id), null);
});

test("the feed and the timeline read their indexes", async () => {
  const plan = async (sql: string): Promise<string> => {
    const { rows } = await db.pool.query<{ "QUERY PLAN": string }>(`EXPLAIN ${sql}`);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  };
  const projectId = newId();
  for (let page = 0; page < 5; page++) {
    await insertMessages(
      db,
      Array.from({ length: 200 }, () => messageRow({ projectId, sites: ["plan.test"] })),
    );
  }
  await db.pool.query("ANALYZE events");
  const id = newId();
  assert.match(
    await plan(
      `SELECT * FROM events WHERE project_id = '${id}' AND (xact, id) > (5, '${id}') ORDER BY xact, id LIMIT 10`,
    ),
    /Index Scan using events_\w+_pkey/,
  );
  assert.match(
    await plan(
      `SELECT * FROM events WHERE message_id = '${id}' AND project_id = '${id}' AND id >= '${id}' ORDER BY id`,
    ),
    /events_\w+_message_id_id_idx/,
  );
});
