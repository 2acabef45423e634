import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createWebhookLane, createWebhookPoster, newEvent } from "@waxwing/events";
import { newId, systemClock } from "@waxwing/runtime";
import { appendEvents, hasHiddenEvents } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { openWebhookEndpoint, type WebhookEndpoint } from "./webhook-endpoint.ts";

suite("webhooks are looked into and replayed", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let endpoint: WebhookEndpoint;
  let webhookId: string;
  const messageId = newId();

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    endpoint = await openWebhookEndpoint();
    const made = await ask("POST", "/webhooks", { url: endpoint.url });
    webhookId = made.json().id;
    const subject = { projectId: tenant.projectId, messageId, ordinal: 0 };
    await appendEvents(fixture.db, [
      newEvent(subject, "accepted", { email: "a@a.test" }, Date.now()),
      newEvent(subject, "processed", { email: "a@a.test" }, Date.now()),
      newEvent({ ...subject, messageId: newId() }, "accepted", { email: "b@a.test" }, Date.now()),
    ]);
    await drain();
  });
  after(async () => {
    await endpoint[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });

  const ask = (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object) =>
    fixture.app.inject({ method, url, headers: tenant.headers, ...(payload !== undefined && { payload }) });
  const read = async (path: string) => {
    const answer = await ask("GET", `/webhooks/${webhookId}${path}`);
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json();
  };

  async function drain(): Promise<void> {
    await using poster = createWebhookPoster({ privateAddresses: "allow" });
    // Other tests share the server: their transactions hide our newest events while they run.
    while (await hasHiddenEvents(fixture.db, tenant.projectId));
    await createWebhookLane({
      ...fixture.dependencies,
      lanes: fixture.webhookLanes,
      poster,
      clock: systemClock,
      signal: new AbortController().signal,
    })(webhookId);
  }
  const ids = (page: { readonly deliveries: readonly { readonly event_id: string }[] }) =>
    page.deliveries.map(({ event_id: id }) => id);

  test("deliveries are listed, newest first, filtered and page by page", async () => {
    const all = await read("/deliveries");
    assert.equal(all.next, null);
    assert.deepEqual(
      all.deliveries.map(({ event_type, sequence, state, status }: Record<string, unknown>) => [
        event_type,
        sequence,
        state,
        status,
      ]),
      [
        ["accepted", 1, "delivered", 204],
        ["processed", 2, "delivered", 204],
        ["accepted", 1, "delivered", 204],
      ],
    );
    assert.equal(ids(await read(`/deliveries?message=${messageId}`)).length, 2);
    assert.equal(ids(await read(`/deliveries?message=${newId()}`)).length, 0);
    assert.equal(ids(await read("/deliveries?type=accepted&state=delivered")).length, 2);
    assert.equal(ids(await read("/deliveries?state=failed")).length, 0);
    const walked: string[] = [];
    let cursor = "";
    do {
      const page = await read(`/deliveries?limit=1${cursor}`);
      walked.push(...ids(page));
      cursor = page.next === null ? "" : `&cursor=${page.next}`;
    } while (cursor !== "");
    assert.deepEqual(walked, ids(all));
  });

  test("one delivery shows its tries and its event", async () => {
    const [id] = ids(await read(`/deliveries?message=${messageId}`));
    const shown = await read(`/deliveries/${id}`);
    assert.equal(shown.event.type, "processed");
    assert.equal(shown.event.message_id, messageId);
    const [first, ...others] = shown.tries;
    assert.equal(others.length, 0);
    assert.equal(first.request_headers["webhook-id"], id);
    assert.deepEqual([first.status, first.error, first.answer, first.events], [204, null, "", 1]);
    const missing = await ask("GET", `/webhooks/${webhookId}/deliveries/${newId()}`);
    assert.equal(missing.statusCode, 404);
  });

  test("one event, a message, or what happened since a cursor or within times is told once more", async () => {
    const [id] = ids(await read("/deliveries"));
    const replay = async (body: object) => {
      endpoint.posts.length = 0;
      const answer = await ask("POST", `/webhooks/${webhookId}/replay`, body);
      assert.equal(answer.statusCode, 202, answer.body);
      await drain();
      const bodies = endpoint.posts.map(({ raw }) => JSON.parse(raw));
      return { replayed: answer.json().replayed, ids: bodies.map((event) => event.id) };
    };
    assert.deepEqual(await replay({ event: id }), { replayed: 1, ids: [id] });
    assert.equal((await replay({ message: messageId })).ids.length, 2);
    assert.deepEqual(await replay({ failed: true }), { replayed: 0, ids: [] });
    const firstPage = (await ask("GET", "/events?limit=1")).json();
    const since = await replay({ after: firstPage.next });
    assert.equal(since.replayed, null);
    assert.equal(since.ids.length, 2);
    const upTo = (await ask("GET", "/events?limit=2")).json().next;
    assert.equal((await replay({ after: firstPage.next, until: upTo })).ids.length, 1);
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
    assert.equal((await replay({ from: hourAgo })).ids.length, 3);
    assert.equal((await replay({ from: "2020-01-01T00:00:00Z", to: hourAgo })).ids.length, 0);
    assert.equal((await read("")).replaying, false);
  });

  test("a second stretch waits for the first, which can be ended", async () => {
    const start = () => ask("POST", `/webhooks/${webhookId}/replay`, { from: "2020-01-01T00:00:00Z" });
    assert.equal((await start()).statusCode, 202);
    assert.equal((await read("")).replaying, true);
    const again = await start();
    assert.equal(again.statusCode, 409);
    assert.match(again.json().type, /replay-running$/);
    assert.equal((await ask("DELETE", `/webhooks/${webhookId}/replay`)).statusCode, 204);
    assert.equal((await read("")).replaying, false);
  });

  for (const [name, body, field] of [
    ["nothing", {}, ""],
    ["two ways", { failed: true, event: newId() }, ""],
    ["no id", { event: "x" }, "event"],
    ["no cursor", { after: "x" }, "after"],
    ["until without after", { failed: true, until: "x" }, "until"],
    ["no time", { from: "yesterday" }, "from"],
    ["times the wrong way round", { from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z" }, "to"],
    ["failed: false", { failed: false }, "failed"],
  ] as const) {
    test(`a replay is refused: ${name}`, async () => {
      const answer = await ask("POST", `/webhooks/${webhookId}/replay`, body);
      assert.equal(answer.statusCode, 400, answer.body);
      assert.equal(answer.json().errors[0].field, field);
    });
  }

  test("a secret is replaced, and the answer shows the new one this once", async () => {
    const answer = await ask("POST", `/webhooks/${webhookId}/rotate-secret`, { overlap_hours: 2 });
    assert.equal(answer.statusCode, 200, answer.body);
    const { secret, previous_secret_until: until } = answer.json();
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.ok(Math.abs(Date.parse(until) - Date.now() - 7_200_000) < 60_000);
    assert.equal((await read("")).secret, undefined);
    const now = await ask("POST", `/webhooks/${webhookId}/rotate-secret`, { overlap_hours: 0 });
    assert.equal(now.json().previous_secret_until, null);
    const { id, public_key: key } = (
      await ask("POST", "/webhooks", { url: endpoint.url, format: "sendgrid" })
    ).json();
    const rotated = (await ask("POST", `/webhooks/${id}/rotate-secret`, {})).json();
    assert.notEqual(rotated.public_key, key);
    assert.equal(rotated.secret, undefined);
  });
});
