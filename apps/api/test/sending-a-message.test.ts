import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findMessage } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

let fixture: ApiFixture;
let tenant: Tenant;

before(async () => {
  fixture = await openApiFixture();
  tenant = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

const send = (body: object) =>
  fixture.app.inject({ method: "POST", url: "/send", headers: tenant.headers, payload: body });

test("a 202 comes with rows that are there, and wakes the lanes", async () => {
  const answer = await send({
    ...validBody(tenant),
    to: ["Ann <ann@Example.test>", { email: "bob@other.test", name: "Bøb" }],
    cc: "carl@example.test",
    bcc: [{ email: "dan@example.test" }],
    reply_to: "Help <help@example.test>",
    html: "<p>Hi</p>",
    headers: { "X-Order": "42" },
    attachments: [{ filename: "a.txt", content: "aGk=", type: "text/plain", content_id: "a@b" }],
    tags: ["welcome"],
    metadata: { order: "42" },
    ttl_seconds: 60,
    priority: "urgent",
  });
  assert.equal(answer.statusCode, 202, answer.body);
  const { id, recipients } = answer.json();
  assert.deepEqual(recipients, [
    { id: `${id}.0`, email: "ann@example.test" },
    { id: `${id}.1`, email: "bob@other.test" },
    { id: `${id}.2`, email: "carl@example.test" },
    { id: `${id}.3`, email: "dan@example.test" },
  ]);
  const stored = await findMessage(fixture.db, tenant.projectId, id);
  assert.deepEqual(stored?.message.headers, {
    from: { name: "Shop", address: `shop@${tenant.domain}` },
    to: [
      { name: "Ann", address: "ann@example.test" },
      { name: "Bøb", address: "bob@other.test" },
    ],
    cc: [{ address: "carl@example.test" }],
    replyTo: [{ name: "Help", address: "help@example.test" }],
    custom: [["X-Order", "42"]],
  });
  assert.deepEqual(
    stored.recipients.map(({ role, state }) => [role, state]),
    [
      ["to", "queued"],
      ["to", "queued"],
      ["cc", "queued"],
      ["bcc", "queued"],
    ],
  );
  assert.ok(fixture.lanes.woken.includes("example.test"));
  assert.ok(fixture.lanes.woken.includes("other.test"));
});

test("a message can be read with its recipients and timeline, and its events follow in the log", async () => {
  const { id } = (await send({ ...validBody(tenant), tags: ["t"], metadata: { k: "v" } })).json();
  const { headers } = tenant;
  const message = (await fixture.app.inject({ url: `/messages/${id}`, headers })).json();
  assert.equal(message.id, id);
  assert.deepEqual(message.from, { email: `shop@${tenant.domain}`, name: "Shop" });
  assert.deepEqual(message.to, [{ email: "ann@example.test" }]);
  assert.equal(message.priority, "standard");
  assert.equal(message.send_at, null);
  assert.equal(message.recipients.length, 1);
  assert.equal(message.recipients[0].state, "queued");
  assert.deepEqual(message.recipients[0].attempts, []);
  const [accepted, ...others] = message.timeline;
  assert.deepEqual(others, []);
  assert.equal(accepted.type, "accepted");
  assert.equal(accepted.recipient_id, `${id}.0`);
  assert.deepEqual(accepted.data, { email: "ann@example.test", tags: ["t"], metadata: { k: "v" } });

  const read = async (after: string | null) =>
    (
      await fixture.app.inject({ url: `/events?limit=1${after === null ? "" : `&after=${after}`}`, headers })
    ).json();
  const seen: { id: string; message_id: string }[] = [];
  let page = await read(null);
  // A transaction of any other test on the same server may still hold the end of the log back.
  while (seen.at(-1)?.message_id !== id) {
    seen.push(...page.events);
    page = await read(page.next);
  }
  assert.equal(seen.at(-1)?.id, accepted.id);
  assert.equal(new Set(seen.map((event) => event.id)).size, seen.length);
  assert.equal((await read(page.next)).next, page.next);
});

test("a scheduled message is due at its time, and one for a time that has passed now", async () => {
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const { id } = (await send({ ...validBody(tenant), send_at: inAnHour })).json();
  const stored = await findMessage(fixture.db, tenant.projectId, id);
  assert.equal(stored?.message.sendAt?.toISOString(), inAnHour);
  assert.equal(stored?.recipients[0]?.nextAttemptAt?.toISOString(), inAnHour);
  const past = (await send({ ...validBody(tenant), send_at: "2020-01-01T00:00:00+02:00" })).json();
  assert.equal((await findMessage(fixture.db, tenant.projectId, past.id))?.message.sendAt, null);
});

test("a domain that is not verified, unknown or another project's is refused in the same words", async () => {
  const stranger = await fixture.addTenant();
  const unverified = await fixture.addTenant({ verified: false });
  const details = new Set<string>();
  for (const domain of [stranger.domain, unverified.domain, "nowhere.test"]) {
    const answer = await send({ ...validBody(tenant), from: `a@${domain}` });
    assert.equal(answer.statusCode, 403);
    const problem = answer.json();
    assert.equal(problem.type, "urn:waxwing:problem:domain-not-verified");
    assert.equal(problem.errors[0].field, "from");
    details.add(problem.errors[0].message.replaceAll(domain, "D"));
  }
  assert.equal(details.size, 1);
});

test("many at once share commits and all get their own id", async () => {
  const answers = await Promise.all(Array.from({ length: 300 }, () => send(validBody(tenant))));
  assert.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [202]);
  assert.equal(new Set(answers.map((answer) => answer.json().id)).size, 300);
});
