import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findApiKey } from "@waxwing/store";
import { createFakeClock } from "@waxwing/testkit";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

let fixture: ApiFixture;
let tenant: Tenant;
const clock = createFakeClock(Date.now());

before(async () => {
  fixture = await openApiFixture({ clock });
  tenant = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

async function post(payload: object, headers = tenant.headers) {
  return await fixture.app.inject({ method: "POST", url: "/api-keys", headers, payload });
}

async function keyWith(payload: object) {
  const answer = await post({ name: "test", scopes: ["api-keys:write", "events:read"], ...payload });
  assert.equal(answer.statusCode, 201, answer.body);
  const made = answer.json();
  return { ...made, headers: { authorization: `Bearer ${made.key}` } };
}

const readEvents = async (headers: Tenant["headers"], remoteAddress = "127.0.0.1") =>
  await fixture.app.inject({ url: "/events", headers, remoteAddress });

test("a key is shown once, works, is listed without its secret, and is deleted", async () => {
  const { key, id, headers, public_id } = await keyWith({ name: "shop" });
  assert.match(key, /^SG\.[\w-]{22}\.[\w-]{43}$/);
  assert.equal((await readEvents(headers)).statusCode, 200);
  const secret = key.split(".")[2];
  const list = await fixture.app.inject({ url: "/api-keys", headers: tenant.headers });
  assert.ok(!list.body.includes(secret));
  const shown = list.json().api_keys.find((row: { id: string }) => row.id === id);
  assert.equal(shown.name, "shop");
  const stored = await findApiKey(fixture.db, public_id);
  assert.ok(stored && !stored.secretHash.toString("latin1").includes(secret));
  const gone = await fixture.app.inject({
    method: "DELETE",
    url: `/api-keys/${id}`,
    headers: tenant.headers,
  });
  assert.equal(gone.statusCode, 204);
  await clock.advance(5_000);
  assert.equal((await readEvents(headers)).statusCode, 401);

  const { entries } = (await fixture.app.inject({ url: "/audit-log", headers: tenant.headers })).json();
  const about = entries.filter((entry: { target: string }) => entry.target === id);
  assert.deepEqual(
    about.map((entry: { action: string }) => entry.action),
    ["api-key.deleted", "api-key.created"],
  );
  assert.equal(about[0].remote_address, "127.0.0.1");
  assert.ok(about[0].key_id);
  assert.ok(!JSON.stringify(entries).includes(secret));
});

test("an expired key is 401 at its second, also while it is remembered", async () => {
  const { headers } = await keyWith({ expires_at: new Date(clock.now() + 2_000).toISOString() });
  assert.equal((await readEvents(headers)).statusCode, 200);
  await clock.advance(2_000);
  const answer = await readEvents(headers);
  assert.equal(answer.statusCode, 401);
  assert.equal(answer.json().detail, "the API key has expired");
});

test("a key is refused from an address that it does not allow", async () => {
  const { headers } = await keyWith({ allowed_ips: ["192.0.2.0/24", "2001:db8::1"] });
  for (const address of ["192.0.2.9", "::ffff:192.0.2.9", "2001:db8::1"]) {
    assert.equal((await readEvents(headers, address)).statusCode, 200, address);
  }
  const answer = await readEvents(headers, "198.51.100.1");
  assert.equal(answer.statusCode, 403);
  assert.equal(answer.json().type, "urn:waxwing:problem:address-not-allowed");
});

test("a key gives no more than it has", async () => {
  const weak = await keyWith({
    allowed_ips: ["127.0.0.0/8"],
    expires_at: new Date(clock.now() + 3_600_000).toISOString(),
  });
  const within = { allowed_ips: ["127.0.0.1"], expires_at: new Date(clock.now() + 60_000).toISOString() };
  const cases: readonly (readonly [payload: object, field: string])[] = [
    [{ ...within, scopes: ["send"] }, "scopes"],
    [{ ...within, scopes: ["*"] }, "scopes"],
    [{ ...within, scopes: ["events:read"], allowed_ips: undefined }, "allowed_ips"],
    [{ ...within, scopes: ["events:read"], allowed_ips: ["0.0.0.0/0"] }, "allowed_ips"],
    [{ ...within, scopes: ["events:read"], expires_at: undefined }, "expires_at"],
    [{ ...within, scopes: ["events:read"], expires_at: "2999-01-01T00:00:00Z" }, "expires_at"],
  ];
  for (const [payload, field] of cases) {
    const answer = await post({ name: "more", ...payload }, weak.headers);
    assert.equal(answer.statusCode, 403, answer.body);
    assert.deepEqual(
      answer.json().errors.map((error: { field: string }) => error.field),
      [field],
    );
  }
  assert.equal(
    (await post({ name: "less", ...within, scopes: ["events:read"] }, weak.headers)).statusCode,
    201,
  );
});

test("what is wrong with a new key is named, all of it", async () => {
  const answer = await post({
    name: "x",
    scopes: ["send"],
    allowed_ips: ["10.0.0.0/8", "10.0.0.0/33", "here"],
    expires_at: "2020-01-01T00:00:00Z",
  });
  assert.equal(answer.statusCode, 400);
  assert.deepEqual(
    answer.json().errors.map((error: { field: string }) => error.field),
    ["allowed_ips[1]", "allowed_ips[2]", "expires_at"],
  );
  assert.equal((await post({ name: "x", scopes: ["fly"] })).statusCode, 400);
  assert.equal((await post({ name: "x", scopes: [] })).statusCode, 400);
});

test("its use is remembered, to the minute", async () => {
  const { headers, public_id } = await keyWith({});
  const lastUse = async () => (await findApiKey(fixture.db, public_id))?.lastUsedAt?.getTime() ?? null;
  const firstUse = clock.now();
  await readEvents(headers);
  // Written beside the answer.
  while ((await lastUse()) === null);
  assert.equal(await lastUse(), firstUse);
  await clock.advance(59_999);
  await readEvents(headers);
  assert.equal(await lastUse(), firstUse);
  await clock.advance(5_001);
  await readEvents(headers);
  while ((await lastUse()) === firstUse);
  assert.equal(await lastUse(), firstUse + 65_000);
});

test("the audit log is read in pages, and shows one's own project only", async () => {
  const other = await fixture.addTenant();
  for (const name of ["a", "b", "c"]) {
    assert.equal((await post({ name, scopes: ["send"] }, other.headers)).statusCode, 201);
  }
  const seen: string[] = [];
  let cursor = "";
  do {
    const page = (
      await fixture.app.inject({ url: `/audit-log?limit=2${cursor}`, headers: other.headers })
    ).json();
    seen.push(...page.entries.map((entry: { id: string }) => entry.id));
    cursor = page.next === null ? "" : `&cursor=${page.next}`;
  } while (cursor !== "");
  assert.equal(new Set(seen).size, 3);
  assert.deepEqual(seen, [...seen].sort().reverse());
  const bad = await fixture.app.inject({ url: "/audit-log?cursor=x", headers: other.headers });
  assert.equal(bad.statusCode, 400);
});

test("a key is changed in what is given, and that counts", async () => {
  const made = await keyWith({ scopes: ["events:read"], allowed_ips: ["192.0.2.0/24"] });
  const change = async (payload: object, headers = tenant.headers) =>
    await fixture.app.inject({ method: "PATCH", url: `/api-keys/${made.id}`, headers, payload });
  const changed = await change({ name: "new", allowed_ips: [], rate_limit: 7, daily_quota: 0 });
  assert.equal(changed.statusCode, 200, changed.body);
  const { key: _key, headers: _headers, ...before } = made;
  const shown: object = changed.json();
  assert.deepEqual(
    { ...shown, last_used_at: null },
    { ...before, name: "new", allowed_ips: [], rate_limit: 7, daily_quota: 0 },
  );
  assert.equal((await readEvents(made.headers)).statusCode, 200);
  assert.equal((await change({ scopes: ["send"], expires_at: null, rate_limit: null })).statusCode, 200);
  await clock.advance(5_000);
  assert.equal((await readEvents(made.headers)).statusCode, 403);
  for (const wrong of [
    {},
    { scopes: [] },
    { scopes: ["x"] },
    { rate_limit: 0 },
    { expires_at: "soon" },
    { key: "x" },
  ])
    assert.equal((await change(wrong)).statusCode, 400, JSON.stringify(wrong));
  const { entries } = (
    await fixture.app.inject({ url: `/audit-log?target=${made.id}&action=api-key.`, headers: tenant.headers })
  ).json();
  assert.deepEqual(
    entries.map(({ action }: { action: string }) => action),
    ["api-key.changed", "api-key.changed", "api-key.created"],
  );
});

test("no key makes itself or another one stronger than it is", async () => {
  const weak = await keyWith({
    scopes: ["api-keys:write", "smtp-credentials:write", "send"],
    allowed_ips: ["127.0.0.0/8"],
    expires_at: new Date(clock.now() + 86_400_000).toISOString(),
    rate_limit: 100,
    daily_quota: 100,
  });
  const change = async (payload: object) =>
    await fixture.app.inject({
      method: "PATCH",
      url: `/api-keys/${weak.id}`,
      headers: weak.headers,
      payload,
    });
  for (const stronger of [
    { scopes: ["*"] },
    { allowed_ips: [] },
    { expires_at: null },
    { rate_limit: null },
    { rate_limit: 101 },
    { daily_quota: null },
  ]) {
    assert.equal((await change(stronger)).statusCode, 403, JSON.stringify(stronger));
  }
  const unlimited = {
    name: "k",
    allowed_ips: ["127.0.0.1"],
    expires_at: new Date(clock.now() + 1_000).toISOString(),
  };
  const made = await post({ ...unlimited, scopes: ["send"] }, weak.headers);
  assert.equal(made.statusCode, 403);
  assert.deepEqual(
    made.json().errors.map(({ field }: { field: string }) => field),
    ["rate_limit", "daily_quota"],
  );
  const credential = {
    method: "POST",
    url: "/smtp-credentials",
    headers: weak.headers,
    payload: unlimited,
  } as const;
  assert.equal((await fixture.app.inject(credential)).statusCode, 403);
  assert.equal((await change({ name: "still", rate_limit: 99 })).statusCode, 200);
});
