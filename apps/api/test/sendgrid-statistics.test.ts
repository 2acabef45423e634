import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { type Happened, recordAndCount } from "./counted-events.ts";
import { listenForSendgrid, type SendgridCaller } from "./sendgrid-caller.ts";

interface Period {
  readonly date: string;
  readonly stats: readonly {
    readonly type?: string;
    readonly name?: string;
    readonly metrics: Readonly<Record<string, number>>;
  }[];
}

/** Every metric of SendGrid's, as its description of the API has them. */
const METRICS =
  "blocks bounce_drops bounces clicks deferred delivered invalid_emails opens processed requests spam_report_drops spam_reports unique_clicks unique_opens unsubscribe_drops unsubscribes";

suite("SendGrid's client reads statistics", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let call: SendgridCaller;
  const nowMs = Date.now();
  const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  const today = day(nowMs);
  const yesterday = day(nowMs - 86_400_000);

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    call = (await listenForSendgrid(fixture))(tenant.key);
    const about = (...tags: string[]) => ({ email: "ann@a.test", tags });
    const attempt = { attempt: 1, reply: "550 5.1.1 no", enhanced_code: "5.1.1" };
    const visit = { first: true, machine: false, ip: "192.0.2.1" };
    const happened: readonly Happened[] = [
      ["accepted", about("orders", "vip"), nowMs - 86_400_000],
      ["delivered", { ...about("orders", "vip"), ...attempt }, nowMs - 86_400_000],
      ["accepted", about("orders"), nowMs],
      [
        "bounced",
        { ...about("orders"), ...attempt, type: "hard", verdict: "bounced", cause: "refused" },
        nowMs,
      ],
      ["accepted", about("news"), nowMs],
      ["delivered", { ...about("news"), ...attempt }, nowMs],
      ["delivered", { ...about("news"), ...attempt }, nowMs],
      ["opened", { ...about("news"), ...visit }, nowMs],
      ["opened", { ...about("news"), ...visit, first: false }, nowMs],
      ["accepted", { email: "bob@a.test" }, nowMs],
    ];
    await recordAndCount(fixture, tenant.projectId, happened);
  });
  after(() => fixture[Symbol.asyncDispose]());

  const get = async (url: string, qs: object = {}): Promise<readonly [number, unknown]> => {
    const { status, body } = await call("GET", url, undefined, qs);
    return [status, body];
  };

  test("stats by day hold every metric", async () => {
    const [status, body] = await get("/stats", { start_date: yesterday });
    assert.equal(status, 200);
    const periods = body as Period[];
    assert.deepEqual(
      periods.map(({ date, stats }) => [date, stats.length, stats[0]?.metrics.requests]),
      [
        [yesterday, 1, 1],
        [today, 1, 3],
      ],
    );
    const metrics = periods[1]?.stats[0]?.metrics ?? {};
    assert.deepEqual(Object.keys(metrics).toSorted(), METRICS.split(" "));
    assert.equal(metrics.delivered, 2);
    assert.equal(metrics.bounces, 1);
    assert.equal(metrics.opens, 2);
    assert.equal(metrics.unique_opens, 1);
    assert.deepEqual(Object.keys(periods[0]?.stats[0] ?? {}), ["metrics"]);
  });

  test("stats by month, and a page of days", async () => {
    const [, months] = await get("/stats", { start_date: yesterday, aggregated_by: "month" });
    const requests = (months as Period[]).reduce(
      (sum, { stats }) => sum + (stats[0]?.metrics.requests ?? 0),
      0,
    );
    assert.equal(requests, 4);
    const [, page] = await get("/stats", { start_date: yesterday, limit: 1, offset: 1 });
    assert.deepEqual(
      (page as Period[]).map(({ date }) => date),
      [today],
    );
  });

  test("stats of mailbox providers", async () => {
    const [status, body] = await get("/mailbox_providers/stats", { start_date: yesterday });
    assert.equal(status, 200);
    const [, last] = body as Period[];
    assert.deepEqual(
      last?.stats.map(({ type, name }) => [type, name]),
      [["mailbox_provider", "Other"]],
    );
    assert.deepEqual(last?.stats[0]?.metrics, {
      blocks: 0,
      bounces: 1,
      clicks: 0,
      deferred: 0,
      delivered: 2,
      drops: 0,
      opens: 2,
      spam_reports: 0,
      unique_clicks: 0,
      unique_opens: 1,
    });
    const of = (name: string) =>
      get("/mailbox_providers/stats", { start_date: yesterday, mailbox_providers: [name], limit: 1 });
    assert.equal(((await of("Other"))[1] as Period[])[0]?.stats.length, 1);
    assert.deepEqual(await of("Gmail"), [200, [{ date: yesterday, stats: [] }]]);
  });

  test("categories by name, paged and by their beginning", async () => {
    assert.deepEqual(await get("/categories"), [
      200,
      [{ category: "news" }, { category: "orders" }, { category: "vip" }],
    ]);
    assert.deepEqual(await get("/categories", { limit: 1, offset: 1 }), [200, [{ category: "orders" }]]);
    assert.deepEqual(await get("/categories", { category: "v" }), [200, [{ category: "vip" }]]);
  });

  test("stats of categories, as the client writes an array and as others do", async () => {
    const [status, body] = await get("/categories/stats", {
      start_date: yesterday,
      categories: ["orders", "none"],
    });
    assert.equal(status, 200);
    assert.deepEqual(
      (body as Period[]).map(({ date, stats }) => [
        date,
        ...stats.map((s) => [s.type, s.name, s.metrics.requests]),
      ]),
      [
        [yesterday, ["category", "orders", 1], ["category", "none", 0]],
        [today, ["category", "orders", 1], ["category", "none", 0]],
      ],
    );
    const [, others] = await get(
      `/categories/stats?start_date=${yesterday}&categories=orders&categories=none`,
    );
    assert.deepEqual(others, body);
  });

  test("sums of all categories, by one of the numbers", async () => {
    const sums = async (qs: object) => {
      const [, body] = await get("/categories/stats/sums", { start_date: yesterday, ...qs });
      const { date, stats } = body as Period;
      return [date, ...stats.map(({ name }) => name)];
    };
    assert.deepEqual(await sums({}), [yesterday, "news", "orders", "vip"]);
    assert.deepEqual(await sums({ sort_by_metric: "requests" }), [yesterday, "orders", "news", "vip"]);
    assert.deepEqual(await sums({ sort_by_direction: "asc", limit: 2 }), [yesterday, "orders", "vip"]);
  });

  for (const [url, qs, fields] of [
    ["/stats", {}, ["start_date"]],
    ["/stats", { start_date: "23.11.2026" }, ["start_date"]],
    ["/stats", { start_date: "2026-02-01", end_date: "2026-01-01" }, ["end_date"]],
    ["/stats", { start_date: "1971-01-01" }, ["start_date"]],
    ["/stats", { aggregated_by: "year", limit: 0 }, ["start_date", "aggregated_by", "limit"]],
    ["/categories/stats", { start_date: "2026-11-01" }, ["categories"]],
    ["/categories/stats?start_date=2026-11-01&categories=%00", {}, ["categories"]],
    [
      "/categories/stats/sums",
      { start_date: "2026-11-01", sort_by_metric: "constructor" },
      ["sort_by_metric"],
    ],
    ["/categories", { offset: -1 }, ["offset"]],
  ] as const) {
    test(`refused: ${url} ${JSON.stringify(qs)}`, async () => {
      const [status, body] = await get(url, qs);
      assert.equal(status, 400);
      const { errors } = body as { readonly errors: readonly { readonly field: string }[] };
      assert.deepEqual(
        errors.map(({ field }) => field),
        fields,
      );
    });
  }

  test("what is not counted here is not found", async () => {
    for (const what of ["geo", "devices", "clients", "browsers"]) {
      assert.equal((await get(`/${what}/stats`, { start_date: today }))[0], 404);
    }
  });
});
