import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";
import { listenForSendgrid, type SendgridAnswer, type SendgridCaller } from "./sendgrid-caller.ts";

interface ShownKey {
  readonly api_key_id: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

suite("SendGrid's API keys, through its own client", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let clientOf: (key: string) => SendgridCaller;
  before(async () => {
    fixture = await openApiFixture();
    clientOf = await listenForSendgrid(fixture);
  });
  after(() => fixture[Symbol.asyncDispose]());

  const open = async (
    scopes: readonly string[] = ["*"],
  ): Promise<{ tenant: Tenant; call: SendgridCaller }> => {
    const tenant = await fixture.addTenant({ scopes });
    return { tenant, call: clientOf(tenant.key) };
  };
  const bodyOf = <Body>(answer: SendgridAnswer, status = 200): Body => {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return answer.body as Body;
  };
  const send = (tenant: Tenant, key: string) =>
    fixture.app.inject({
      method: "POST",
      url: "/send",
      headers: { authorization: `Bearer ${key}` },
      payload: validBody(tenant),
    });

  test("a key is made, works natively by what its scopes come to, is changed and deleted", async () => {
    const { tenant, call } = await open();
    const scopes = ["alerts.read", "mail.send"];
    const made = bodyOf<ShownKey & { api_key: string }>(
      await call("POST", "/api_keys", { name: "Shop", scopes }),
      201,
    );
    assert.match(made.api_key, new RegExp(`^SG\\.${made.api_key_id}\\.[\\w-]{43}$`));
    assert.deepEqual(made.scopes, scopes);
    assert.equal((await send(tenant, made.api_key)).statusCode, 202);
    const denied = await fixture.app.inject({
      url: "/templates",
      headers: { authorization: `Bearer ${made.api_key}` },
    });
    assert.equal(denied.statusCode, 403);
    const theirs = clientOf(made.api_key);
    assert.deepEqual(bodyOf(await theirs("GET", "/scopes")), { scopes });
    assert.equal((await theirs("GET", "/api_keys")).status, 403);

    const url = `/api_keys/${made.api_key_id}`;
    const { api_key, ...shown } = made;
    assert.deepEqual(bodyOf(await call("GET", url)), { ...shown, result: [shown] });
    assert.deepEqual(bodyOf(await call("PATCH", url, { name: "Shop 2" })), {
      api_key_id: made.api_key_id,
      name: "Shop 2",
    });
    const put = bodyOf<ShownKey>(
      await call("PUT", url, { name: "Reader", scopes: ["templates.read", "templates.versions.read"] }),
    );
    assert.deepEqual(put, {
      api_key_id: made.api_key_id,
      name: "Reader",
      scopes: ["templates.read", "templates.versions.read"],
    });
    const native = (await fixture.app.inject({ url: "/api-keys", headers: tenant.headers })).json();
    assert.deepEqual(native.api_keys.at(-1).scopes, ["templates.read", "templates.versions.read"]);
    const { result } = bodyOf<{ result: ShownKey[] }>(await call("GET", "/api_keys"));
    assert.deepEqual(
      result.map(({ name }) => name),
      ["test", "Reader"],
    );
    assert.equal((await call("DELETE", url)).status, 204);
    for (const gone of [
      await call("GET", url),
      await call("DELETE", url),
      await call("PATCH", url, { name: "x" }),
    ]) {
      assert.equal(gone.status, 404);
      assert.deepEqual(gone.body, {
        errors: [{ message: "unable to find API Key", field: null, help: null }],
      });
    }
    const { entries } = (await fixture.app.inject({ url: "/audit-log", headers: tenant.headers })).json();
    assert.deepEqual(
      entries.map((entry: { action: string }) => entry.action),
      ["api-key.deleted", "api-key.changed", "api-key.changed", "api-key.created"],
    );
  });

  test("no key is given more than its maker has", async () => {
    const { tenant, call } = await open(["api-keys:write", "templates:read"]);
    const make = (scopes?: readonly string[]) =>
      call("POST", "/api_keys", { name: "k", ...(scopes && { scopes }) });
    for (const scopes of [["mail.send"], ["templates.read", "templates.create"], ["alerts.read"]]) {
      assert.equal((await make(scopes)).status, 403, scopes.join());
    }
    assert.equal((await make(["templates.versions.read"])).status, 201);
    const full = bodyOf<ShownKey & { api_key: string }>(await make(), 201);
    assert.ok(full.scopes.includes("api_keys.create") && !full.scopes.includes("mail.send"));
    assert.equal((await send(tenant, full.api_key)).statusCode, 403);
    const stronger = await fixture.addTenant();
    const foreign = stronger.key.split(".")[1] ?? "";
    assert.equal((await call("PUT", `/api_keys/${foreign}`, { name: "x" })).status, 404);
    const own = tenant.key.split(".")[1] ?? "";
    assert.equal((await call("PUT", `/api_keys/${own}`, { name: "x", scopes: ["mail.send"] })).status, 403);

    await fixture.db.pool.query(
      "UPDATE api_keys SET allowed_ips = '{127.0.0.0/8}', rate_limit = 50 WHERE public_id = $1",
      [own],
    );
    const bound = await fixture.addTenant();
    const ownBound = bound.key.split(".")[1] ?? "";
    await fixture.db.pool.query(
      "UPDATE api_keys SET allowed_ips = '{127.0.0.0/8}', rate_limit = 50 WHERE public_id = $1",
      [ownBound],
    );
    const child = bodyOf<ShownKey>(await clientOf(bound.key)("POST", "/api_keys", { name: "child" }), 201);
    const { rows } = await fixture.db.pool.query(
      "SELECT allowed_ips, rate_limit FROM api_keys WHERE public_id = $1",
      [child.api_key_id],
    );
    assert.deepEqual(
      rows,
      [{ allowed_ips: ["127.0.0.0/8"], rate_limit: 50 }],
      "a key is as bound as its maker",
    );
  });

  test("a key with limits does not lend its scopes to one without", async () => {
    const { tenant, call } = await open();
    const { api_key_id: other } = bodyOf<ShownKey>(
      await call("POST", "/api_keys", { name: "o", scopes: ["mail.send"] }),
      201,
    );
    const limited = (await fixture.addKey(tenant.projectId, ["*"])).authorization.slice("Bearer ".length);
    await fixture.db.pool.query("UPDATE api_keys SET allowed_ips = '{127.0.0.1}' WHERE public_id = $1", [
      limited.split(".")[1],
    ]);
    const put = await clientOf(limited)("PUT", `/api_keys/${other}`, {
      name: "o",
      scopes: ["api_keys.create"],
    });
    assert.equal(put.status, 403);
    assert.equal((await clientOf(limited)("PUT", `/api_keys/${other}`, { name: "renamed" })).status, 200);
    const { api_keys: keys } = (
      await fixture.app.inject({ url: "/api-keys", headers: tenant.headers })
    ).json();
    const { id } = keys.find((key: { public_id: string }) => key.public_id === other);
    const native = (payload: object) =>
      fixture.app.inject({
        method: "PATCH",
        url: `/api-keys/${id}`,
        headers: { authorization: `Bearer ${limited}` },
        payload,
      });
    assert.equal((await native({ scopes: ["api-keys:write"] })).statusCode, 403);
    assert.equal((await native({ scopes: ["send"], allowed_ips: ["127.0.0.1"] })).statusCode, 200);
  });

  test("what is wrong is named, and lists have links", async () => {
    const { call } = await open();
    const errorsOf = (answer: SendgridAnswer) =>
      bodyOf<{ errors: { field: string; message: string }[] }>(answer, 400).errors.map(({ field }) => field);
    assert.deepEqual(errorsOf(await call("POST", "/api_keys", {})), ["name"]);
    assert.deepEqual(errorsOf(await call("POST", "/api_keys", { name: "a\u0000" })), ["name"]);
    assert.deepEqual(errorsOf(await call("POST", "/api_keys", { name: "a", scopes: [] })), ["scopes"]);
    assert.deepEqual(
      errorsOf(await call("POST", "/api_keys", { name: "a", scopes: ["mail.send", "*", "send"] })),
      ["scopes.1", "scopes.2"],
    );
    for (let n = 0; n < 4; n++) await call("POST", "/api_keys", { name: `k${n}` });
    const page = await call("GET", "/api_keys?limit=2&offset=2");
    assert.deepEqual(
      bodyOf<{ result: ShownKey[] }>(page).result.map(({ name }) => name),
      ["k1", "k2"],
    );
    assert.match(page.headers.link ?? "", /offset=4>; rel="next"; title="3", .*offset=0>; rel="prev"/);
    assert.ok(bodyOf<{ scopes: string[] }>(await call("GET", "/scopes")).scopes.includes("mail.send"));
  });
});
