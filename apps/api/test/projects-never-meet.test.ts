import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { webhookSecretContext } from "@waxwing/events";
import { findWebhook } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

let fixture: ApiFixture;
let owner: Tenant;
let stranger: Tenant;

before(async () => {
  fixture = await openApiFixture();
  owner = await fixture.addTenant();
  stranger = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

async function createWebhook(
  tenant: Tenant,
  payload: object = { url: "https://hooks.example.test/in?a=1#x" },
) {
  const answer = await fixture.app.inject({
    method: "POST",
    url: "/webhooks",
    headers: tenant.headers,
    payload,
  });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json();
}

test("a webhook shows its secret once, keeps it sealed, and starts at the end of the log", async () => {
  const created = await createWebhook(owner, {
    url: "https://hooks.example.test/in#x",
    events: ["delivered", "bounced", "delivered"],
  });
  assert.match(created.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(created.url, "https://hooks.example.test/in");
  assert.deepEqual(created.events, ["delivered", "bounced"]);
  const { secret, ...shown } = created;
  const { headers } = owner;
  const read = (await fixture.app.inject({ url: `/webhooks/${created.id}`, headers })).json();
  assert.deepEqual(read, shown);
  const { webhooks } = (await fixture.app.inject({ url: "/webhooks", headers })).json();
  assert.deepEqual(webhooks, [shown]);
  const stored = await findWebhook(fixture.db, owner.projectId, created.id);
  assert.ok(stored);
  assert.ok(!stored.sealedSecret.includes(secret));
  assert.equal(
    fixture.secretBox.open(stored.sealedSecret, webhookSecretContext(created.id)).toString(),
    secret,
  );
  assert.ok(stored.cursorXact > 0n);
  assert.ok(fixture.webhookLanes.woken.includes(created.id));
  const deleted = await fixture.app.inject({
    method: "DELETE",
    url: `/webhooks/${created.id}`,
    headers: { ...headers, "content-type": "application/json" },
  });
  assert.equal(deleted.statusCode, 204);
  assert.equal(deleted.body, "");
  assert.equal((await fixture.app.inject({ url: `/webhooks/${created.id}`, headers })).statusCode, 404);
});

test("lists and the event log show only what is one's own, also from another project's cursor", async () => {
  await createWebhook(owner);
  await fixture.app.inject({
    method: "POST",
    url: "/send",
    headers: owner.headers,
    payload: validBody(owner),
  });
  const mine = await fixture.app.inject({
    method: "POST",
    url: "/send",
    headers: stranger.headers,
    payload: validBody(stranger),
  });
  const { webhooks } = (await fixture.app.inject({ url: "/webhooks", headers: stranger.headers })).json();
  assert.deepEqual(webhooks, []);
  const read = async (tenant: Tenant, after = "") =>
    (await fixture.app.inject({ url: `/events${after}`, headers: tenant.headers })).json();
  let seen: { message_id: string }[] = [];
  // A transaction of any other test on the same server may still hold the end of the log back.
  while (seen.length === 0) seen = (await read(stranger)).events;
  assert.deepEqual([...new Set(seen.map((event) => event.message_id))], [mine.json().id]);
  const ownersEnd = (await read(owner)).next;
  assert.ok(
    (await read(stranger, `?after=${ownersEnd}`)).events.every(
      (event: { message_id: string }) => event.message_id === mine.json().id,
    ),
  );
});

test("a project has at most fifty webhooks", async () => {
  const tenant = await fixture.addTenant();
  for (let made = 0; made < 50; made++) await createWebhook(tenant);
  const answer = await fixture.app.inject({
    method: "POST",
    url: "/webhooks",
    headers: tenant.headers,
    payload: { url: "https://a.test" },
  });
  assert.equal(answer.statusCode, 409);
});
