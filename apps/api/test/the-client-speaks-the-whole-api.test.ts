import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type Client, createClient, OPERATIONS, WaxwingError } from "@waxwing/client";
import { createMetrics } from "@waxwing/runtime";
import { type RunningApi, startApi } from "../src/index.ts";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

let fixture: ApiFixture;
let api: RunningApi;
let tenant: Tenant;
let client: Client;

before(async () => {
  fixture = await openApiFixture();
  tenant = await fixture.addTenant();
  api = await startApi({
    ...fixture.dependencies,
    metrics: createMetrics({ processMetrics: false }),
    listen: { host: "127.0.0.1", port: 0 },
  });
  client = createClient({ baseUrl: `http://127.0.0.1:${api.port}`, apiKey: tenant.key });
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
});

const message = (to: string) => ({ from: `shop@${tenant.domain}`, to, subject: "Hello", text: "Hi" });

suite("the client speaks the whole API", { timeout: 60_000 }, () => {
  test("every operation of the server is one of the client's, at its place", () => {
    const { paths } = fixture.app.swagger() as unknown as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
    };
    const served = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => [operationId, method.toUpperCase(), path]),
    );
    assert.deepEqual(
      Object.entries(OPERATIONS).map(([name, { method, path }]) => [name, method, path]),
      served.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
    );
  });

  test("a message is sent, repeated safely, found, moved and cancelled", async () => {
    const options = { idempotencyKey: "order-42" };
    const body = { ...message("ann@example.test"), send_at: new Date(Date.now() + 3_600_000).toISOString() };
    const sent = await client.send(body, options);
    assert.deepEqual(await client.send(body, options), sent);
    assert.equal((await client.messages.get(sent.id)).recipients[0]?.state, "queued");
    const found = [];
    for await (const { id } of client.messages.all({ recipient: "ann@example.test", limit: 1 }))
      found.push(id);
    assert.deepEqual(found, [sent.id]);
    const later = new Date(Date.now() + 7_200_000);
    assert.equal((await client.messages.reschedule(sent.id, later)).send_at, later.toISOString());
    assert.equal((await client.messages.cancel(sent.id)).cancelled, 1);
  });

  test("a batch answers item by item, and its events are followed to the last", async () => {
    const { results } = await client.sendBatch([message("a@example.test"), message("nobody")]);
    assert.deepEqual(
      results.map(({ status }) => status),
      [202, 400],
    );
    const id = results[0]?.id;
    const stop = new AbortController();
    const seen: string[] = [];
    const follow = async (): Promise<void> => {
      for await (const { events } of client.events.pages({ limit: 2, pollMs: 20, signal: stop.signal })) {
        seen.push(...events.map((event) => event.id));
        if (events.some((event) => event.message_id === id)) return;
      }
    };
    await follow();
    stop.abort();
    assert.equal(new Set(seen).size, seen.length);
    const all = [];
    for await (const event of client.events.all()) all.push(event.id);
    assert.deepEqual(all.slice(0, seen.length), seen);
  });

  test("a refusal names every field, its code and its status", async () => {
    await assert.rejects(client.send({ ...message("nobody"), subject: "a\nb" }), (error: unknown) => {
      assert.ok(error instanceof WaxwingError);
      assert.equal(error.status, 400);
      assert.equal(error.code, "invalid-request");
      assert.deepEqual(error.errors.map(({ field }) => field).sort(), ["subject", "to"]);
      return true;
    });
    const stranger = createClient({ baseUrl: `http://127.0.0.1:${api.port}`, apiKey: "SG.no.no" });
    await assert.rejects(stranger.apiKeys.list(), /401/);
  });

  test("what a project has is made, listed, read, changed and deleted", async () => {
    const template = await client.templates.create({ name: "Order" });
    const version = await client.templates.createVersion(template.id, {
      name: "1",
      subject: "Order {{n}}",
      text: "Hello {{name}}",
    });
    await client.templates.activate(template.id, version.id);
    const rendered = await client.templates.render(template.id, { variables: { n: 7, name: "Ann" } });
    assert.equal(rendered.subject, "Order 7");
    assert.equal((await client.templates.rename(template.id, "Orders")).name, "Orders");
    const sent = await client.send({
      from: `shop@${tenant.domain}`,
      to: "ann@example.test",
      template: template.id,
      variables: { n: 7, name: "Ann" },
    });
    assert.equal((await client.messages.get(sent.id)).subject, "Order 7");

    const webhook = await client.webhooks.create({ url: "https://hooks.example.test/in" });
    assert.match(webhook.secret ?? "", /^whsec_/);
    assert.equal((await client.webhooks.get(webhook.id)).url, "https://hooks.example.test/in");
    assert.equal((await client.webhooks.list()).webhooks.length, 1);
    assert.equal(await client.webhooks.delete(webhook.id), null);

    const domain = await client.domains.create({ name: "shop.example" });
    assert.ok(domain.records.length > 0);
    assert.ok((await client.domains.list()).domains.some(({ id }) => id === domain.id));
    await client.domains.delete(domain.id);
    await assert.rejects(client.domains.get(domain.id), /404/);

    const mailbox = await client.mailboxes.create({ address: `support@${tenant.domain}` });
    assert.match((await client.mailboxes.changePassword(mailbox.id)).password ?? "", /^\S{24}$/);
    await client.mailboxes.delete(mailbox.id);

    const key = await client.apiKeys.create({ name: "CI", scopes: ["send"] });
    assert.match(key.key, /^SG\./);
    assert.ok((await client.apiKeys.list()).api_keys.some(({ id }) => id === key.id));
    await client.apiKeys.delete(key.id);

    const credential = await client.smtpCredentials.create({ name: "CI" });
    assert.equal((await client.smtpCredentials.get(credential.id)).username, credential.username);
    assert.equal((await client.smtpCredentials.list()).smtp_credentials.length, 1);
    await client.smtpCredentials.delete(credential.id);

    await client.suppressions.add({ address: "gone@example.test" });
    const addresses = [];
    for await (const { address } of client.suppressions.all({ limit: 1 })) addresses.push(address);
    assert.deepEqual(addresses, ["gone@example.test"]);
    const csv = await client.suppressions.export();
    assert.match(csv, /gone@example\.test/);
    assert.deepEqual(await client.suppressions.import(csv), { read: 1, added: 0 });
    await client.suppressions.delete("gone@example.test");

    assert.equal((await client.webhooks.list()).webhooks.length, 0);
    const group = await client.unsubscribeGroups.create({ name: "News", description: "Once a week" });
    assert.equal((await client.unsubscribeGroups.get(group.id)).name, "News");
    assert.equal((await client.projects.own()).id, tenant.projectId);
    assert.equal((await client.projects.changeOwn({ soft_bounces: null })).soft_bounces, null);
    assert.ok(await client.stats.get());
    assert.deepEqual((await client.stats.get({ by: "hour", group: "domain" })).groups, []);

    const actions = [];
    for await (const { action } of client.auditLog.all()) actions.push(action);
    assert.ok(actions.includes("api-key.created"));
  });
});
