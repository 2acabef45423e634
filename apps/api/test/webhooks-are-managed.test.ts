import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { findWebhook } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

suite("webhooks are managed", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const url = "https://hooks.example.test/in";
  const ask = (method: "POST" | "PATCH", path: string, payload: object, headers = tenant.headers) =>
    fixture.app.inject({ method, url: path, headers, payload });
  const create = async (payload: object) => {
    const answer = await ask("POST", "/webhooks", payload);
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json();
  };

  test("one in SendGrid's format shows the key that its signatures are verified with, and no secret", async () => {
    const { id, created_at, public_key, ...shown } = await create({
      url,
      format: "sendgrid",
      name: "Shop",
      events: ["bounce", "group_unsubscribe"],
    });
    assert.deepEqual(shown, {
      url,
      format: "sendgrid",
      name: "Shop",
      events: ["bounce", "group_unsubscribe"],
      enabled: true,
      disabled_at: null,
      disabled_reason: null,
      failing_since: null,
      retry_hours: 24,
      disable_after_hours: 120,
      previous_secret_until: null,
      replaying: false,
    });
    assert.ok(Number.isFinite(Date.parse(created_at)));
    assert.match(public_key, /^MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/);
    const stored = await findWebhook(fixture.db, tenant.projectId, id);
    assert.match(stored?.sealedSigningKey ?? "", /^wax1\./);
  });

  test("what is changed changes, the rest stays, and each change is written down", async () => {
    const made = await create({ url, events: ["delivered"] });
    const { secret, ...before } = made;
    assert.match(secret, /^whsec_/);
    const change = async (payload: object) => (await ask("PATCH", `/webhooks/${made.id}`, payload)).json();
    const { disabled_at: disabledAt, ...disabled } = await change({ enabled: false });
    const { disabled_at: _none, ...wasEnabled } = before;
    assert.deepEqual(disabled, { ...wasEnabled, enabled: false, disabled_reason: "requested" });
    assert.ok(Math.abs(Date.parse(disabledAt) - Date.now()) < 60_000);
    fixture.webhookLanes.woken.length = 0;
    const now = {
      enabled: true,
      events: [],
      name: "All",
      url: `${url}/2`,
      retry_hours: 72,
      disable_after_hours: 240,
    };
    assert.deepEqual(await change(now), { ...before, ...now });
    assert.deepEqual(fixture.webhookLanes.woken, [made.id]);
    assert.deepEqual(await change({ name: null }), { ...before, ...now, name: null });
    assert.deepEqual(await change({}), { ...before, ...now, name: null });
    await fixture.app.inject({ method: "DELETE", url: `/webhooks/${made.id}`, headers: tenant.headers });
    const audit = await fixture.app.inject({
      url: `/audit-log?target=${made.id}`,
      headers: tenant.headers,
    });
    assert.deepEqual(
      audit.json().entries.map(({ action }: { action: string }) => action),
      ["webhook.deleted", "webhook.changed", "webhook.changed", "webhook.changed", "webhook.created"],
    );
  });

  for (const [name, payload, field] of [
    ["an event of the other format", { url, events: ["delivered", "bounce"] }, "events[1]"],
    ["an event that is none", { url, format: "sendgrid", events: ["bounced"] }, "events[0]"],
    ["a format that is none", { url, format: "mandrill" }, "format"],
    ["a name with a line break", { url, name: "a\nb" }, "name"],
    ["a URL with a password", { url: "https://a:b@hooks.example.test/" }, "url"],
  ] as const) {
    test(`refused: ${name}`, async () => {
      const answer = await ask("POST", "/webhooks", payload);
      assert.equal(answer.statusCode, 400, answer.body);
      assert.deepEqual(
        answer.json().errors.map((error: { field: string }) => error.field),
        [field],
      );
    });
  }

  test("the format stays, and changing needs the scope", async () => {
    const { id } = await create({ url });
    assert.equal((await ask("PATCH", `/webhooks/${id}`, { format: "sendgrid" })).statusCode, 400);
    assert.equal((await ask("PATCH", `/webhooks/${id}`, { events: ["bounce"] })).statusCode, 400);
    const reader = await fixture.addKey(tenant.projectId, ["webhooks:read"]);
    assert.equal((await ask("PATCH", `/webhooks/${id}`, {}, reader)).statusCode, 403);
  });
});
