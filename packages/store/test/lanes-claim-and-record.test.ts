import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import {
  type ClaimedRecipient,
  claimDueRecipients,
  type Database,
  findMessage,
  insertMessages,
  leasedRecipient,
  loadContents,
  nextDueAt,
  openDatabase,
  type RecordedOutcome,
  readTimeline,
  recordOutcomes,
  releaseClaims,
  renewLease,
  sitesWithDueRecipients,
  suppress,
} from "../src/index.ts";
import { messageRow } from "./message-rows.ts";

let database: TestDatabase;
let db: Database;
const projectId = newId();

before(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, poolSize: 8, onError: assert.ifError });
  await db.pool.query("INSERT INTO projects (id, name) VALUES ($1, 'test')", [projectId]);
});
after(async () => {
  await db[Symbol.asyncDispose]();
  await database.drop();
});
beforeEach(async () => {
  await db.pool.query("DELETE FROM backlog");
});

const claim = (site: string, leaseId = newId(), limit = 100, leaseMs = 60_000) =>
  claimDueRecipients(db, { site, limit, leaseId, leaseMs });

const outcomeOf = (recipient: ClaimedRecipient, dueAtMs: number | null): RecordedOutcome => ({
  messageId: recipient.messageId,
  ordinal: recipient.ordinal,
  attempt: recipient.attempt,
  state: dueAtMs === null ? "delivered" : "deferred",
  dueAtMs,
  reply: "250 ok",
  attempts: [
    {
      number: recipient.attempt,
      outcome: dueAtMs === null ? "delivered" : "deferred",
      startedAtMs: Date.now(),
      durationMs: 3,
      host: "mx.test",
      remoteAddress: "127.0.0.1",
      tls: null,
      replyCode: 250,
      enhancedCode: null,
      reply: "250 ok",
      rule: "reply.2xx",
      remoteSpoke: true,
      class: null,
      scope: null,
      egress: null,
      conversation: null,
    },
  ],
  events: [
    {
      projectId: recipient.projectId,
      id: newId(),
      type: "delivered",
      messageId: recipient.messageId,
      ordinal: recipient.ordinal,
      payload: {},
    },
  ],
});

test("what was inserted is claimed once, with its content, and is gone after its outcome", async () => {
  const message = messageRow({ projectId, sites: ["a.test", "a.test"], text: "the content" });
  await insertMessages(db, [message]);
  const leaseId = newId();
  const claimed = await claim("a.test", leaseId);
  assert.deepEqual(
    claimed.map(({ ordinal, attempt, interrupted }) => ({ ordinal, attempt, interrupted })),
    [
      { ordinal: 0, attempt: 1, interrupted: false },
      { ordinal: 1, attempt: 1, interrupted: false },
    ],
  );
  assert.deepEqual(await claim("a.test"), [], "leased rows are nobody else's");
  const contents = await loadContents(db, claimed);
  assert.deepEqual([...contents.values()], [message.contentZstd]);

  const shown = await findMessage(db, projectId, message.id);
  assert.deepEqual(
    shown?.recipients.map(({ state }) => state),
    ["sending", "sending"],
  );
  const { lost } = await recordOutcomes(
    db,
    leaseId,
    claimed.map((recipient) => outcomeOf(recipient, null)),
  );
  assert.deepEqual(lost, []);
  const after = await findMessage(db, projectId, message.id);
  assert.deepEqual(
    after?.recipients.map(({ state, attempts }) => [state, attempts.length]),
    [
      ["delivered", 1],
      ["delivered", 1],
    ],
  );
  assert.deepEqual(
    (await readTimeline(db, projectId, message.id)).map(({ type }) => type),
    ["accepted", "accepted", "delivered", "delivered"],
  );
  assert.equal(await nextDueAt(db, "a.test"), null);
});

test("many claimers at once share the rows without overlap", async () => {
  await insertMessages(
    db,
    Array.from({ length: 50 }, () =>
      messageRow({ projectId, sites: ["b.test", "b.test", "b.test", "b.test"] }),
    ),
  );
  const claims = await Promise.all(Array.from({ length: 12 }, () => claim("b.test", newId(), 30)));
  const keys = claims.flat().map(({ messageId, ordinal }) => `${messageId}.${ordinal}`);
  assert.equal(new Set(keys).size, keys.length, "no row twice");
  const rest = await claim("b.test", newId(), 1_000);
  assert.equal(keys.length + rest.length, 200);
});

test("urgent goes before standard before bulk, and projects take turns", async () => {
  const other = newId();
  await db.pool.query("INSERT INTO projects (id, name) VALUES ($1, 'other')", [other]);
  const rows = [
    ...Array.from({ length: 40 }, () => messageRow({ projectId, sites: ["c.test"], priority: 1 })),
    ...Array.from({ length: 3 }, () => messageRow({ projectId: other, sites: ["c.test"], priority: 1 })),
    ...Array.from({ length: 40 }, () => messageRow({ projectId, sites: ["c.test"], priority: 2 })),
    messageRow({ projectId, sites: ["c.test"], priority: 0 }),
  ];
  await insertMessages(db, rows);
  const first = await claim("c.test", newId(), 10);
  assert.deepEqual(
    first.map(({ messageId }) => messageId),
    [rows.at(-1)?.id],
    "the urgent one alone",
  );
  const standard = new Set(rows.filter(({ priority }) => priority === 1).map(({ id }) => id));
  let left = standard.size;
  for (let round = 0; left > 0; round++) {
    const claimed = await claim("c.test", newId(), 10);
    assert.ok(
      claimed.every(({ messageId }) => standard.has(messageId)),
      "no bulk while standard waits",
    );
    if (round === 0) {
      const small = claimed.filter((recipient) => recipient.projectId === other);
      assert.equal(small.length, 3, "the small project is not behind the large one");
    }
    left -= claimed.length;
  }
  assert.equal((await claim("c.test")).length, 40, "then the bulk");
});

test("a lease that ran out is claimed again as interrupted, and its late outcome is lost", async () => {
  await insertMessages(db, [messageRow({ projectId, sites: ["d.test"] })]);
  const dead = newId();
  const [first] = await claim("d.test", dead, 10, 0);
  assert.ok(first);
  assert.deepEqual(await sitesWithDueRecipients(db), ["d.test"]);
  const [second] = await claim("d.test");
  assert.equal(second?.attempt, 2);
  assert.equal(second.interrupted, true);
  const { lost } = await recordOutcomes(db, dead, [outcomeOf(first, null)]);
  assert.equal(lost.length, 1);
  assert.equal((await findMessage(db, projectId, first.messageId))?.recipients[0]?.attempts.length, 0);
});

test("the same worker's earlier claim of a recipient cannot record over its later one", async () => {
  await insertMessages(db, [messageRow({ projectId, sites: ["d2.test"] })]);
  const leaseId = newId();
  const [first] = await claim("d2.test", leaseId, 10, 0);
  const [second] = await claim("d2.test", leaseId, 10, 60_000);
  assert.ok(first && second);
  assert.equal((await recordOutcomes(db, leaseId, [outcomeOf(first, null)])).lost.length, 1);
  assert.equal((await recordOutcomes(db, leaseId, [outcomeOf(second, null)])).lost.length, 0);
});

test("a deferral sets the alarm, a release gives back untried, a renewal keeps", async () => {
  await insertMessages(db, [messageRow({ projectId, sites: ["e.test", "e.test", "e.test"] })]);
  const leaseId = newId();
  const claimed = await claim("e.test", leaseId, 10, 0);
  const [deferred, released, renewed] = claimed;
  assert.ok(deferred && released && renewed);
  await renewLease(db, leaseId, 60_000, [renewed]);
  const dueAtMs = Date.now() + 90_000;
  await recordOutcomes(db, leaseId, [outcomeOf(deferred, dueAtMs)]);
  await releaseClaims(db, leaseId, [released]);
  const again = await claim("e.test");
  assert.deepEqual(
    again.map(({ ordinal, attempt, interrupted }) => ({ ordinal, attempt, interrupted })),
    [{ ordinal: released.ordinal, attempt: 1, interrupted: false }],
  );
  assert.equal((await nextDueAt(db, "e.test"))?.getTime(), dueAtMs);
});

test("what a dead worker had claimed stays interrupted when it moves to another lane", async () => {
  await insertMessages(db, [messageRow({ projectId, sites: ["h.test", "h.test"] })]);
  await claim("h.test", newId(), 1, 0);
  const leaseId = newId();
  const claimed = await claim("h.test", leaseId);
  await releaseClaims(
    db,
    leaseId,
    claimed.map((recipient) => ({ ...recipient, site: "mx:h" })),
  );
  assert.deepEqual(await claim("h.test"), []);
  const moved = await claim("mx:h");
  assert.deepEqual(moved.map(({ attempt, interrupted }) => [attempt, interrupted]).sort(), [
    [1, false],
    [2, true],
  ]);
});

test("a scheduled message is not due before its time", async () => {
  const sendAtMs = Date.now() + 3_600_000;
  await insertMessages(db, [messageRow({ projectId, sites: ["f.test"], sendAtMs })]);
  assert.deepEqual(await claim("f.test"), []);
  assert.deepEqual(await sitesWithDueRecipients(db), []);
  assert.equal((await nextDueAt(db, "f.test"))?.getTime(), sendAtMs);
});

test("a suppressed address is claimed with its reason", async () => {
  await suppress(db, {
    projectId,
    address: "User0@g.test",
    reason: "complained",
    detail: null,
    messageId: null,
  });
  await insertMessages(db, [messageRow({ projectId, sites: ["g.test", "g.test"] })]);
  const claimed = await claim("g.test");
  assert.deepEqual(
    claimed.map(({ suppressed }) => suppressed),
    ["complained", null],
  );
});

test("claims read the claim index, beside however many rows of others", async () => {
  await insertMessages(
    db,
    Array.from({ length: 300 }, (_, index) =>
      messageRow({ projectId, sites: [`many${index % 50}.test`, "other.test"] }),
    ),
  );
  await db.pool.query("ANALYZE backlog");
  const { rows } = await db.pool.query<{ "QUERY PLAN": string }>(
    "EXPLAIN SELECT message_id FROM backlog WHERE site = 'many7.test' AND priority = 1 AND project_id = $1 AND due_at <= now() ORDER BY due_at LIMIT 10 FOR UPDATE SKIP LOCKED",
    [projectId],
  );
  assert.match(rows.map((row) => row["QUERY PLAN"]).join("\n"), /Index Scan using backlog_claim/);
});

test("what is stored as claimed belongs to that lease, and to others when it has run out", async () => {
  const leaseId = newId();
  const stored = async (leaseMs: number) => {
    const message = messageRow({ projectId, sites: ["handed.test", "handed.test"] });
    const [first, second] = message.recipients;
    assert.ok(first !== undefined && second !== undefined);
    const recipients = [{ ...first, lease: { leaseId, leaseMs } }, second];
    return { ...message, recipients };
  };
  const held = await stored(60_000);
  const [insertion] = await insertMessages(db, [held]);
  assert.deepEqual(insertion, { kind: "stored", leased: [{ ordinal: 0, suppressed: null }] });
  assert.deepEqual(
    (await claim("handed.test")).map(({ messageId, ordinal }) => [messageId, ordinal]),
    [[held.id, 1]],
  );
  const [recipient] = held.recipients;
  assert.ok(recipient !== undefined);
  const handed = leasedRecipient(held, recipient, { ordinal: 0, suppressed: null });
  assert.deepEqual(await recordOutcomes(db, leaseId, [outcomeOf(handed, null)]), { lost: [] });

  const abandoned = await stored(-1);
  await insertMessages(db, [abandoned]);
  const claimed = await claim("handed.test");
  assert.deepEqual(
    claimed.map(({ ordinal, attempt, interrupted }) => ({ ordinal, attempt, interrupted })),
    [
      { ordinal: 0, attempt: 2, interrupted: true },
      { ordinal: 1, attempt: 1, interrupted: false },
    ],
  );
  const { interrupted: _, attempt: __, ...asClaimed } = claimed[0] ?? assert.fail();
  const [first] = abandoned.recipients;
  assert.ok(first !== undefined);
  const {
    interrupted: ___,
    attempt: ____,
    ...asHanded
  } = leasedRecipient(abandoned, first, {
    ordinal: 0,
    suppressed: null,
  });
  assert.deepEqual(asHanded, asClaimed);
});

test("a first lease sees suppressions and holds as a claim does, also beside idempotency keys", async () => {
  const lease = { leaseId: newId(), leaseMs: 60_000 };
  const leased = (options: Parameters<typeof messageRow>[0]) => {
    const message = messageRow(options);
    return { ...message, recipients: message.recipients.map((recipient) => ({ ...recipient, lease })) };
  };
  await suppress(db, {
    projectId,
    address: "user0@unwanted.test",
    reason: "complained",
    detail: "abuse report",
    messageId: null,
  });
  const heldProject = newId();
  await db.pool.query("INSERT INTO projects (id, name) VALUES ($1, 'held')", [heldProject]);
  await db.pool.query(
    "INSERT INTO holds (id, kind, value, reason) VALUES ($1, 'site', 'held.test', ''), ($2, 'project', $3, '')",
    [newId(), newId(), heldProject],
  );
  const idempotency = { key: newId(), item: -1, requestHash: Buffer.alloc(32) };
  const first = leased({ projectId, sites: ["keyed.test"], idempotency });
  const insertions = await insertMessages(db, [
    leased({ projectId, sites: ["unwanted.test"] }),
    leased({ projectId, sites: ["held.test|pool"] }),
    leased({ projectId: heldProject, sites: ["free.test"] }),
    first,
  ]);
  assert.deepEqual(insertions, [
    { kind: "stored", leased: [{ ordinal: 0, suppressed: "complained" }] },
    { kind: "stored" },
    { kind: "stored" },
    { kind: "stored", leased: [{ ordinal: 0, suppressed: null }] },
  ]);
  const { rows } = await db.pool.query(
    "SELECT site, attempt, lease_id IS NULL AS free, leased_until IS NULL AS untaken FROM backlog WHERE site ~ '^(held|free)' ORDER BY site",
  );
  const untouched = { attempt: 0, free: true, untaken: true };
  assert.deepEqual(rows, [
    { site: "free.test", ...untouched },
    { site: "held.test|pool", ...untouched },
  ]);
  const [again] = await insertMessages(db, [leased({ projectId, sites: ["keyed.test"], idempotency })]);
  assert.deepEqual(again, {
    kind: "duplicate",
    messageId: first.id,
    recipients: [{ ordinal: 0, address: "user0@keyed.test" }],
  });
  await db.pool.query("DELETE FROM holds");
});

test("a release of the same worker's earlier claim leaves its later one alone", async () => {
  const leaseId = newId();
  await insertMessages(db, [messageRow({ projectId, sites: ["again.test"] })]);
  const [earlier] = await claim("again.test", leaseId, 100, -1);
  const [later] = await claim("again.test", leaseId);
  assert.ok(earlier !== undefined && later !== undefined);
  await releaseClaims(db, leaseId, [earlier]);
  assert.deepEqual(await claim("again.test"), []);
  await releaseClaims(db, leaseId, [later]);
  assert.equal((await claim("again.test")).length, 1);
});
