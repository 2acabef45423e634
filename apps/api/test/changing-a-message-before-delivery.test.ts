import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import {
  type ClaimedRecipient,
  claimDueRecipients,
  findMessage,
  nextDueAt,
  recordOutcomes,
} from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

suite("changing a message before delivery", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();

  async function send(site: string, more: object = {}): Promise<string> {
    const answer = await fixture.app.inject({
      method: "POST",
      url: "/send",
      headers: tenant.headers,
      payload: { ...validBody(tenant), to: [`a@${site}`, `b@${site}`], ...more },
    });
    assert.equal(answer.statusCode, 202, answer.body);
    return answer.json().id;
  }
  const cancel = (id: string, headers = tenant.headers) =>
    fixture.app.inject({ method: "POST", url: `/messages/${id}/cancel`, headers });
  const reschedule = (id: string, send_at: unknown, headers = tenant.headers) =>
    fixture.app.inject({ method: "PATCH", url: `/messages/${id}`, headers, payload: { send_at } });
  const claim = (site: string, limit = 10) =>
    claimDueRecipients(fixture.db, { site, limit, leaseId: newId(), leaseMs: 60_000 });
  const outcome = (recipient: ClaimedRecipient | undefined, dueAtMs: number | null) => {
    assert.ok(recipient);
    return {
      ...recipient,
      state: dueAtMs === null ? ("delivered" as const) : ("deferred" as const),
      dueAtMs,
      reply: "x",
      attempts: [],
      events: [],
    };
  };
  const statesOf = async (id: string) =>
    (await findMessage(fixture.db, tenant.projectId, id))?.recipients.map(({ state }) => state);

  test("what waits is cancelled with its events, and is never claimed", async () => {
    const id = await send("cancel.test", { tags: ["t"], send_at: inHours(1) });
    const answer = await cancel(id);
    assert.equal(answer.statusCode, 200, answer.body);
    assert.deepEqual(answer.json(), {
      id,
      cancelled: 2,
      recipients: [
        { id: `${id}.0`, email: "a@cancel.test", state: "cancelled" },
        { id: `${id}.1`, email: "b@cancel.test", state: "cancelled" },
      ],
    });
    const message = (await fixture.app.inject({ url: `/messages/${id}`, headers: tenant.headers })).json();
    assert.deepEqual(
      message.timeline.map(({ type }: { type: string }) => type),
      ["accepted", "accepted", "cancelled", "cancelled"],
    );
    assert.deepEqual(message.timeline[2].data, { email: "a@cancel.test", tags: ["t"] });
    assert.equal(await nextDueAt(fixture.db, "cancel.test"), null);
    assert.equal((await cancel(id)).json().cancelled, 0);
    assert.equal((await reschedule(id, inHours(2))).statusCode, 409);
  });

  test("a recipient that a worker holds is left alone, a deferred one is cancelled, a finished one stays", async () => {
    const id = await send("held.test", { cc: "c@held.test", bcc: "d@held.test" });
    const leaseId = newId();
    const held = await claimDueRecipients(fixture.db, {
      site: "held.test",
      limit: 3,
      leaseId,
      leaseMs: 60_000,
    });
    const [delivered, deferred] = held;
    await recordOutcomes(fixture.db, leaseId, [
      outcome(delivered, null),
      outcome(deferred, Date.now() + 60_000),
    ]);
    const { cancelled, recipients } = (await cancel(id)).json();
    assert.equal(cancelled, 2);
    const states = recipients.map(({ state }: { state: string }) => state);
    assert.deepEqual([...states].sort(), ["cancelled", "cancelled", "delivered", "sending"]);
    const sending = held.find(({ ordinal }) => states[ordinal] === "sending");
    assert.deepEqual((await recordOutcomes(fixture.db, leaseId, [outcome(sending, null)])).lost, []);
    assert.deepEqual([...((await statesOf(id)) ?? [])].sort(), [
      "cancelled",
      "cancelled",
      "delivered",
      "delivered",
    ]);
  });

  test("of a claim and a cancellation that race, each recipient is taken by one", async () => {
    for (let round = 0; round < 10; round++) {
      const site = `race${round}.test`;
      const id = await send(site);
      const [claimed, answer] = await Promise.all([claim(site), cancel(id)]);
      assert.equal(claimed.length + answer.json().cancelled, 2);
    }
  });

  test("a scheduled message moves with its time to live, and its lane learns of it", async () => {
    const site = "moved.test";
    const id = await send(site, { send_at: inHours(10), ttl_seconds: 3_600 });
    const woken = fixture.lanes.woken.length;
    const later = inHours(20);
    const answer = await reschedule(id, later);
    assert.deepEqual([answer.statusCode, answer.json()], [200, { id, send_at: later }]);
    assert.equal((await nextDueAt(fixture.db, site))?.toISOString(), later);
    assert.deepEqual(fixture.lanes.woken.slice(woken), [site]);
    const stored = await findMessage(fixture.db, tenant.projectId, id);
    assert.equal(stored?.message.sendAt?.toISOString(), later);
    assert.equal(stored?.message.expiresAt?.getTime(), Date.parse(later) + 3_600_000);
    assert.equal((await reschedule(id, "2020-01-01T00:00:00Z")).statusCode, 200);
    assert.equal((await claim(site)).length, 2);
    assert.equal((await reschedule(id, inHours(1))).statusCode, 409);
    assert.equal((await reschedule(id, inHours(1))).json().type, "urn:waxwing:problem:delivery-begun");
  });

  test("a message partly cancelled cannot be claimed half and moved half", async () => {
    for (let round = 0; round < 10; round++) {
      const site = `move${round}.test`;
      const id = await send(site);
      const [claimed, answer] = await Promise.all([claim(site), reschedule(id, inHours(1))]);
      assert.equal(claimed.length, answer.statusCode === 200 ? 0 : 2, answer.body);
    }
  });

  test("a time that is none is refused, and so is a key that may not send", async () => {
    const id = await send("bad.test", { send_at: inHours(1) });
    for (const time of ["tomorrow", "", inHours(73), 5, null, "2026-02-30T00:00:00Z"]) {
      const answer = await reschedule(id, time);
      assert.equal(answer.statusCode, 400, String(time));
      assert.equal(answer.json().errors[0].field, "send_at");
    }
    const reader = await fixture.addKey(tenant.projectId, ["messages:read"]);
    assert.equal((await cancel(id, reader)).statusCode, 403);
    assert.equal((await reschedule(id, inHours(1), reader)).statusCode, 403);
  });
});
