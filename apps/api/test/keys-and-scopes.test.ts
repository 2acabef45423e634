import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { generateApiKey } from "@waxwing/runtime";
import { createFakeClock } from "@waxwing/testkit";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

let fixture: ApiFixture;
let tenant: Tenant;
const clock = createFakeClock(Date.now());

before(async () => {
  fixture = await openApiFixture({ clock });
  tenant = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

const ROUTES = [
  ["POST", "/send", "send"],
  ["GET", "/messages/x", "messages:read"],
  ["GET", "/events", "events:read"],
  ["POST", "/webhooks", "webhooks:write"],
  ["GET", "/webhooks", "webhooks:read"],
  ["GET", "/webhooks/x", "webhooks:read"],
  ["DELETE", "/webhooks/x", "webhooks:write"],
  ["POST", "/domains", "domains:write"],
  ["GET", "/domains", "domains:read"],
  ["GET", "/domains/x", "domains:read"],
  ["POST", "/domains/x/verify", "domains:write"],
  ["POST", "/domains/x/rotate-dkim", "domains:write"],
  ["DELETE", "/domains/x", "domains:write"],
  ["GET", "/suppressions", "suppressions:read"],
  ["POST", "/suppressions", "suppressions:write"],
  ["DELETE", "/suppressions/x", "suppressions:write"],
  ["GET", "/suppressions/export", "suppressions:read"],
  ["POST", "/suppressions/import", "suppressions:write"],
  ["POST", "/mailboxes", "mailboxes:write"],
  ["GET", "/mailboxes", "mailboxes:read"],
  ["GET", "/mailboxes/x", "mailboxes:read"],
  ["PATCH", "/mailboxes/x", "mailboxes:write"],
  ["GET", "/mailboxes/x/usage", "mailboxes:read"],
  ["POST", "/mailboxes/x/aliases", "mailboxes:write"],
  ["GET", "/mailboxes/x/aliases", "mailboxes:read"],
  ["DELETE", "/mailboxes/x/aliases/y", "mailboxes:write"],
  ["POST", "/mailboxes/x/app-passwords", "mailboxes:write"],
  ["GET", "/mailboxes/x/app-passwords", "mailboxes:read"],
  ["DELETE", "/mailboxes/x/app-passwords/y", "mailboxes:write"],
  ["DELETE", "/mailboxes/x", "mailboxes:write"],
  ["POST", "/api-keys", "api-keys:write"],
  ["GET", "/api-keys", "api-keys:read"],
  ["DELETE", "/api-keys/x", "api-keys:write"],
  ["GET", "/audit-log", "audit-log:read"],
] as const;

test("without a valid key every route but the public ones is 401", async () => {
  const secretOf = (key: string) => key.slice(key.lastIndexOf(".") + 1);
  const wrongSecret = `${tenant.key.slice(0, -43)}${secretOf(generateApiKey())}`;
  const bad = [
    undefined,
    "",
    "Bearer",
    `Bearer ${generateApiKey()}`,
    `Bearer ${wrongSecret}`,
    `Basic ${tenant.key}`,
    tenant.key,
    `Bearer ${tenant.key}x`,
    `Bearer ${"x".repeat(10_000)}`,
  ];
  for (const [method, url] of ROUTES) {
    for (const authorization of bad) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await fixture.app.inject({ method, url, headers });
      assert.equal(answer.statusCode, 401, `${method} ${url} ${authorization}`);
      assert.match(String(answer.headers["www-authenticate"]), /^Bearer realm="waxwing"/);
      assert.equal(answer.json().type, "urn:waxwing:problem:unauthorized");
      assert.doesNotMatch(answer.body, /SG\./);
    }
  }
});

test("each route needs its own scope, and the refusal names it", async () => {
  for (const [method, url, scope] of ROUTES) {
    const others = [...new Set(ROUTES.map(([, , other]) => other))].filter((other) => other !== scope);
    const without = await fixture.app.inject({
      method,
      url,
      headers: await fixture.addKey(tenant.projectId, others),
    });
    assert.equal(without.statusCode, 403);
    assert.equal(without.json().detail, `this needs an API key with the scope ${scope}`);
    const withIt = await fixture.app.inject({
      method,
      url,
      headers: await fixture.addKey(tenant.projectId, [scope]),
    });
    assert.notEqual(withIt.statusCode, 403);
    assert.notEqual(withIt.statusCode, 401);
  }
});

test("an operator's own key of another shape works, with any case of the scheme", async () => {
  const { authorization } = await fixture.addKey(
    tenant.projectId,
    ["*"],
    "correct-horse:battery/staple+0123456789",
  );
  assert.equal((await fixture.app.inject({ url: "/events", headers: { authorization } })).statusCode, 200);
  const lower = authorization.replace("Bearer", "bearer");
  assert.equal(
    (await fixture.app.inject({ url: "/events", headers: { authorization: lower } })).statusCode,
    200,
  );
  const wrong = authorization.replace("horse", "mule");
  assert.equal(
    (await fixture.app.inject({ url: "/events", headers: { authorization: wrong } })).statusCode,
    401,
  );
});

test("a deleted key stops working after five seconds", async () => {
  const headers = await fixture.addKey(tenant.projectId, ["events:read"]);
  const status = async () => (await fixture.app.inject({ url: "/events", headers })).statusCode;
  assert.equal(await status(), 200);
  await fixture.db.pool.query("DELETE FROM api_keys WHERE public_id = $1", [
    headers.authorization.split(".")[1],
  ]);
  await clock.advance(4_999);
  assert.equal(await status(), 200);
  await clock.advance(1);
  assert.equal(await status(), 401);
});

test("keys and contents are not in the log", async () => {
  await fixture.app.inject({
    method: "POST",
    url: "/send",
    headers: tenant.headers,
    payload: validBody(tenant),
  });
  assert.doesNotMatch(fixture.logged.join(), /SG\./);
});

test("health, metrics, index and description need no key", async () => {
  for (const url of ["/", "/health/live", "/health/ready", "/openapi.json", "/docs/"]) {
    assert.equal((await fixture.app.inject({ url })).statusCode, 200, url);
  }
  const docs = await fixture.app.inject({ url: "/docs/" });
  assert.doesNotMatch(String(docs.headers["content-security-policy"]), /upgrade-insecure/);
  const metrics = await fixture.app.inject({ url: "/metrics" });
  assert.match(String(metrics.headers["content-type"]), /^text\/plain/);
  assert.match(metrics.body, /waxwing_http_requests_total\{method="POST",route="\/send",status="401"\} \d+/);
});
