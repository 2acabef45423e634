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
      ["accepted", { email: "cid@gmail.com" }, nowMs - 86_400_000],
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
        [yesterday, 2],
        [today, 2],
      ],
    );
    assert.equal(totals.requests, 4);
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

  test("by hour, of one day when nothing else is asked", async () => {
    const { periods, totals, from } = (await read("?by=hour")).json();
    assert.equal(from, today);
    assert.equal(periods.length, 24);
    assert.equal(totals.requests, 2);
    const hour = `${new Date(nowMs).toISOString().slice(0, 13)}:00:00Z`;
    assert.equal(periods.find(({ start }: { start: string }) => start === hour).metrics.requests, 2);
    assert.equal((await read("?by=hour&tag=orders")).json().totals.delivered, 1);
  });

  test("of one domain and of one provider", async () => {
    assert.equal((await read("?domain=A.test")).json().totals.requests, 3);
    assert.equal((await read("?domain=b.test")).json().totals.requests, 0);
    assert.equal((await read("?provider=Gmail")).json().totals.requests, 1);
  });

  test("in groups, the largest first, page by page", async () => {
    const first = (await read(`?from=${yesterday}&group=domain&limit=1`)).json();
    assert.equal(first.totals.requests, 4);
    assert.deepEqual(
      first.groups.map((group: { name: string; totals: { requests: number }; periods: unknown[] }) => [
        group.name,
        group.totals.requests,
        group.periods.length,
      ]),
      [["a.test", 3, 2]],
    );
    const second = (await read(`?from=${yesterday}&group=domain&limit=1&cursor=${first.next}`)).json();
    assert.deepEqual(
      second.groups.map(({ name }: { name: string }) => name),
      ["gmail.com"],
    );
    assert.equal(second.next, null);
    const names = async (query: string): Promise<readonly (string | null)[]> =>
      (await read(query)).json().groups.map(({ name }: { name: string | null }) => name);
    assert.deepEqual(await names("?group=provider"), ["Gmail", null]);
    assert.deepEqual(await names("?group=tag&by=hour&sort=delivered"), ["orders"]);
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
    ["?domain=%00", "domain"],
    ["?tag=a&group=domain", "group"],
    ["?by=hour&from=2020-01-01&to=2020-01-02", "from"],
    ["?limit=5", "limit"],
    ["?group=tag&limit=101", "limit"],
    [`?group=tag&limit=100&by=hour&from=${day(nowMs - 6 * 86_400_000)}`, "limit"],
    ["?group=tag&cursor=x", "cursor"],
    ["?group=sender", "group"],
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
