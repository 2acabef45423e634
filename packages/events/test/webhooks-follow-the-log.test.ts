import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { appendEvents, findWebhook, listAuditLog } from "@waxwing/store";
import { newEvent } from "../src/index.ts";
import { openWebhookHouse, type Posted, type WebhookHouse } from "./webhook-house.ts";

let house: WebhookHouse;
before(async () => {
  house = await openWebhookHouse();
});
after(() => house[Symbol.asyncDispose]());

interface Body {
  readonly id: string;
  readonly type: string;
  readonly message_id: string;
  readonly data: Record<string, unknown>;
}
const bodyOf = ({ raw }: Posted): Body => JSON.parse(raw);

const about = (projectId: string, messageId: string) => ({ projectId, messageId, ordinal: 0 });

test("events are posted in order, signed by the Standard Webhooks scheme", async () => {
  await using endpoint = await house.openEndpoint({ answer: () => 204 });
  const messageId = newId();
  const subject = about(endpoint.projectId, messageId);
  await appendEvents(house.db, [
    newEvent(subject, "accepted", { email: "ann@a.test", metadata: { order: "7" } }, Date.now()),
  ]);
  await appendEvents(house.db, [newEvent(subject, "processed", { email: "ann@a.test" }, Date.now())]);
  await endpoint.drain();
  assert.deepEqual(
    endpoint.posts.map((post) => bodyOf(post).type),
    ["accepted", "processed"],
  );
  const [first] = endpoint.posts;
  assert.ok(first);
  assert.equal(bodyOf(first).message_id, messageId);
  assert.deepEqual(bodyOf(first).data, { email: "ann@a.test", metadata: { order: "7" } });
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = first.headers;
  const expected = createHmac("sha256", Buffer.from(endpoint.secret.slice(6), "base64"))
    .update(`${id}.${timestamp}.${first.raw}`)
    .digest("base64");
  assert.equal(signature, `v1,${expected}`);
  assert.equal(id, bodyOf(first).id);
  await endpoint.drain();
  assert.equal(endpoint.posts.length, 2, "nothing twice");
});

test("only the wanted types are posted", async () => {
  await using endpoint = await house.openEndpoint({ answer: () => 200, eventTypes: ["processed"] });
  const subject = about(endpoint.projectId, newId());
  await appendEvents(house.db, [
    newEvent(subject, "accepted", { email: "a@a.test" }, Date.now()),
    newEvent(subject, "processed", { email: "a@a.test" }, Date.now()),
  ]);
  await endpoint.drain();
  assert.deepEqual(
    endpoint.posts.map((post) => bodyOf(post).type),
    ["processed"],
  );
});

test("a failed post is retried later with the same id, and the message's later events wait behind it", async () => {
  let down = true;
  await using endpoint = await house.openEndpoint({ answer: () => (down ? 503 : 200) });
  const subject = about(endpoint.projectId, newId());
  await appendEvents(house.db, [newEvent(subject, "accepted", { email: "a@a.test" }, Date.now())]);
  await endpoint.drain();
  await appendEvents(house.db, [newEvent(subject, "processed", { email: "a@a.test" }, Date.now())]);
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
    endpoint.posts.map((post) => bodyOf(post).type),
    ["accepted", "accepted", "processed"],
  );
  assert.equal(endpoint.posts[0]?.headers["webhook-id"], endpoint.posts[1]?.headers["webhook-id"]);
  assert.deepEqual(
    (await endpoint.deliveries()).map(({ state }) => state),
    ["delivered", "delivered"],
  );
});

test("an endpoint that is down is tried a few times a page, not once per event", async () => {
  await using endpoint = await house.openEndpoint({ answer: () => 500 });
  await appendEvents(
    house.db,
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
  await using endpoint = await house.openEndpoint({ answer: () => 410 });
  await appendEvents(house.db, [
    newEvent(about(endpoint.projectId, newId()), "accepted", { email: "a@a.test" }, Date.now()),
  ]);
  await endpoint.drain();
  assert.equal((await findWebhook(house.db, endpoint.projectId, endpoint.webhookId))?.enabled, false);
  const [written] = await listAuditLog(house.db, endpoint.projectId, { before: null, limit: 1 });
  assert.deepEqual([written?.action, written?.keyId], ["webhook.disabled", null]);
});
