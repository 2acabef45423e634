import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

suite("TLS policies", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let other: Tenant;
  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    other = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const ask = (
    method: "GET" | "PUT" | "DELETE",
    domain: string,
    payload?: object,
    headers = tenant.headers,
  ) =>
    fixture.app.inject({
      method,
      url: method === "DELETE" ? `/tls-policies/${encodeURIComponent(domain)}` : "/tls-policies",
      headers,
      ...(payload !== undefined && { payload: { domain, ...payload } }),
    });
  const list = async (headers = tenant.headers) =>
    (await ask("GET", "", undefined, headers)).json().tls_policies;

  test("one is set, replaced, listed and deleted, by each project for itself", async () => {
    const made = await ask("PUT", "Bücher.example", { policy: "required" });
    assert.deepEqual(
      [made.statusCode, made.json()],
      [200, { domain: "xn--bcher-kva.example", policy: "required" }],
    );
    await ask("PUT", "*", { policy: "required" });
    await ask("PUT", "BÜCHER.example", { policy: "verified" });
    await ask("PUT", "*", { policy: "opportunistic" }, other.headers);
    assert.deepEqual(await list(), [
      { domain: "*", policy: "required" },
      { domain: "xn--bcher-kva.example", policy: "verified" },
    ]);
    assert.deepEqual(await list(other.headers), [{ domain: "*", policy: "opportunistic" }]);
    assert.equal((await ask("DELETE", "bücher.example", undefined, other.headers)).statusCode, 404);
    assert.equal((await ask("DELETE", "bücher.example")).statusCode, 204);
    assert.equal((await ask("DELETE", "bücher.example")).statusCode, 404);
    assert.deepEqual(await list(), [{ domain: "*", policy: "required" }]);
  });

  test("what is no domain or no policy is refused", async () => {
    for (const domain of ["no dot", "localhost", "10.0.0.1", "*.example", "a\u0000.example", "-a.example"]) {
      const answer = await ask("PUT", domain, { policy: "required" });
      assert.equal(answer.statusCode, 400, domain);
      assert.equal(answer.json().errors[0].field, "domain");
      assert.equal((await ask("DELETE", domain)).statusCode, 404, domain);
    }
    for (const body of [{}, { policy: "dane" }, { policy: "none" }, { policy: "required", more: 1 }])
      assert.equal((await ask("PUT", "a.example", body)).statusCode, 400, JSON.stringify(body));
  });

  test("a key needs the scopes of routes", async () => {
    const reader = await fixture.addKey(tenant.projectId, ["routes:read"]);
    assert.equal((await ask("GET", "", undefined, reader)).statusCode, 200);
    assert.equal((await ask("PUT", "a.example", { policy: "required" }, reader)).statusCode, 403);
    assert.equal((await ask("DELETE", "a.example", undefined, reader)).statusCode, 403);
  });
});
