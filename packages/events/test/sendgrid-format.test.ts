import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { EventWebhook, EventWebhookHeader } from "@sendgrid/eventwebhook";
import { newId } from "@waxwing/runtime";
import { appendEvents, findWebhook, type LoggedEvent } from "@waxwing/store";
import {
  bounceKind,
  type EventPayloads,
  generateWebhookSigningKey,
  newEvent,
  webhookSigningKeyContext,
} from "../src/index.ts";
import { metricsOfEvent } from "../src/metrics-of-event.ts";
import { sendGridEvent, shortId } from "../src/sendgrid-event.ts";
import { openWebhookHouse, type WebhookHouse } from "./webhook-house.ts";

type Sent = Readonly<Record<string, unknown>>;

suite("webhooks in SendGrid's format", { timeout: 60_000 }, () => {
  let house: WebhookHouse;
  before(async () => {
    house = await openWebhookHouse();
  });
  after(() => house[Symbol.asyncDispose]());

  const attempt = { attempt: 1, reply: "250 2.0.0 ok", code: 250, host: "mx.a.test" };
  const ann: EventPayloads["accepted"] = {
    email: "ann@a.test",
    tags: ["orders"],
    metadata: { order: "7", event: "mine", __proto__2: "x" },
  };

  test("events come as one signed array that SendGrid's own verifier accepts", async () => {
    const key = generateWebhookSigningKey();
    await using endpoint = await house.openEndpoint({
      answer: () => 200,
      format: "sendgrid",
      signingKey: (id) => ({
        sealedSigningKey: house.secretBox.seal(key.privatePem, webhookSigningKeyContext(id)),
        signingPublicKey: key.publicKey,
      }),
    });
    const messageId = newId();
    const subject = { projectId: endpoint.projectId, messageId, ordinal: 2 };
    await appendEvents(house.db, [
      newEvent(subject, "accepted", ann, Date.now()),
      newEvent(subject, "processed", ann, Date.now()),
      newEvent(subject, "delivered", { ...ann, ...attempt, tls: "TLSv1.3" }, Date.now()),
    ]);
    await endpoint.drain();
    const [post, ...others] = endpoint.posts;
    assert.ok(post);
    assert.equal(others.length, 0, "one post for all of them");
    assert.match(post.raw, /^\[\{.*\},\r\n\{.*\}\]\r\n$/);
    const signature = post.headers[EventWebhookHeader.SIGNATURE().toLowerCase()];
    const timestamp = post.headers[EventWebhookHeader.TIMESTAMP().toLowerCase()];
    assert.ok(typeof signature === "string" && typeof timestamp === "string");
    const verifier = new EventWebhook();
    const publicKey = verifier.convertPublicKeyToECDSA(key.publicKey);
    assert.equal(verifier.verifySignature(publicKey, post.raw, signature, timestamp), true);
    assert.equal(verifier.verifySignature(publicKey, `${post.raw} `, signature, timestamp), false);
    assert.equal(
      createPublicKey({ key: Buffer.from(key.publicKey, "base64"), format: "der", type: "spki" })
        .asymmetricKeyType,
      "ec",
    );
    const [processed, delivered] = JSON.parse(post.raw) as Sent[];
    assert.ok(processed && delivered);
    const message = shortId(messageId);
    assert.equal(message.length, 22);
    assert.equal(processed.event, "processed", "custom arguments do not hide fields");
    assert.equal(processed.order, "7");
    assert.deepEqual(processed.category, ["orders"]);
    assert.equal(processed.sg_message_id, `${message}.${message}.2`);
    assert.match(String(processed.sg_event_id), /^[A-Za-z0-9_-]{22}$/);
    assert.equal(delivered.tls, 1);
    assert.equal(delivered.response, "250 2.0.0 ok");
    assert.ok(Math.abs(Number(delivered.timestamp) - Date.now() / 1_000) < 60);
  });

  test("without a key the array goes unsigned, and only what was asked for", async () => {
    await using endpoint = await house.openEndpoint({
      answer: () => 200,
      format: "sendgrid",
      eventTypes: ["bounce"],
    });
    const subject = { projectId: endpoint.projectId, messageId: newId(), ordinal: 0 };
    await appendEvents(house.db, [
      newEvent(subject, "processed", ann, Date.now()),
      newEvent(
        subject,
        "bounced",
        { ...ann, ...attempt, ...bounceKind("bounced"), cause: "refused" },
        Date.now(),
      ),
    ]);
    await endpoint.drain();
    assert.deepEqual(
      endpoint.posts.flatMap(({ raw }) => (JSON.parse(raw) as Sent[]).map(({ event }) => event)),
      ["bounce"],
    );
    assert.equal(endpoint.posts[0]?.headers["x-twilio-email-event-webhook-signature"], undefined);
  });

  test("a failed array is retried whole, and the later events of its messages wait behind it", async () => {
    let down = true;
    await using endpoint = await house.openEndpoint({
      answer: () => (down ? 500 : 200),
      format: "sendgrid",
    });
    const subject = { projectId: endpoint.projectId, messageId: newId(), ordinal: 0 };
    await appendEvents(house.db, [newEvent(subject, "processed", ann, Date.now())]);
    await endpoint.drain();
    await appendEvents(house.db, [newEvent(subject, "delivered", { ...ann, ...attempt }, Date.now())]);
    await endpoint.drain();
    assert.equal(endpoint.posts.length, 1);
    assert.deepEqual(await endpoint.deliveries(), [{ state: "pending", attempts: 1, status: 500 }]);
    down = false;
    await endpoint.timePasses();
    await endpoint.drain();
    const events = endpoint.posts.map(({ raw }) => (JSON.parse(raw) as Sent[]).map(({ event }) => event));
    assert.deepEqual(events, [["processed"], ["processed"], ["delivered"]]);
    assert.deepEqual(
      (await endpoint.deliveries()).map(({ state }) => state),
      ["delivered", "delivered"],
    );
  });

  test("large events are spread over posts; after one that fails the rest is put off untried", async () => {
    await using endpoint = await house.openEndpoint({ answer: () => 503, format: "sendgrid" });
    const large = { email: "a@a.test", metadata: { filler: "x".repeat(100_000) } };
    await appendEvents(
      house.db,
      Array.from({ length: 10 }, () =>
        newEvent(
          { projectId: endpoint.projectId, messageId: newId(), ordinal: 0 },
          "processed",
          large,
          Date.now(),
        ),
      ),
    );
    await endpoint.drain();
    assert.equal(endpoint.posts.length, 1);
    const [post] = endpoint.posts;
    assert.ok(post && post.raw.length < 768 * 1024 + 1_000);
    const attempts = (await endpoint.deliveries()).map((delivery) => delivery.attempts);
    assert.deepEqual(attempts.toSorted(), [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
  });

  test("410 Gone stops the webhook", async () => {
    await using endpoint = await house.openEndpoint({ answer: () => 410, format: "sendgrid" });
    const subject = { projectId: endpoint.projectId, messageId: newId(), ordinal: 0 };
    await appendEvents(house.db, [newEvent(subject, "processed", ann, Date.now())]);
    await endpoint.drain();
    assert.equal((await findWebhook(house.db, endpoint.projectId, endpoint.webhookId))?.enabled, false);
  });
});

const logged = (type: string, payload: LoggedEvent["payload"]): LoggedEvent => ({
  type,
  payload: { email: "ann@a.test", ...payload },
  id: "01a20722-6c3c-747d-b457-b595ee7071aa",
  xact: 1n,
  messageId: "01a20722-6c3c-747d-b457-b595ee7071ab",
  ordinal: 0,
});

const cases: readonly (readonly [string, LoggedEvent, Sent, readonly string[]])[] = [
  [
    "a deferral",
    logged("deferred", { attempt: 3, reply: "451 later" }),
    { event: "deferred", attempt: "3", response: "451 later", domain: "a.test" },
    ["deferred"],
  ],
  [
    "an unknown user",
    logged("bounced", { reply: "550 5.1.1 no", enhanced_code: "5.1.1", type: "permanent" }),
    { event: "bounce", type: "bounce", status: "5.1.1", bounce_classification: "Invalid Address" },
    ["bounces"],
  ],
  [
    "a policy refusal",
    logged("bounced", { reply: "550 5.7.1 no", enhanced_code: "5.7.1", type: "permanent" }),
    { event: "bounce", type: "blocked", bounce_classification: "Reputation" },
    ["blocks"],
  ],
  [
    "a refusal of spam without a code",
    logged("bounced", { reply: "554 looks like spam", code: 554, type: "permanent" }),
    { type: "blocked", status: "554", bounce_classification: "Unclassified" },
    ["blocks"],
  ],
  [
    "what was never reached",
    logged("bounced", { reply: "timeout", type: "timeout" }),
    { type: "blocked" },
    ["blocks"],
  ],
  [
    "what was never reached, as it is told now",
    logged("bounced", { reply: "timeout", type: "soft", verdict: "blocked", cause: "timeout" }),
    { type: "blocked" },
    ["blocks"],
  ],
  [
    "what the recorder judged",
    logged("bounced", { reply: "552 full", enhanced_code: "5.2.2", type: "soft", verdict: "blocked" }),
    { type: "blocked" },
    ["blocks"],
  ],
  [
    "a bounced address",
    logged("dropped", { reason: "x", suppression: "bounced" }),
    { event: "dropped", reason: "Bounced Address" },
    ["bounce_drops"],
  ],
  [
    "an unsubscribed address",
    logged("dropped", { reason: "x", suppression: "unsubscribed" }),
    { reason: "Unsubscribed Address" },
    ["unsubscribe_drops"],
  ],
  [
    "a complainer's address",
    logged("dropped", { reason: "x", suppression: "complained" }),
    { reason: "Spam Reporting Address" },
    ["spam_report_drops"],
  ],
  [
    "an invalid address",
    logged("dropped", { reason: "x", suppression: "invalid" }),
    { reason: "Invalid" },
    ["invalid_emails"],
  ],
  [
    "an address taken out by hand",
    logged("dropped", { reason: "by hand", suppression: "manual" }),
    { reason: "by hand" },
    [],
  ],
  [
    "a hostile suppression",
    logged("dropped", { reason: "x", suppression: "constructor" }),
    { event: "dropped" },
    [],
  ],
  ["an expiry", logged("expired", { reply: "too late" }), { event: "dropped", reason: "too late" }, []],
  [
    "a first open",
    logged("opened", { first: true, machine: true, ip: "192.0.2.1", user_agent: "UA" }),
    { event: "open", sg_machine_open: true, ip: "192.0.2.1", useragent: "UA" },
    ["opens", "unique_opens"],
  ],
  [
    "a click",
    logged("clicked", { url: "https://a.test/", first: false }),
    { event: "click", url: "https://a.test/" },
    ["clicks"],
  ],
  [
    "a complaint",
    logged("complained", { feedback_type: "abuse" }),
    { event: "spamreport" },
    ["spam_reports"],
  ],
  ["an unsubscription", logged("unsubscribed", {}), { event: "unsubscribe" }, ["unsubscribes"]],
  [
    "a group's unsubscription",
    logged("unsubscribed", { group: 7 }),
    { event: "group_unsubscribe", asm_group_id: 7 },
    ["unsubscribes"],
  ],
];
for (const [name, event, expected, metrics] of cases) {
  test(`SendGrid is told of ${name}, and it is counted`, () => {
    const context = { requestId: null, smtpId: "<x@a.test>", group: null, pool: null, sendAt: null };
    const shown = sendGridEvent(event, context);
    assert.ok(shown);
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(shown[field], value, field);
    assert.deepEqual(metricsOfEvent(event), metrics);
  });
}

test("nothing is told of what SendGrid does not know", () => {
  for (const type of ["accepted", "cancelled", "replied", "received"])
    assert.equal(sendGridEvent(logged(type, {}), undefined), null);
});

test("the message's own id, its request, group, pool and time come from the message", () => {
  const requestId = "01a20722-6c3c-747d-b457-b595ee7071ac";
  const sendAt = new Date(1_700_000_000_000);
  const context = { requestId, smtpId: "<x@a.test>", group: 4, pool: "marketing", sendAt };
  const shown = sendGridEvent(logged("processed", {}), context);
  assert.ok(shown);
  assert.equal(String(shown.sg_message_id).split(".")[0], shortId(requestId));
  assert.equal(shown["smtp-id"], "<x@a.test>");
  assert.equal(shown.asm_group_id, 4);
  assert.deepEqual(shown.pool, { name: "marketing" });
  assert.equal(shown.send_at, 1_700_000_000);
});
