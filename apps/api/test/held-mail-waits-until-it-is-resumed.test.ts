import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { setImmediate as immediate } from "node:timers/promises";
import { createRecorder, runHoldUpkeep } from "@waxwing/outbound";
import { createMetrics, newId, systemClock } from "@waxwing/runtime";
import { findMessage, nextDueAt, orphanedHolds, sitesWithDueRecipients } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { addSigningDomain, type Delivery, openDelivery } from "./delivery.ts";

suite("held mail", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let delivery: Delivery;
  let operator: Tenant;
  let tenant: Tenant;
  let other: Tenant;
  const from = new Map<Tenant, string>();
  /** By how much the worker's clock has been put forward: it hears of a hold within half a second. */
  let laterMs = 0;

  before(async () => {
    fixture = await openApiFixture();
    delivery = await openDelivery(fixture, { ...systemClock, now: () => systemClock.now() + laterMs });
    operator = await fixture.addTenant({ isOperator: true });
    tenant = await fixture.addTenant();
    other = await fixture.addTenant();
    for (const each of [tenant, other]) from.set(each, await addSigningDomain(fixture, each));
  });
  after(async () => {
    await delivery[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });

  const ask = async (
    method: "GET" | "POST" | "DELETE",
    url: string,
    { headers }: Tenant,
    payload?: object,
  ) => {
    const answer = await fixture.app.inject({
      method,
      url,
      headers,
      ...(payload !== undefined && { payload }),
    });
    return { status: answer.statusCode, body: answer.body === "" ? null : answer.json() };
  };
  const send = async (
    to: string | readonly string[],
    more: object = {},
    sender = tenant,
  ): Promise<string> => {
    const message = { from: `shop@${from.get(sender)}`, to, subject: "Order", text: "Hi", ...more };
    const { status, body } = await ask("POST", "/send", sender, message);
    assert.equal(status, 202, JSON.stringify(body));
    return body.id;
  };
  const hold = async (payload: object, who = tenant): Promise<string> => {
    const { status, body } = await ask("POST", "/holds", who, payload);
    assert.equal(status, 201, JSON.stringify(body));
    laterMs += 500;
    return body.id;
  };
  const resume = async (id: string, who = tenant) =>
    assert.equal((await ask("DELETE", `/holds/${id}`, who)).status, 204);
  const statesOf = async (id: string, owner = tenant) =>
    (await findMessage(fixture.db, owner.projectId, id))?.recipients.map(({ state }) => state);
  const delivered = async (site: string) => [...(await delivery.deliver(site)).keys()].sort();

  test("of a project waits, and that of others does not", async () => {
    await send("a@project.test");
    await send("b@project.test", {}, other);
    const id = await hold({ kind: "project", reason: "under investigation" });
    assert.deepEqual(await delivered("project.test"), ["b@project.test"]);
    assert.equal(await nextDueAt(fixture.db, "project.test"), null, "no alarm for what is held");
    assert.deepEqual(await sitesWithDueRecipients(fixture.db), [], "the sweeper leaves it alone");
    fixture.lanes.woken.length = 0;
    await resume(id);
    assert.ok(fixture.lanes.woken.some((lane) => lane === "project.test" || lane.startsWith("route:")));
    assert.deepEqual(await delivered("project.test"), ["a@project.test"]);
  });

  test("by domain or tag waits, and resuming one hold brings back what that one kept", async () => {
    const toDomain = await hold({ kind: "domain", value: "Slow.test" });
    const newsletter = await hold({ kind: "tag", value: "newsletter" });
    await send(["a@slow.test", "b@quick.test"]);
    await send("c@quick.test", { tags: ["newsletter"] });
    await send("d@quick.test", { tags: ["newsletter"] }, other);
    assert.deepEqual(await delivered("slow.test"), []);
    assert.deepEqual(await delivered("quick.test"), ["b@quick.test", "d@quick.test"]);
    assert.deepEqual(await delivered("quick.test"), [], "nothing is claimed again");
    await resume(newsletter);
    assert.deepEqual(await delivered("slow.test"), ["c@quick.test"]);
    await resume(toDomain);
    assert.deepEqual(await delivered("slow.test"), ["a@slow.test"]);
  });

  test("says so where it is read, and by what it is held", async () => {
    const id = await send(["a@shown.test", "b@free.test"], { tags: ["shown"] });
    const read = async () => (await ask("GET", `/messages/${id}`, tenant)).body.recipients;
    const listed = async () =>
      (await ask("GET", "/messages?tag=shown", tenant)).body.messages[0].recipients.map(
        ({ held }: { held: boolean }) => held,
      );
    assert.deepEqual([(await read())[0].held, await listed()], [null, [false, false]]);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const own = await hold({ kind: "domain", value: "shown.test", reason: "they asked", until });
    const [held, free] = await read();
    assert.deepEqual(held.held, { kind: "domain", value: "shown.test", reason: "they asked", until });
    assert.deepEqual([held.state, held.next_attempt_at, free.held], ["queued", until, null]);
    assert.equal(
      held.advice,
      `You hold mail for shown.test back (they asked): it goes out after ${until}, or when that is resumed.`,
    );
    assert.deepEqual(await listed(), [true, false]);
    await resume(own);
    const theirs = await hold({ kind: "tag", value: "shown", reason: "secret", platform: true }, operator);
    assert.deepEqual(await delivered("shown.test"), []);
    const [again] = await read();
    assert.deepEqual(again.held, { kind: "tag", value: "shown", reason: null, until: null });
    assert.deepEqual([again.next_attempt_at, await listed()], [null, [true, true]]);
    assert.match(again.advice, /^The operator of the platform holds mail with the tag shown back: /);
    await resume(theirs, operator);
    assert.deepEqual(await delivered("shown.test"), ["a@shown.test"]);
    assert.deepEqual([(await read())[0].held, (await listed())[0]], [null, false]);
    await delivered("free.test");
  });

  test("that a worker has claimed already waits as well, but for what is under way", async () => {
    const everyone = Array.from({ length: 80 }, (_, index) => `slow300-${index}@claimed.test`);
    const message = await send(everyone, { tags: ["claimed"] });
    const count = async (state: string) =>
      (await statesOf(message))?.filter((found) => found === state).length ?? 0;
    const draining = delivery.deliver("claimed.test");
    while ((await count("delivered")) === 0) await immediate();
    const id = await hold({ kind: "tag", value: "claimed" });
    await draining;
    const gone = await count("delivered");
    assert.ok(gone < everyone.length, `${gone} were delivered`);
    assert.equal(await count("queued"), everyone.length - gone);
    assert.deepEqual(await delivered("claimed.test"), []);
    await resume(id);
    await delivered("claimed.test");
    assert.equal(await count("delivered"), everyone.length);
  });

  test("is explained before it is sent", async () => {
    const explain = async (query: string, who = tenant) => (await ask("GET", `/explain?${query}`, who)).body;
    const free = await explain("address=Ann@explained.test&tag=held");
    assert.equal(free.summary, "A message to ann@explained.test would be tried at once.");
    const topics = free.findings.map(({ topic }: { topic: string }) => topic);
    assert.deepEqual(topics, ["suppression", "route", "lane", "tls", "egress", "shaping", "holds", "queue"]);
    assert.deepEqual(free.findings[1].facts.rule, "route.static");

    const id = await hold({ kind: "tag", value: "held", reason: "a typo in it" });
    const held = await explain("address=ann@explained.test&tag=held");
    assert.match(held.summary, /would wait: The tag held is held \(a typo in it\) until it is resumed/);
    assert.match((await explain("address=ann@explained.test&tag=held", other)).summary, /at once/);
    await resume(id);

    await ask("POST", "/suppressions", tenant, { address: "ann@explained.test" });
    assert.match((await explain("address=ann@explained.test")).summary, /would not be sent: .*manual/);
    assert.match(
      (await explain("address=bob@explained.test&from=nobodys.example")).summary,
      /nobodys\.example is not verified/,
    );
    assert.equal((await ask("GET", "/explain?address=nobody&from=x", tenant)).body.errors.length, 2);
  });

  test("of a site waits, for the operator alone to say", async () => {
    const lane = delivery.site;
    const refused = await ask("POST", "/holds", tenant, { kind: "site", value: lane });
    assert.equal(refused.status, 400);
    const id = await hold({ kind: "site", value: lane }, operator);
    const message = await send("a@site.test");
    assert.deepEqual(await delivered("site.test"), []);
    assert.deepEqual(await statesOf(message), ["queued"]);
    assert.equal((await ask("DELETE", `/holds/${id}`, tenant)).status, 404);
    await resume(id, operator);
    assert.deepEqual(await delivered("site.test"), ["a@site.test"]);
  });

  test("comes back when its hold has ended, or was lost on the way", async () => {
    await send("a@until.test", { tags: ["until"] });
    const id = await hold({ kind: "tag", value: "until" });
    assert.deepEqual(await delivered("until.test"), []);
    await fixture.db.pool.query("DELETE FROM holds WHERE id = $1", [id]);
    assert.deepEqual(await orphanedHolds(fixture.db), [id]);
    await upkeep();
    assert.deepEqual(await orphanedHolds(fixture.db), []);
    assert.deepEqual(await delivered("until.test"), ["a@until.test"]);
  });

  test("expires in time all the same", async () => {
    const id = await hold({ kind: "project" });
    const message = await send("a@expiring.test", { ttl_seconds: 60 });
    for (const [table, key] of [
      ["messages", "id"],
      ["backlog", "message_id"],
    ])
      await fixture.db.pool.query(
        `UPDATE ${table} SET expires_at = now() - interval '1 minute' WHERE ${key} = $1`,
        [message],
      );
    assert.deepEqual(await delivered("expiring.test"), []);
    assert.deepEqual(await statesOf(message), ["queued"]);
    await upkeep();
    assert.deepEqual(await statesOf(message), ["expired"]);
    await resume(id);
  });

  /** One round of what every worker does now and then. */
  async function upkeep(): Promise<void> {
    const { db, lanes, dependencies } = fixture;
    const leaseId = newId();
    const stop = new AbortController();
    const common = { ...dependencies, db, lanes, leaseId, leaseMs: 60_000 };
    const record = createRecorder({
      ...common,
      maxAgeMs: 60_000,
      retryScheduleMs: [],
      metrics: createMetrics({ processMetrics: false }),
    });
    const clock = {
      ...dependencies.clock,
      sleep: () => {
        stop.abort();
        return Promise.resolve();
      },
    };
    await runHoldUpkeep({ ...common, record, clock, intervalMs: 1, signal: stop.signal });
  }

  test("that is put on hold again has the new end, and a bad hold says what is wrong", async () => {
    const first = await hold({ kind: "tag", value: "twice" });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const again = await ask("POST", "/holds", tenant, {
      kind: "tag",
      value: "twice",
      until,
      reason: "later",
    });
    assert.equal(again.status, 200);
    assert.deepEqual([again.body.id, again.body.until, again.body.reason], [first, until, "later"]);
    assert.equal((await ask("GET", "/holds", tenant)).body.holds.length, 1);
    await resume(first);
    for (const [payload, field] of [
      [{ kind: "tag" }, "value"],
      [{ kind: "domain", value: "no domain" }, "value"],
      [{ kind: "project", value: other.projectId }, "value"],
      [{ kind: "tag", value: "x", platform: true }, "platform"],
      [{ kind: "tag", value: "x", until: "2020-01-01T00:00:00Z" }, "until"],
      [{ kind: "tag", value: "x\u0000" }, "value"],
    ] as const) {
      const { status, body } = await ask("POST", "/holds", tenant, payload);
      assert.equal(status, 400, JSON.stringify(payload));
      assert.equal(body.errors[0]?.field, field, JSON.stringify(body));
    }
  });

  test("is listed by its lane, and only to whom it belongs", async () => {
    const id = await hold({ kind: "project" });
    await send(["a@listed.test", "b@listed.test"]);
    const { lanes } = (await ask("GET", "/queue", tenant)).body;
    const own = lanes.find(({ site }: { site: string }) => site === "listed.test");
    assert.deepEqual([own?.depth, own?.pool, own?.depth_is_minimum], [2, "default", false]);
    assert.deepEqual((await ask("GET", "/queue", other)).body, { lanes: [], next: null });
    assert.equal((await ask("GET", "/queue?platform=true", tenant)).status, 400);
    const page = (await ask("GET", "/queue?platform=true&limit=1", operator)).body;
    assert.equal(page.lanes.length, 1);
    assert.equal(page.next, "1");
    await resume(id);
    await delivered("listed.test");
  });

  test("and mail put off is requeued and bounced, as far as it belongs to who asks", async () => {
    const deferred = await send("defer451-9@acts.test", { tags: ["acts"] });
    const scheduled = await send("a@acts.test", {
      tags: ["acts"],
      send_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const others = await send("defer451-9@acts.test", { tags: ["acts"] }, other);
    await delivered("acts.test");
    assert.deepEqual(await statesOf(deferred), ["deferred"]);
    const order = { kind: "tag", value: "acts" };
    const dry = await ask("POST", "/queue/requeue", tenant, { ...order, dry_run: true });
    assert.deepEqual(dry.body, { matched: 1, changed: 0, next: null });
    const requeued = await ask("POST", "/queue/requeue", tenant, order);
    assert.deepEqual(requeued.body, { matched: 1, changed: 1, next: null });

    const bounce = { ...order, reason: "sent by mistake" };
    const counted = await ask("POST", "/queue/bounce", tenant, { ...bounce, dry_run: true });
    assert.deepEqual(counted.body, { matched: 2, changed: 0, next: null });
    assert.deepEqual((await ask("POST", "/queue/bounce", tenant, bounce)).body, {
      matched: 2,
      changed: 2,
      next: null,
    });
    assert.deepEqual([await statesOf(deferred), await statesOf(scheduled)], [["bounced"], ["bounced"]]);
    assert.deepEqual(await statesOf(others, other), ["deferred"]);
    const { timeline } = (await ask("GET", `/messages/${deferred}`, tenant)).body;
    const last = timeline.at(-1);
    assert.deepEqual(
      [last.type, last.data.cause, last.data.reply],
      ["bounced", "operator", "sent by mistake"],
    );
    const suppressed = await ask("GET", "/suppressions?address=defer451-9@acts.test", tenant);
    assert.deepEqual(suppressed.body.suppressions, []);

    const one = { kind: "message", value: others, reason: "by hand" };
    assert.equal((await ask("POST", "/queue/bounce", tenant, one)).body.matched, 0);
    assert.equal((await ask("POST", "/queue/bounce", operator, { ...one, platform: true })).body.changed, 1);
  });
});
