import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { createMetrics } from "@waxwing/runtime";
import { findWebhook } from "@waxwing/store";
import { buildApi } from "../src/index.ts";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { listenForSendgrid, type SendgridCaller } from "./sendgrid-caller.ts";
import { openWebhookEndpoint } from "./webhook-endpoint.ts";

type Settings = Readonly<Record<string, unknown>> & { readonly id: string; readonly public_key?: string };

const SETTINGS = "/user/webhooks/event/settings";
const NOTHING = {
  processed: false,
  dropped: false,
  deferred: false,
  delivered: false,
  bounce: false,
  open: false,
  click: false,
  spam_report: false,
  unsubscribe: false,
  group_unsubscribe: false,
  group_resubscribe: false,
};

suite("SendGrid's event webhooks are set up through its own client", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let clientOf: (key: string) => SendgridCaller;
  before(async () => {
    fixture = await openApiFixture({ webhookPrivateAddresses: "allow" });
    clientOf = await listenForSendgrid(fixture);
  });
  after(() => fixture[Symbol.asyncDispose]());

  const open = async (
    scopes: readonly string[] = ["*"],
  ): Promise<{ readonly tenant: Tenant; readonly call: SendgridCaller }> => {
    const tenant = await fixture.addTenant({ scopes });
    return { tenant, call: clientOf(tenant.key) };
  };
  const messagesOf = (body: unknown): readonly string[] =>
    (body as { readonly errors: readonly { readonly message: string }[] }).errors.map(
      ({ message }) => message,
    );

  test("the single webhook of old programs", async () => {
    const { tenant, call } = await open();
    const before = await call("GET", SETTINGS);
    assert.equal(before.status, 200);
    assert.deepEqual(before.body, {
      enabled: false,
      url: "",
      account_status_change: false,
      ...NOTHING,
      friendly_name: null,
      id: "",
      oauth_client_id: null,
      oauth_token_url: null,
      created_date: null,
    });
    const url = "https://hooks.example.test/in";
    const made = await call("PATCH", SETTINGS, { enabled: true, url, bounce: true, dropped: true });
    assert.equal(made.status, 200);
    const { id, created_date, ...shown } = made.body as Settings;
    assert.ok(Number.isFinite(Date.parse(String(created_date))));
    assert.deepEqual(shown, {
      enabled: true,
      url,
      account_status_change: false,
      ...NOTHING,
      bounce: true,
      dropped: true,
      friendly_name: null,
      oauth_client_id: null,
      oauth_token_url: null,
    });
    const changed = (await call("PATCH", SETTINGS, { bounce: false, open: true })).body as Settings;
    assert.equal(changed.id, id);
    assert.deepEqual([changed.bounce, changed.dropped, changed.open], [false, true, true]);
    const stored = await findWebhook(fixture.db, tenant.projectId, id);
    assert.equal(stored?.format, "sendgrid");
    assert.deepEqual(stored?.eventTypes, ["dropped", "open"]);
    assert.ok(fixture.webhookLanes.woken.includes(id));
  });

  test("several webhooks: made, listed, read, changed, deleted, and written down", async () => {
    const { tenant, call } = await open();
    const url = "https://hooks.example.test/a";
    const made = await call("POST", SETTINGS, { enabled: true, url, click: true, friendly_name: "Clicks" });
    assert.equal(made.status, 201);
    const { id } = made.body as Settings;
    const second = await call("POST", SETTINGS, { url: "https://hooks.example.test/b", enabled: false });
    const all = (await call("GET", `${SETTINGS}/all`)).body as {
      readonly max_allowed: number;
      readonly webhooks: readonly Settings[];
    };
    assert.ok(all.max_allowed > 1);
    assert.deepEqual(all.webhooks, [made.body, second.body]);
    assert.deepEqual((await call("GET", `${SETTINGS}/${id}`)).body, made.body);
    assert.deepEqual((await call("GET", SETTINGS)).body, made.body, "the oldest");
    const changed = await call("PATCH", `${SETTINGS}/${id}`, { friendly_name: null, enabled: false });
    assert.deepEqual(changed.body, { ...(made.body as Settings), friendly_name: null, enabled: false });
    assert.equal((await call("DELETE", `${SETTINGS}/${id}`)).status, 204);
    assert.equal((await call("GET", `${SETTINGS}/${id}`)).status, 404);
    const audit = await fixture.app.inject({ url: "/audit-log?action=webhook.", headers: tenant.headers });
    assert.deepEqual(
      audit.json().entries.map(({ action }: { action: string }) => action),
      ["webhook.deleted", "webhook.changed", "webhook.created", "webhook.created"],
    );
  });

  test("a webhook of our own format is none of SendGrid's", async () => {
    const { tenant, call } = await open();
    const own = await fixture.app.inject({
      method: "POST",
      url: "/webhooks",
      headers: tenant.headers,
      payload: { url: "https://hooks.example.test/own" },
    });
    assert.equal((await call("GET", `${SETTINGS}/${own.json().id}`)).status, 404);
    assert.equal(((await call("GET", SETTINGS)).body as Settings).id, "");
  });

  test("signing is turned on and off; the private key stays sealed", async () => {
    const { tenant, call } = await open();
    assert.equal((await call("GET", `${SETTINGS}/signed`)).status, 404);
    const { id } = (await call("POST", SETTINGS, { url: "https://hooks.example.test/s" })).body as Settings;
    assert.deepEqual((await call("GET", `${SETTINGS}/signed`)).body, { id, public_key: "" });
    const on = (await call("PATCH", `${SETTINGS}/signed/${id}`, { enabled: true })).body as Settings;
    assert.equal(on.id, id);
    const key = Buffer.from(String(on.public_key), "base64");
    assert.equal(createPublicKey({ key, format: "der", type: "spki" }).asymmetricKeyType, "ec");
    const again = (await call("PATCH", `${SETTINGS}/signed`, { enabled: true })).body;
    assert.deepEqual(again, on, "the key stays while signing is on");
    assert.equal(((await call("GET", `${SETTINGS}/${id}`)).body as Settings).public_key, on.public_key);
    const stored = await findWebhook(fixture.db, tenant.projectId, id);
    assert.match(stored?.sealedSigningKey ?? "", /^wax1\./);
    assert.deepEqual((await call("PATCH", `${SETTINGS}/signed/${id}`, { enabled: false })).body, {
      id,
      public_key: "",
    });
    assert.equal((await findWebhook(fixture.db, tenant.projectId, id))?.sealedSigningKey, null);
  });

  test("a test posts one of each event, signed where the webhook is", async () => {
    const { call } = await open();
    await using endpoint = await openWebhookEndpoint();
    const { id } = (await call("POST", SETTINGS, { url: endpoint.url })).body as Settings;
    const { public_key: publicKey } = (await call("PATCH", `${SETTINGS}/signed/${id}`, { enabled: true }))
      .body as Settings;
    assert.equal((await call("POST", "/user/webhooks/event/test", { id, url: endpoint.url })).status, 204);
    assert.equal((await call("POST", "/user/webhooks/event/test", { url: endpoint.url })).status, 204);
    const [signed, unsigned] = endpoint.posts;
    assert.ok(signed && unsigned);
    const events = (JSON.parse(signed.raw) as { readonly event: string }[]).map(({ event }) => event);
    assert.deepEqual(events, [
      "processed",
      "deferred",
      "delivered",
      "open",
      "click",
      "bounce",
      "dropped",
      "spamreport",
      "unsubscribe",
      "group_unsubscribe",
    ]);
    const timestamp = signed.headers["x-twilio-email-event-webhook-timestamp"];
    const signature = signed.headers["x-twilio-email-event-webhook-signature"];
    const key = createPublicKey({
      key: Buffer.from(String(publicKey), "base64"),
      format: "der",
      type: "spki",
    });
    const text = Buffer.from(`${timestamp}${signed.raw}`);
    assert.ok(verify("sha256", text, key, Buffer.from(String(signature), "base64")));
    assert.equal(unsigned.headers["x-twilio-email-event-webhook-signature"], undefined);
  });

  test("a test that fails says so, and none reaches an internal address", async () => {
    const { tenant, call } = await open();
    await using endpoint = await openWebhookEndpoint(500);
    const failed = await call("POST", "/user/webhooks/event/test", { url: endpoint.url });
    assert.equal(failed.status, 400);
    assert.match(messagesOf(failed.body)[0] ?? "", /answered 500/);
    const strict = await buildApi({
      ...fixture.dependencies,
      metrics: createMetrics({ processMetrics: false }),
      webhookPrivateAddresses: "refuse",
    });
    const answer = await strict.inject({
      method: "POST",
      url: "/v3/user/webhooks/event/test",
      headers: tenant.headers,
      payload: { url: endpoint.url },
    });
    await strict.close();
    assert.equal(answer.statusCode, 400);
    assert.match(answer.json().errors[0].message, /public address/);
    assert.equal(endpoint.posts.length, 1);
  });

  test("what is wrong is said in SendGrid's words where they are known", async () => {
    const { call } = await open();
    const url = "https://hooks.example.test/x";
    const made = (await call("POST", SETTINGS, { url })).body as Settings;
    const refused = async (method: "POST" | "PATCH", path: string, body: object) => {
      const answer = await call(method, path, body);
      return [answer.status, messagesOf(answer.body)] as const;
    };
    assert.deepEqual(await refused("POST", SETTINGS, { url: "ftp://x" }), [
      400,
      ["'ftp://x' is not a valid url"],
    ]);
    assert.deepEqual(await refused("POST", SETTINGS, {}), [400, ["'' is not a valid url"]]);
    assert.deepEqual(await refused("POST", SETTINGS, { url }), [
      400,
      [`Webhook at '${url}' already exists. Please provide a unique URL.`],
    ]);
    assert.deepEqual(await refused("POST", SETTINGS, { url: `${url}2`, oauth_client_id: "x" }), [
      400,
      ["OAuth is not supported for webhooks."],
    ]);
    const [status] = await refused("PATCH", SETTINGS, { enabled: "yes" });
    assert.equal(status, 400);
    for (const id of [crypto.randomUUID(), "x", "%00"]) {
      assert.deepEqual(await refused("PATCH", `${SETTINGS}/${id}`, {}), [404, ["Invalid id provided."]]);
    }
    const stranger = await open();
    const foreign = `${SETTINGS}/${made.id}`;
    for (const [method, path] of [
      ["GET", foreign],
      ["PATCH", foreign],
      ["DELETE", foreign],
      ["GET", `${SETTINGS}/signed/${made.id}`],
    ] as const) {
      assert.equal((await stranger.call(method, path, method === "PATCH" ? {} : undefined)).status, 404);
    }
    const test = { id: made.id, url };
    assert.equal((await stranger.call("POST", "/user/webhooks/event/test", test)).status, 404);
  });

  test("a key that may only read changes nothing", async () => {
    const { call } = await open(["user.webhooks.event.settings.read"]);
    assert.equal((await call("GET", SETTINGS)).status, 200);
    assert.equal((await call("PATCH", SETTINGS, { url: "https://a.test/" })).status, 403);
  });
});
