import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import {
  appendEvents,
  endOfEventLog,
  findWebhook,
  findWebhookDelivery,
  LOG_START,
  listAuditLog,
  listWebhookDeliveries,
  replayDeliveries,
  rotateWebhookSecret,
  startReplay,
  updateWebhook,
} from "@waxwing/store";
import { Webhook } from "standardwebhooks";
import { newEvent, webhookSecretContext } from "../src/index.ts";
import { openWebhookHouse, type Posted, type WebhookHouse } from "./webhook-house.ts";

interface Body {
  readonly id: string;
  readonly type: string;
  readonly message_id: string;
  readonly sequence: number;
}
const bodyOf = ({ raw }: Posted): Body => JSON.parse(raw);
const HOUR_MS = 3_600_000;

suite("webhooks can be trusted", { timeout: 60_000 }, () => {
  let house: WebhookHouse;
  before(async () => {
    house = await openWebhookHouse();
  });
  after(() => house[Symbol.asyncDispose]());

  type Endpoint = Awaited<ReturnType<WebhookHouse["openEndpoint"]>>;
  const happen = (
    endpoint: Endpoint,
    messageIds: readonly string[],
    type: "accepted" | "processed" = "accepted",
  ) =>
    appendEvents(
      house.db,
      messageIds.map((messageId) =>
        newEvent(
          { projectId: endpoint.projectId, messageId, ordinal: 0 },
          type,
          { email: "ann@a.test" },
          Date.now(),
        ),
      ),
    );
  const load = async (endpoint: Endpoint) => {
    const webhook = await findWebhook(house.db, endpoint.projectId, endpoint.webhookId);
    assert.ok(webhook);
    return webhook;
  };
  const actorOf = ({ projectId }: Endpoint) => ({ projectId, keyId: null, remoteAddress: null });

  test("the official library verifies a post, also with the old secret while a new one comes in", async () => {
    await using endpoint = await house.openEndpoint({ answer: () => 204 });
    await happen(endpoint, [newId()]);
    await endpoint.drain();
    const secret = `whsec_${randomBytes(32).toString("base64")}`;
    const sealed = house.secretBox.seal(secret, webhookSecretContext(endpoint.webhookId));
    const rotate = (previousUntil: Date) =>
      rotateWebhookSecret(house.db, actorOf(endpoint), endpoint.webhookId, { sealed, previousUntil });
    await rotate(new Date(Date.now() + HOUR_MS));
    await happen(endpoint, [newId()]);
    await endpoint.drain();
    const verify = (post: Posted | undefined, key: string) =>
      new Webhook(key).verify(post?.raw ?? "", post?.headers as Record<string, string>);
    const [before, during] = endpoint.posts;
    assert.ok(verify(before, endpoint.secret));
    assert.throws(() => verify(before, secret));
    assert.ok(verify(during, endpoint.secret));
    assert.ok(verify(during, secret));
    assert.equal(String(during?.headers["webhook-signature"]).split(" ").length, 2);
    await house.db.pool.query(
      "UPDATE webhooks SET previous_secret_until = now() - interval '1 hour' WHERE id = $1",
      [endpoint.webhookId],
    );
    await happen(endpoint, [newId()]);
    await endpoint.drain();
    const [, , later] = endpoint.posts;
    assert.throws(() => verify(later, endpoint.secret));
    assert.ok(verify(later, secret));
  });

  test("the events of a message are numbered, each webhook by itself, and a number stays", async () => {
    let down = false;
    await using endpoint = await house.openEndpoint({ answer: () => (down ? 500 : 200) });
    const [ann, bob] = [newId(), newId()];
    await happen(endpoint, [ann, bob, ann]);
    await endpoint.drain();
    down = true;
    await happen(endpoint, [ann, bob], "processed");
    await endpoint.drain();
    down = false;
    await endpoint.timePasses();
    await endpoint.drain();
    const numbers = (messageId: string) =>
      endpoint.posts.map(bodyOf).flatMap((body) => (body.message_id === messageId ? body.sequence : []));
    assert.deepEqual(new Set(numbers(ann)), new Set([1, 2, 3]));
    assert.deepEqual(numbers(ann).toSorted(), [1, 2, 3, 3]);
    assert.deepEqual(numbers(bob).toSorted(), [1, 2, 2]);
  });

  test("every try is kept with what was sent and what was answered", async () => {
    let down = true;
    await using endpoint = await house.openEndpoint({
      answer: () =>
        down ? { status: 500, body: `no\0${"x".repeat(5_000)}` } : { status: 201, body: "thanks" },
    });
    await happen(endpoint, [newId()]);
    await endpoint.drain();
    down = false;
    await endpoint.timePasses();
    await endpoint.drain();
    const page = await listWebhookDeliveries(house.db, {
      webhookId: endpoint.webhookId,
      before: null,
      limit: 10,
      state: "delivered",
    });
    const [delivery] = page.deliveries;
    assert.ok(delivery);
    const found = await findWebhookDelivery(house.db, endpoint.webhookId, delivery.eventId);
    assert.deepEqual(
      found?.tries.map(({ status, error, answer, events }) => [status, error, answer.slice(0, 3), events]),
      [
        [500, "the endpoint answered 500", "no\ufffd", 1],
        [201, null, "tha", 1],
      ],
    );
    const [first, second] = found?.tries ?? [];
    assert.equal(first?.answer.length, 1_024);
    assert.equal(second?.request_headers["webhook-id"], delivery.eventId);
    assert.equal(
      second?.request_headers["webhook-signature"],
      endpoint.posts[1]?.headers["webhook-signature"],
    );
    assert.equal(delivery.eventType, "accepted");
  });

  test("Retry-After is honoured for the whole endpoint, as seconds and as a date", async () => {
    for (const retryAfter of ["600", new Date(Date.now() + 600_000).toUTCString()]) {
      await using endpoint = await house.openEndpoint({
        answer: () => ({ status: 429, headers: { "retry-after": retryAfter } }),
      });
      await happen(
        endpoint,
        Array.from({ length: 40 }, () => newId()),
      );
      await endpoint.drain();
      assert.ok(endpoint.posts.length <= 8, `${endpoint.posts.length} posts`);
      const { pausedUntil } = await load(endpoint);
      assert.ok(Math.abs((pausedUntil?.getTime() ?? 0) - Date.now() - 600_000) < 5_000, String(pausedUntil));
      assert.ok(Math.abs((endpoint.alarms.at(-1) ?? 0) - Date.now() - 600_000) < 5_000);
      const before = endpoint.posts.length;
      await endpoint.drain();
      assert.equal(endpoint.posts.length, before);
    }
  });

  test("while an endpoint is down its events stay in the log; it is asked with one, and then told all in order", async () => {
    let down = true;
    await using endpoint = await house.openEndpoint({ answer: () => (down ? 503 : 200) });
    const first = Array.from({ length: 40 }, () => newId());
    await happen(endpoint, first);
    await endpoint.drain();
    const rows = (await endpoint.deliveries()).length;
    const posts = endpoint.posts.length;
    const more = Array.from({ length: 1_500 }, () => newId());
    await happen(endpoint, more);
    await endpoint.timePasses();
    await endpoint.drain();
    assert.equal(endpoint.posts.length, posts + 1, "one to see whether it is up");
    assert.equal((await endpoint.deliveries()).length, rows, "what waits is not copied");
    down = false;
    await endpoint.timePasses();
    await endpoint.drain();
    const told = new Set(endpoint.posts.map((post) => bodyOf(post).message_id));
    assert.equal(told.size, first.length + more.length);
    assert.ok((await endpoint.deliveries()).every(({ state }) => state === "delivered"));
    assert.equal((await load(endpoint)).failingSince, null);
  });

  test("an endpoint that fails for long is disabled with notice, and told what it missed when enabled again", async () => {
    let down = true;
    await using endpoint = await house.openEndpoint({ answer: () => (down ? 500 : 200) });
    await happen(endpoint, [newId()]);
    await endpoint.drain();
    await house.db.pool.query("UPDATE webhooks SET failing_since = now() - interval '121 h' WHERE id = $1", [
      endpoint.webhookId,
    ]);
    await endpoint.timePasses();
    await endpoint.drain();
    const disabled = await load(endpoint);
    assert.deepEqual([disabled.enabled, disabled.disabledReason], [false, "failing"]);
    assert.ok(disabled.disabledAt);
    const [notice] = await listAuditLog(house.db, endpoint.projectId, { before: null, limit: 1 });
    assert.equal(notice?.action, "webhook.disabled");
    await happen(endpoint, [newId()]);
    await endpoint.drain();
    assert.equal(endpoint.posts.length, 2);
    down = false;
    const enabled = await updateWebhook(house.db, actorOf(endpoint), endpoint.webhookId, { enabled: true });
    assert.deepEqual(
      [enabled?.disabledAt, enabled?.disabledReason, enabled?.failingSince],
      [null, null, null],
    );
    await endpoint.drain();
    assert.equal(endpoint.posts.length, 4);
    assert.ok((await endpoint.deliveries()).every(({ state }) => state === "delivered"));
  });

  test("one failure long after the last ones disables nothing", async () => {
    await using endpoint = await house.openEndpoint({ answer: () => 500 });
    await happen(endpoint, [newId()]);
    await endpoint.drain();
    await house.db.pool.query(
      "UPDATE webhooks SET failing_since = now() - interval '200 h', last_failure_at = now() - interval '176 h' WHERE id = $1",
      [endpoint.webhookId],
    );
    await endpoint.timePasses();
    await endpoint.drain();
    const webhook = await load(endpoint);
    assert.equal(endpoint.posts.length, 2);
    assert.equal(webhook.enabled, true);
    assert.ok((webhook.failingSince?.getTime() ?? 0) > Date.now() - HOUR_MS);
  });

  test("an event is given up when its hours have passed, and is told once more when asked", async () => {
    let down = true;
    await using endpoint = await house.openEndpoint({ answer: () => (down ? 500 : 200) });
    await updateWebhook(house.db, actorOf(endpoint), endpoint.webhookId, { retryHours: 1 });
    await happen(endpoint, [newId()]);
    // 5 s, 30 s, 2 min, 10 min and 30 min later, and when the hour is over.
    for (let tries = 1; tries <= 7; tries++) {
      await endpoint.timePasses();
      await endpoint.drain();
      const [delivery] = await endpoint.deliveries();
      assert.deepEqual([delivery?.attempts, delivery?.state], [tries, tries < 7 ? "pending" : "failed"]);
    }
    down = false;
    const failed = { kind: "failed" } as const;
    assert.equal(await replayDeliveries(house.db, actorOf(endpoint), endpoint.webhookId, failed), 1);
    await endpoint.timePasses();
    await endpoint.drain();
    assert.deepEqual(await endpoint.deliveries(), [{ state: "delivered", attempts: 1, status: 200 }]);
    assert.equal(new Set(endpoint.posts.map((post) => bodyOf(post).id)).size, 1);
  });

  test("a stretch of the log is told once more with the same ids and numbers, also events from before the webhook", async () => {
    await using endpoint = await house.openEndpoint({ answer: () => 200 });
    const messages = Array.from({ length: 600 }, () => newId());
    await happen(endpoint, messages);
    await endpoint.drain();
    await happen(endpoint, messages.slice(0, 1), "processed");
    await endpoint.drain();
    const told = endpoint.posts.map(bodyOf);
    endpoint.posts.length = 0;
    const range = { after: LOG_START };
    assert.equal(await startReplay(house.db, actorOf(endpoint), endpoint.webhookId, range), "started");
    assert.equal(await startReplay(house.db, actorOf(endpoint), endpoint.webhookId, range), "running");
    await endpoint.drain();
    const again = endpoint.posts.map(bodyOf);
    const key = ({ id, sequence }: Body) => `${id} ${sequence}`;
    assert.deepEqual(again.map(key).toSorted(), told.map(key).toSorted());
    assert.equal((await load(endpoint)).replay, null);
    endpoint.posts.length = 0;
    const stranger = { projectId: newId(), keyId: null, remoteAddress: null };
    assert.equal(await startReplay(house.db, stranger, endpoint.webhookId, range), "unknown");
    const end = await endOfEventLog(house.db);
    const future = { after: LOG_START, until: end, fromMs: Date.now() + HOUR_MS };
    await startReplay(house.db, actorOf(endpoint), endpoint.webhookId, future);
    await endpoint.drain();
    assert.equal(endpoint.posts.length, 0);
  });
});
