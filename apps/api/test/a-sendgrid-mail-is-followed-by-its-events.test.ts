import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createWebhookLane, createWebhookPoster } from "@waxwing/events";
import { hasHiddenEvents, suppress } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { addSigningDomain, type Delivery, openDelivery } from "./delivery.ts";
import { listenForSendgrid, type SendgridCaller } from "./sendgrid-caller.ts";
import { openWebhookEndpoint, type WebhookEndpoint } from "./webhook-endpoint.ts";

type Told = Readonly<Record<string, unknown>>;

suite("a mail sent as to SendGrid is followed by its events", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let call: SendgridCaller;
  let delivery: Delivery;
  let endpoint: WebhookEndpoint;
  let from: string;

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    call = (await listenForSendgrid(fixture))(tenant.key);
    delivery = await openDelivery(fixture);
    endpoint = await openWebhookEndpoint();
    from = `shop@${await addSigningDomain(fixture, tenant)}`;
  });
  after(async () => {
    await endpoint[Symbol.asyncDispose]();
    await delivery[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });

  async function drain(webhookId: string): Promise<void> {
    const { db, secretBox, lanes, dependencies } = fixture;
    await using poster = createWebhookPoster({ privateAddresses: "allow" });
    const { signal } = new AbortController();
    // Other tests share the server: their transactions hide our newest events while they run.
    while (await hasHiddenEvents(db, tenant.projectId));
    await createWebhookLane({ ...dependencies, db, lanes, secretBox, poster, signal })(webhookId);
  }

  test("they name the request, the delivered Message-ID, the categories and the custom arguments", async () => {
    const all = { processed: true, delivered: true, bounce: true, dropped: true, deferred: true };
    const settings = { enabled: true, url: endpoint.url, ...all };
    const { id } = (await call("POST", "/user/webhooks/event/settings", settings)).body as { id: string };
    const gone = { address: "gone@followed.test", reason: "bounced", detail: null, messageId: null } as const;
    await suppress(fixture.db, { projectId: tenant.projectId, status: "5.1.1", ...gone });
    const sent = await call("POST", "/mail/send", {
      personalizations: [
        { to: [{ email: "ann@followed.test" }], custom_args: { order: "7", event: "mine" } },
        { to: [{ email: "bob@followed.test" }, { email: "gone@followed.test" }] },
        { to: [{ email: "bounce550@followed.test" }] },
      ],
      from: { email: from },
      subject: "Your order",
      content: [{ type: "text/plain", value: "It is on its way." }],
      categories: ["orders", "eu"],
      custom_args: { shop: "north" },
    });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    const requestId = sent.headers["x-message-id"];
    const arrived = await delivery.deliver("followed.test");
    await drain(id);

    const told = endpoint.posts.flatMap(({ raw }) => JSON.parse(raw) as Told[]);
    const of = (email: string): readonly Told[] => told.filter((event) => event.email === email);
    const names = (email: string): readonly unknown[] => of(email).map(({ event }) => event);
    assert.deepEqual(names("ann@followed.test"), ["processed", "delivered"]);
    assert.deepEqual(names("bob@followed.test"), ["processed", "delivered"]);
    assert.deepEqual(names("gone@followed.test"), ["dropped"]);
    assert.equal(of("gone@followed.test")[0]?.reason, "Bounced Address");
    for (const event of told) {
      assert.equal(String(event.sg_message_id).split(".")[0], requestId);
      assert.deepEqual(event.category, ["orders", "eu"]);
      assert.equal(event.shop, "north");
    }
    assert.equal(new Set(told.map((event) => event.sg_event_id)).size, told.length);
    const [, delivered] = of("ann@followed.test");
    assert.equal(delivered?.order, "7");
    assert.equal(delivered?.event, "delivered");
    const messageId = /^Message-ID: (<.*>)\r$/im.exec(arrived.get("ann@followed.test") ?? "")?.[1];
    assert.ok(messageId !== undefined);
    assert.equal(delivered?.["smtp-id"], messageId);
    const [bounced] = of("bounce550@followed.test").slice(-1);
    assert.equal(bounced?.event, "bounce");
  });
});
