import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { type Happened, recordAndCount } from "./counted-events.ts";

suite("statistics are read", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  const nowMs = Date.now();
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const today = day(nowMs);
  const yesterday = day(nowMs - 86_400_000);

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    const orders = { email: "ann@a.test", tags: ["orders"] };
    const happened: readonly Happened[] = [
      ["accepted", orders, nowMs - 86_400_000],
      ["accepted", orders, nowMs],
      ["accepted", { email: "bob@a.test" }, nowMs],
      ["delivered", { ...orders, attempt: 1, reply: "250 ok" }, nowMs],
      ["dropped", { email: "bob@a.test", reason: "x", suppression: "complained" }, nowMs],
    ];
    await recordAndCount(fixture, tenant.projectId, happened);
  });
  after(() => fixture[Symbol.asyncDispose]());

  const read = (query: string, headers = tenant.headers) =>
    fixture.app.inject({ url: `/stats${query}`, headers });

  test("by day, with the days on which nothing happened, and the totals", async () => {
    const answer = await read(`?from=${day(nowMs - 2 * 86_400_000)}`);
    assert.equal(answer.statusCode, 200, answer.body);
    const { periods, totals, ...asked } = answer.json();
    assert.deepEqual(asked, { from: day(nowMs - 2 * 86_400_000), to: today, by: "day" });
    assert.deepEqual(
      periods.map(({ start, metrics }: { start: string; metrics: { requests: number } }) => [
        start,
        metrics.requests,
      ]),
      [
        [day(nowMs - 2 * 86_400_000), 0],
        [yesterday, 1],
        [today, 2],
      ],
    );
    assert.equal(totals.requests, 3);
    assert.equal(totals.delivered, 1);
    assert.equal(totals.spam_report_drops, 1);
    assert.equal(totals.bounces, 0);
  });

  test("by month, by tag, and thirty days when nothing is asked", async () => {
    const months = (await read(`?from=${yesterday}&by=month&tag=orders`)).json();
    assert.equal(months.totals.requests, 2);
    assert.ok(months.periods.every(({ start }: { start: string }) => start.endsWith("-01")));
    assert.equal((await read("")).json().periods.length, 30);
    assert.equal((await read("?tag=nobody")).json().totals.requests, 0);
  });

  test("another project sees its own numbers, and a key needs the scope", async () => {
    const stranger = await fixture.addTenant();
    assert.equal((await read("", stranger.headers)).json().totals.requests, 0);
    const { headers } = await fixture.addTenant({ scopes: ["events:read"] });
    assert.equal((await read("", headers)).statusCode, 403);
  });

  for (const [query, field] of [
    ["?from=yesterday", "from"],
    ["?from=2026-02-30", "from"],
    ["?to=0000-01-01", "to"],
    ["?from=2026-01-02&to=2026-01-01", "to"],
    ["?from=2020-01-01&to=2026-01-01", "from"],
    ["?by=year", "by"],
    ["?tag=%00", "tag"],
    ["?tags=x", "tags"],
  ] as const) {
    test(`refused: ${query}`, async () => {
      const answer = await read(query);
      assert.equal(answer.statusCode, 400, answer.body);
      assert.deepEqual(
        answer.json().errors.map((error: { field: string }) => error.field),
        [field],
      );
    });
  }
});
