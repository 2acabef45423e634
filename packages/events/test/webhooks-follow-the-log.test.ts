import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { LaneQueue } from "@waxwing/queue";
import { createLogger, createSecretBox, newId } from "@waxwing/runtime";
import {
  appendEvents,
  type Database,
  endOfEventLog,
  ensureProject,
  findWebhook,
  hasHiddenEvents,
  insertWebhook,
  openDatabase,
} from "@waxwing/store";
import { createFakeClock, createTestDatabase, type TestDatabase } from "@waxwing/testkit";
import { createWebhookLane, createWebhookPoster, newEvent, webhookSecretContext } from "../src/index.ts";

let database: TestDatabase;
let db: Database;
const secretBox = createSecretBox(randomBytes(32));
const log = createLogger({ level: "silent", name: "test" });

before(async () => {
  database = await createTestDatabase();
  db = openDatabase({ url: database.url, onError: assert.ifError });
});
after(async () => {
  await db[Symbol.asyncDispose]();
  await database.drop();
});

interface Posted {
  readonly headers: IncomingMessage["headers"];
  readonly raw: string;
  readonly body: {
    readonly id: string;
    readonly type: string;
    readonly message_id: string;
    readonly data: Record<string, unknown>;
  };
}

/** An endpoint whose answers a test decides, with a webhook on it and the lane that drains it. */
async function openEndpoint(options: {
  readonly answer: (posted: Posted) => number;
  readonly eventTypes?: string[];
}) {
  const posts: Posted[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks).toString();
      const posted = { headers: request.headers, raw, body: JSON.parse(raw) };
      posts.push(posted);
      response.writeHead(options.answer(posted)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: "test" });
  const end = await endOfEventLog(db);
  const id = newId();
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  await insertWebhook(db, {
    id,
    projectId,
    url: `http://127.0.0.1:${port}/hook`,
    eventTypes: options.eventTypes ?? [],
    sealedSecret: secretBox.seal(secret, webhookSecretContext(id)),
    cursorXact: end.xact,
    cursorId: end.id,
  });
  // Real time to begin with: due times are compared with the database's clock.
  const clock = createFakeClock(Date.now());
  const alarms: number[] = [];
  const lanes: LaneQueue = {
    wake: async () => undefined,
    wakeAt: async (_key, atMs) => void alarms.push(atMs),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const poster = createWebhookPoster({ privateAddresses: "allow" });
  const drain = createWebhookLane({
    db,
    lanes,
    secretBox,
    poster,
    clock,
    log,
    signal: new AbortController().signal,
  });
  return {
    projectId,
    webhookId: id,
    secret,
    posts,
    alarms,
    drain: async () => {
      // Other tests share the server: their transactions hide our newest events while they run (see readEventLog).
      while (await hasHiddenEvents(db, projectId)) await setImmediate();
      await drain(id);
    },
    /** Pending deliveries become due. */
    timePasses: () =>
      db.pool.query(
        "UPDATE webhook_deliveries SET due_at = now() WHERE webhook_id = $1 AND state = 'pending'",
        [id],
      ),
    deliveries: async () => {
      const { rows } = await db.pool.query<{ state: string; attempts: number; status: number | null }>(
        "SELECT state, attempts, status FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY event_id",
        [id],
      );
      return rows;
    },
    [Symbol.asyncDispose]: async () => {
      await poster[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const about = (projectId: string, messageId: string) => ({ projectId, messageId, ordinal: 0 });

test("events are posted in order, signed by the Standard Webhooks scheme", async () => {
  await using endpoint = await openEndpoint({ answer: () => 204 });
  const messageId = newId();
  const subject = about(endpoint.projectId, messageId);
  await appendEvents(db, [
    newEvent(subject, "accepted", { email: "ann@a.test", metadata: { order: "7" } }, Date.now()),
  ]);
  await appendEvents(db, [newEvent(subject, "processed", { email: "ann@a.test" }, Date.now())]);
  await endpoint.drain();
  assert.deepEqual(
    endpoint.posts.map(({ body }) => body.type),
    ["accepted", "processed"],
  );
  const [first] = endpoint.posts;
  assert.ok(first);
  assert.equal(first.body.message_id, messageId);
  assert.deepEqual(first.body.data, { email: "ann@a.test", metadata: { order: "7" } });
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = first.headers;
  const expected = createHmac("sha256", Buffer.from(endpoint.secret.slice(6), "base64"))
    .update(`${id}.${timestamp}.${first.raw}`)
    .digest("base64");
  assert.equal(signature, `v1,${expected}`);
  assert.equal(id, first.body.id);
  await endpoint.drain();
  assert.equal(endpoint.posts.length, 2, "nothing twice");
});

test("only the wanted types are posted", async () => {
  await using endpoint = await openEndpoint({ answer: () => 200, eventTypes: ["processed"] });
  const subject = about(endpoint.projectId, newId());
  await appendEvents(db, [
    newEvent(subject, "accepted", { email: "a@a.test" }, Date.now()),
    newEvent(subject, "processed", { email: "a@a.test" }, Date.now()),
  ]);
  await endpoint.drain();
  assert.deepEqual(
    endpoint.posts.map(({ body }) => body.type),
    ["processed"],
  );
});

test("a failed post is retried later with the same id, and the message's later events wait behind it", async () => {
  let down = true;
  await using endpoint = await openEndpoint({ answer: () => (down ? 503 : 200) });
  const subject = about(endpoint.projectId, newId());
  await appendEvents(db, [newEvent(subject, "accepted", { email: "a@a.test" }, Date.now())]);
  await endpoint.drain();
  await appendEvents(db, [newEvent(subject, "processed", { email: "a@a.test" }, Date.now())]);
  await endpoint.drain();
  assert.equal(endpoint.posts.length, 1, "processed waits behind accepted");
  assert.deepEqual(await endpoint.deliveries(), [
    { state: "pending", attempts: 1, status: 503 },
    { state: "pending", attempts: 0, status: null },
  ]);
  assert.ok(endpoint.alarms.length > 0, "an alarm is set for the retry");
  down = false;
  await endpoint.timePasses();
  await endpoint.drain();
  assert.deepEqual(
    endpoint.posts.map(({ body }) => body.type),
    ["accepted", "accepted", "processed"],
  );
  assert.equal(endpoint.posts[0]?.headers["webhook-id"], endpoint.posts[1]?.headers["webhook-id"]);
  assert.deepEqual(
    (await endpoint.deliveries()).map(({ state }) => state),
    ["delivered", "delivered"],
  );
});

test("an endpoint that is down is tried a few times a page, not once per event", async () => {
  await using endpoint = await openEndpoint({ answer: () => 500 });
  await appendEvents(
    db,
    Array.from({ length: 80 }, () =>
      newEvent(about(endpoint.projectId, newId()), "accepted", { email: "a@a.test" }, Date.now()),
    ),
  );
  await endpoint.drain();
  assert.ok(endpoint.posts.length < 25, `${endpoint.posts.length} posts`);
  assert.equal(
    (await endpoint.deliveries()).filter(({ state }) => state === "pending").length,
    80,
    "none is lost",
  );
});

test("410 Gone stops the webhook", async () => {
  await using endpoint = await openEndpoint({ answer: () => 410 });
  await appendEvents(db, [
    newEvent(about(endpoint.projectId, newId()), "accepted", { email: "a@a.test" }, Date.now()),
  ]);
  await endpoint.drain();
  assert.equal((await findWebhook(db, endpoint.projectId, endpoint.webhookId))?.enabled, false);
});

test("private addresses are refused where they are not allowed, literal or by name", async () => {
  await using poster = createWebhookPoster({ privateAddresses: "refuse" });
  for (const host of [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "10.0.0.1",
    "169.254.169.254",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",
    "2130706433",
  ]) {
    const result = await poster.post(`http://${host}:9/`, {}, "{}");
    assert.equal(result.status, null, host);
    assert.match(result.error ?? "", /public address/, host);
  }
});
