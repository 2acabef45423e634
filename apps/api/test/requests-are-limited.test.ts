import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createMetrics } from "@waxwing/runtime";
import { createFakeClock } from "@waxwing/testkit";
import type { LightMyRequestResponse } from "fastify";
import { buildApi } from "../src/index.ts";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

let fixture: ApiFixture;
before(async () => {
  fixture = await openApiFixture();
});
after(() => fixture[Symbol.asyncDispose]());

async function limit(tenant: Tenant, table: "projects" | "api_keys", rate: number): Promise<void> {
  const column = table === "projects" ? "id" : "project_id";
  await fixture.db.pool.query(`UPDATE ${table} SET rate_limit = $2 WHERE ${column} = $1`, [
    tenant.projectId,
    rate,
  ]);
}

/** As many requests at once, and how long they took together. */
async function burst(tenant: Tenant, requests: number, url = "/events", apps = [fixture.app]) {
  const startedAtMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, index) =>
      (apps[index % apps.length] ?? fixture.app).inject({ url, headers: tenant.headers }),
    ),
  );
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const withStatus = (status: number): LightMyRequestResponse[] =>
    answers.filter(({ statusCode }) => statusCode === status);
  return { passed: withStatus(200), limited: withStatus(429), seconds };
}

describe("rates", { timeout: 60_000 }, () => {
  test("a key without a limit is not limited, and told of none", async () => {
    const { passed } = await burst(await fixture.addTenant(), 50);
    assert.equal(passed.length, 50);
    assert.equal(passed[0]?.headers["ratelimit-policy"], undefined);
  });

  test("a key may make twice its rate at once, and then one at a time", async () => {
    const tenant = await fixture.addTenant();
    await limit(tenant, "api_keys", 5);
    const { passed, limited, seconds } = await burst(tenant, 100);
    assert.equal(passed.length + limited.length, 100);
    // What the rate gives in the meantime may pass too.
    assert.ok(passed.length >= 10 && passed.length <= 10 + Math.ceil(5 * seconds), `${passed.length} passed`);
    assert.equal(passed[0]?.headers["ratelimit-policy"], '"key";q=10;w=2');
    assert.match(String(passed[0]?.headers.ratelimit), /^"key";r=\d;t=\d$/);
    const [refused] = limited;
    assert.equal(refused?.headers["retry-after"], "1");
    assert.equal(refused?.headers.ratelimit, '"key";r=0;t=1');
    assert.equal(refused?.headers["content-type"], "application/problem+json; charset=utf-8");
    assert.equal(refused?.json().type, "urn:waxwing:problem:rate-limited");
    assert.equal(refused?.json().detail, "this API key may make 5 requests a second");
    // As its Retry-After says, one passes again; asking costs nothing.
    while ((await burst(tenant, 1)).passed.length === 0);
  });

  test("all processes take from one bucket, and each holds one portion at most", async () => {
    const tenant = await fixture.addTenant();
    await limit(tenant, "api_keys", 20);
    const other = await buildApi({
      ...fixture.dependencies,
      metrics: createMetrics({ processMetrics: false }),
    });
    const { passed, seconds } = await burst(tenant, 300, "/events", [fixture.app, other]);
    await other.close();
    assert.ok(
      passed.length >= 40 && passed.length <= 40 + Math.ceil(20 * seconds) + 2 * 2,
      `${passed.length} passed`,
    );
  });

  test("the project's rate holds over all its keys, beside those of the keys", async () => {
    const tenant = await fixture.addTenant();
    await limit(tenant, "projects", 3);
    await limit(tenant, "api_keys", 1_000);
    const second = { ...tenant, headers: await fixture.addKey(tenant.projectId, ["*"]) };
    const [one, two] = await Promise.all([burst(tenant, 40), burst(second, 40)]);
    const passed = one.passed.length + two.passed.length;
    assert.ok(
      passed >= 6 && passed <= 6 + Math.ceil(3 * Math.max(one.seconds, two.seconds)),
      `${passed} passed`,
    );
    assert.equal(one.limited[0]?.json().detail, "this project may make 3 requests a second");
    const shown = [...one.passed, ...one.limited].map(({ headers }) => headers["ratelimit-policy"]);
    assert.ok(shown.includes('"key";q=2000;w=2, "project";q=6;w=2'));
    assert.equal(two.limited[0]?.headers["ratelimit-policy"], '"project";q=6;w=2');
  });

  test("a key without a rate of its own has the platform's, and refused requests count too", async () => {
    const limited = await buildApi({
      ...fixture.dependencies,
      metrics: createMetrics({ processMetrics: false }),
      rateLimit: 2,
    });
    const tenant = await fixture.addTenant({ scopes: ["send"] });
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => limited.inject({ url: "/events", headers: tenant.headers })),
    );
    await limited.close();
    const statuses = new Set(answers.map(({ statusCode }) => statusCode));
    assert.deepEqual([...statuses].sort(), [403, 429]);
  });

  test("below /v3 SendGrid's fields and body are there", async () => {
    const tenant = await fixture.addTenant();
    await limit(tenant, "api_keys", 1);
    const { passed, limited } = await burst(tenant, 20, "/v3/asm/groups");
    const [one] = passed;
    assert.equal(one?.headers["x-ratelimit-limit"], "2");
    assert.match(String(one?.headers["x-ratelimit-remaining"]), /^[01]$/);
    const reset = Number(limited[0]?.headers["x-ratelimit-reset"]);
    assert.ok(Math.abs(reset - Date.now() / 1_000) < 60);
    assert.deepEqual(limited[0]?.json(), {
      errors: [{ message: "too many requests", field: null, help: null }],
    });
  });
});

describe("daily quotas", { timeout: 60_000 }, () => {
  const noon = Date.UTC(2026, 10, 23, 12);
  const clock = createFakeClock(noon);
  let quotas: ApiFixture;
  before(async () => {
    quotas = await openApiFixture({ clock });
  });
  after(() => quotas[Symbol.asyncDispose]());

  const setQuota = async (tenant: Tenant, table: "projects" | "api_keys", quota: number): Promise<void> => {
    const column = table === "projects" ? "id" : "project_id";
    await quotas.db.pool.query(`UPDATE ${table} SET daily_quota = $2 WHERE ${column} = $1`, [
      tenant.projectId,
      quota,
    ]);
  };
  const send = async (tenant: Tenant, recipients: number, headers: Record<string, string> = {}) => {
    const to = Array.from({ length: recipients }, (_, index) => `r${index}@example.test`);
    return await quotas.app.inject({
      method: "POST",
      url: "/send",
      headers: { ...tenant.headers, ...headers },
      payload: { ...validBody(tenant), to },
    });
  };
  const stored = async (tenant: Tenant): Promise<number> => {
    const { rows } = await quotas.db.pool.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM recipients WHERE project_id = $1",
      [tenant.projectId],
    );
    return rows[0]?.n ?? 0;
  };

  test("without a quota nothing is counted", async () => {
    const tenant = await quotas.addTenant();
    assert.equal((await send(tenant, 3)).statusCode, 202);
    const { rows } = await quotas.db.pool.query("SELECT FROM usage_windows WHERE subject LIKE $1", [
      `%${tenant.projectId}%`,
    ]);
    assert.equal(rows.length, 0);
  });

  test("a message whose recipients do not all fit is refused whole, until midnight UTC", async () => {
    const tenant = await quotas.addTenant();
    await setQuota(tenant, "projects", 5);
    assert.equal((await send(tenant, 3)).statusCode, 202);
    const refused = await send(tenant, 3);
    assert.equal(refused.statusCode, 429);
    assert.equal(refused.json().type, "urn:waxwing:problem:quota-exceeded");
    assert.equal(
      refused.json().detail,
      "this project may send to 5 recipients a day (UTC) and has sent to 3; 3 more do not fit",
    );
    assert.equal(refused.headers["retry-after"], String(12 * 3_600));
    assert.equal((await send(tenant, 2)).statusCode, 202);
    assert.equal(await stored(tenant), 5);
    await clock.advance(12 * 3_600_000);
    assert.equal((await send(tenant, 5)).statusCode, 202);
  });

  test("many at once pass no quota, and none is lost to another's refusal", async () => {
    const tenant = await quotas.addTenant();
    await setQuota(tenant, "api_keys", 50);
    const answers = await Promise.all(Array.from({ length: 80 }, () => send(tenant, 1)));
    const accepted = answers.filter(({ statusCode }) => statusCode === 202).length;
    assert.equal(accepted, 50);
    assert.equal(await stored(tenant), 50);
    assert.match(answers.find(({ statusCode }) => statusCode === 429)?.json().detail, /^this API key may/);
  });

  test("a batch refuses the items that do not fit, each for itself", async () => {
    const tenant = await quotas.addTenant();
    await setQuota(tenant, "projects", 2);
    const answer = await quotas.app.inject({
      method: "POST",
      url: "/send/batch",
      headers: tenant.headers,
      payload: [validBody(tenant), validBody(tenant), validBody(tenant)],
    });
    const statuses = answer.json().results.map(({ status }: { status: number }) => status);
    assert.deepEqual(statuses.sort(), [202, 202, 429]);
  });

  test("a repeated request counts once, and is answered when the quota is used up", async () => {
    const tenant = await quotas.addTenant();
    await setQuota(tenant, "projects", 4);
    const first = await send(tenant, 2, { "idempotency-key": "a" });
    const again = await send(tenant, 2, { "idempotency-key": "a" });
    assert.deepEqual(again.json(), first.json());
    assert.equal((await send(tenant, 2)).statusCode, 202);
    assert.equal((await send(tenant, 1)).statusCode, 429);
    assert.deepEqual((await send(tenant, 2, { "idempotency-key": "a" })).json(), first.json());
    assert.equal((await send(tenant, 1, { "idempotency-key": "a" })).statusCode, 429);
  });

  test("what the database did not take is given back", async () => {
    const tenant = await quotas.addTenant();
    await setQuota(tenant, "projects", 2);
    await quotas.db.pool.query(
      `ALTER TABLE backlog ADD CONSTRAINT refused CHECK (project_id <> '${tenant.projectId}')`,
    );
    assert.equal((await send(tenant, 2)).statusCode, 500);
    await quotas.db.pool.query("ALTER TABLE backlog DROP CONSTRAINT refused");
    assert.equal((await send(tenant, 2)).statusCode, 202);
  });

  test("below /v3 all personalizations fit or none, and the answer is SendGrid's", async () => {
    const tenant = await quotas.addTenant();
    await setQuota(tenant, "projects", 3);
    const sendMail = async (personalizations: number) =>
      await quotas.app.inject({
        method: "POST",
        url: "/v3/mail/send",
        headers: tenant.headers,
        payload: {
          personalizations: Array.from({ length: personalizations }, (_, index) => ({
            to: [{ email: `r${index}@example.test` }],
          })),
          from: { email: `shop@${tenant.domain}` },
          subject: "s",
          content: [{ type: "text/plain", value: "t" }],
        },
      });
    const refused = await sendMail(4);
    assert.equal(refused.statusCode, 401);
    assert.ok(Number(refused.headers["retry-after"]) > 0);
    assert.deepEqual(refused.json(), {
      errors: [{ message: "Maximum credits exceeded", field: null, help: null }],
    });
    assert.equal(await stored(tenant), 0);
    assert.equal((await sendMail(3)).statusCode, 202);
    assert.equal((await sendMail(1)).statusCode, 401);
  });
});
