import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createFakeClock } from "@waxwing/testkit";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

let fixture: ApiFixture;
let operator: Tenant;
const DAY_MS = 86_400_000;
// Noon, so that no day ends in between, and of tomorrow: lists go by the time in ids, and the fixture's own are of now.
const clock = createFakeClock((Math.floor(Date.now() / DAY_MS) + 1.5) * DAY_MS);

before(async () => {
  fixture = await openApiFixture({ clock });
  operator = await fixture.addTenant({ isOperator: true });
});
after(() => fixture[Symbol.asyncDispose]());

type Method = "GET" | "POST" | "PATCH" | "DELETE";

async function call(method: Method, url: string, payload?: object, headers = operator.headers) {
  const answer = await fixture.app.inject({
    method,
    url,
    headers,
    ...(payload !== undefined && { payload }),
  });
  return { status: answer.statusCode, body: answer.body === "" ? null : answer.json() };
}

async function makeProject(payload: object = { name: "shop" }) {
  const { status, body } = await call("POST", "/projects", payload);
  assert.equal(status, 201, JSON.stringify(body));
  return { ...body, headers: { authorization: `Bearer ${body.api_key.key}` } };
}

describe("projects", { timeout: 60_000 }, () => {
  test("a project is made with its first key, which sees its own project and nothing else", async () => {
    const made = await makeProject({ name: "shop", rate_limit: 50, daily_quota: 10 });
    assert.match(made.api_key.key, /^SG\.[\w-]{22}\.[\w-]{43}$/);
    const { api_key: _, headers, ...shown } = made;
    assert.deepEqual((await call("GET", `/projects/${made.id}`)).body, { ...shown, recipients_today: null });
    assert.deepEqual((await call("GET", "/project", undefined, headers)).body, {
      ...shown,
      recipients_today: null,
    });
    const { body } = await call("GET", "/projects?limit=1");
    assert.deepEqual(body.projects, [shown]);
    assert.equal((await call("GET", `/projects?limit=1&cursor=${body.next}`)).body.projects.length, 1);
    assert.equal((await call("GET", "/projects?cursor=x")).status, 400);
    const keys = (await call("GET", "/api-keys", undefined, headers)).body.api_keys;
    assert.deepEqual(
      keys.map(({ name, scopes }: { name: string; scopes: string[] }) => [name, scopes]),
      [["first", ["*"]]],
    );
    assert.deepEqual((await call("GET", "/domains", undefined, headers)).body.domains, []);
  });

  test("only keys of the first project manage projects, whatever scopes others have", async () => {
    const { id, headers } = await makeProject();
    for (const [method, url, payload] of [
      ["GET", "/projects", undefined],
      ["POST", "/projects", { name: "x" }],
      ["GET", `/projects/${id}`, undefined],
      ["PATCH", `/projects/${id}`, { daily_quota: null }],
      ["DELETE", `/projects/${id}?force=true`, undefined],
    ] as const) {
      const refused = await call(method, url, payload, headers);
      assert.equal(refused.status, 403, `${method} ${url}`);
      assert.match(refused.body.detail, /is for API keys of the project that manages the others/);
      const named = await fixture.addKey(id, ["projects:read", "projects:write"]);
      assert.equal((await call(method, url, payload, named)).status, 403);
    }
    const wanted = { name: "k", scopes: ["projects:write"] };
    assert.equal((await call("POST", "/api-keys", wanted, headers)).status, 403);
    assert.equal((await call("POST", "/api-keys", wanted)).status, 201);
    const reading = await fixture.addKey(operator.projectId, ["projects:read"]);
    assert.equal((await call("GET", `/projects/${id}`, undefined, reading)).status, 200);
    assert.equal((await call("PATCH", `/projects/${id}`, { name: "y" }, reading)).status, 403);
  });

  test("what is changed counts, and what is absent stays", async () => {
    const { id, headers } = await makeProject({ name: "shop", daily_quota: 3 });
    const changed = await call("PATCH", `/projects/${id}`, { name: "Shop 2", rate_limit: 10 });
    assert.deepEqual(
      [changed.body.name, changed.body.rate_limit, changed.body.daily_quota],
      ["Shop 2", 10, 3],
    );
    assert.equal((await call("PATCH", `/projects/${id}`, { rate_limit: null })).body.rate_limit, null);
    const rule = { limit: 3, days: 0, suppress_days: 60 };
    assert.deepEqual(
      (await call("PATCH", `/projects/${id}`, { soft_bounces: rule })).body.soft_bounces,
      rule,
    );
    const own = { limit: 7, days: 2, suppress_days: 9 };
    assert.deepEqual(
      (await call("PATCH", "/project", { soft_bounces: own }, headers)).body.soft_bounces,
      own,
    );
    assert.deepEqual((await call("GET", `/projects/${id}`)).body.soft_bounces, own);
    for (const wrong of [{}, { soft_bounces: own, rate_limit: null }, { soft_bounces: {} }])
      assert.equal((await call("PATCH", "/project", wrong, headers)).status, 400, JSON.stringify(wrong));
    const reads = await fixture.addKey(id, ["project:read", "suppressions:read"]);
    assert.equal((await call("PATCH", "/project", { soft_bounces: null }, reads)).status, 403);
    const off = await call("PATCH", `/projects/${id}`, { soft_bounces: null });
    assert.equal(off.body.soft_bounces, null);
    assert.equal((await call("PATCH", `/projects/${id}`, { soft_bounces: { limit: 0 } })).status, 400);
    for (const wrong of [{}, { rate_limit: 0 }, { daily_quota: -1 }, { name: "" }, { name: "\0" }, { x: 1 }])
      assert.equal((await call("PATCH", `/projects/${id}`, wrong)).status, 400, JSON.stringify(wrong));

    const tenant = await fixture.addTenant();
    await call("PATCH", `/projects/${tenant.projectId}`, { daily_quota: 2 });
    assert.equal((await call("POST", "/send", validBody(tenant), tenant.headers)).status, 202);
    const { body } = await call("GET", "/project", undefined, tenant.headers);
    assert.deepEqual([body.daily_quota, body.recipients_today], [2, 1]);
    assert.equal((await call("GET", "/project", undefined, headers)).body.recipients_today, null);
  });

  test("a project with unfinished messages is deleted by force only, with everything in it", async () => {
    const tenant = await fixture.addTenant();
    const { projectId, headers, domain } = tenant;
    const sent = await call("POST", "/send", validBody(tenant), headers);
    await call("POST", "/mailboxes", { address: `inbox@${domain}` }, headers);
    const refused = await call("DELETE", `/projects/${projectId}`);
    assert.equal(refused.status, 409);
    assert.equal(refused.body.detail, "it has messages that are not finished");
    assert.equal((await call("DELETE", `/projects/${projectId}?force=yes`)).status, 400);
    assert.equal((await call("DELETE", `/projects/${projectId}?force=true`)).status, 204);
    assert.equal((await call("GET", `/projects/${projectId}`)).status, 404);
    assert.equal((await call("DELETE", `/projects/${projectId}`)).status, 404);
    await clock.advance(5_000);
    assert.equal((await call("GET", `/messages/${sent.body.id}`, undefined, headers)).status, 401);
    for (const table of ["backlog", "domains", "mailboxes", "api_keys"]) {
      const { rowCount } = await fixture.db.pool.query(`SELECT FROM ${table} WHERE project_id = $1`, [
        projectId,
      ]);
      assert.equal(rowCount, 0, table);
    }
    assert.equal((await call("POST", "/domains", { name: domain })).status, 201);
  });

  test("the project that manages the others is not deleted", async () => {
    const refused = await call("DELETE", `/projects/${operator.projectId}?force=true`);
    assert.deepEqual([refused.status, refused.body.detail], [409, "this project manages the others"]);
    assert.equal((await call("GET", "/project")).status, 200);
  });

  test("what was done to a project stands in the audit log of who did it", async () => {
    const { id } = await makeProject();
    await call("PATCH", `/projects/${id}`, { name: "y" });
    await call("DELETE", `/projects/${id}`);
    const { entries } = (await call("GET", `/audit-log?target=${id}`)).body;
    assert.deepEqual(
      entries.map(({ action }: { action: string }) => action),
      ["project.deleted", "project.changed", "project.created"],
    );
  });
});
