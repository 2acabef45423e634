import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

describe("routes", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let operator: Tenant;
  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    operator = await fixture.addTenant({ isOperator: true });
  });
  after(() => fixture[Symbol.asyncDispose]());

  const ask = (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    url: string,
    payload?: object,
    headers = tenant.headers,
  ) => fixture.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  const make = async (payload: object, headers = tenant.headers) => {
    const answer = await ask("POST", "/routes", payload, headers);
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json();
  };

  test("one is created, listed, changed and deleted; its password is sealed and never shown", async () => {
    const { id, ...route } = await make({
      pattern: ".Bücher.example",
      host: "SMTP.example.com",
      port: 587,
      username: "shop",
      password: "open sesame",
    });
    assert.deepEqual(
      { ...route, created_at: null },
      {
        pattern: ".xn--bcher-kva.example",
        host: "smtp.example.com",
        port: 587,
        tls: "verified",
        implicit_tls: false,
        username: "shop",
        platform: false,
        created_at: null,
      },
    );
    const { rows } = await fixture.db.pool.query("SELECT sealed_password FROM routes WHERE id = $1", [id]);
    assert.match(rows[0].sealed_password, /^wax1\./);
    const list = await ask("GET", "/routes");
    assert.ok(list.body.includes(id) && !list.body.includes("sesame") && !list.body.includes("wax1."));
    const changed = await ask("PATCH", `/routes/${id}`, { username: null, tls: "none", port: 2525 });
    assert.equal(changed.statusCode, 200, changed.body);
    assert.deepEqual(
      [changed.json().username, changed.json().tls, changed.json().port],
      [null, "none", 2525],
    );
    const after = await fixture.db.pool.query("SELECT sealed_password FROM routes WHERE id = $1", [id]);
    assert.equal(after.rows[0].sealed_password, null);
    assert.equal((await ask("DELETE", `/routes/${id}`)).statusCode, 204);
    assert.equal((await ask("GET", `/routes/${id}`)).statusCode, 404);
  });

  test("a stored password is not sent another way than it was given for", async () => {
    const { id } = await make({
      pattern: "kept.example",
      host: "a.example",
      port: 587,
      username: "u",
      password: "p",
    });
    for (const change of [
      { host: "thief.example" },
      { port: 588 },
      { tls: "required" },
      { username: "v" },
      { implicit_tls: true },
    ]) {
      const answer = await ask("PATCH", `/routes/${id}`, change);
      assert.equal(answer.statusCode, 400, JSON.stringify(change));
      assert.equal(answer.json().errors[0].field, "password");
    }
    const moved = await ask("PATCH", `/routes/${id}`, { host: "b.example", password: "p" });
    assert.equal(moved.statusCode, 200, moved.body);
  });

  const refused: readonly (readonly [body: object, fields: readonly string[]])[] = [
    [{ pattern: "*.example.org", host: "a.example", port: 25 }, ["pattern"]],
    [{ pattern: "a b", host: "a.example", port: 25 }, ["pattern"]],
    [{ pattern: "\u0000.test", host: "a.example", port: 25 }, ["pattern"]],
    [{ pattern: "*", host: "a b", port: 25 }, ["host"]],
    [{ pattern: "*", host: "1.2.3", port: 25 }, ["host"]],
    [{ pattern: "*", host: "a.example\u0000", port: 25 }, ["host"]],
    [{ pattern: "*", host: "a.example", port: 0 }, ["port"]],
    [{ pattern: "*", host: "a.example", port: 25, password: "p" }, ["username"]],
    [{ pattern: "*", host: "a.example", port: 25, username: "u" }, ["password"]],
    [
      { pattern: "*", host: "a.example", port: 25, username: "u\u0000", password: "p\ud800" },
      ["username", "password"],
    ],
    [
      { pattern: "*", host: "a.example", port: 25, username: "u", password: "p", tls: "opportunistic" },
      ["tls"],
    ],
    [{ pattern: "*", host: "a.example", port: 465, implicit_tls: true, tls: "none" }, ["tls"]],
    [{ pattern: "*", host: "a.example", port: 25, platform: true }, ["platform"]],
  ];
  for (const [body, fields] of refused) {
    test(`${JSON.stringify(body)} is refused for ${fields.join(" and ")}`, async () => {
      const answer = await ask("POST", "/routes", body);
      assert.equal(answer.statusCode, 400, answer.body);
      assert.deepEqual(
        answer.json().errors.map(({ field }: { field: string }) => field),
        fields,
      );
    });
  }

  test("a pattern has one route in a project, and one on the platform", async () => {
    const body = { pattern: "twice.example", host: "a.example", port: 25 };
    await make(body);
    assert.equal((await ask("POST", "/routes", { ...body, pattern: "TWICE.example" })).statusCode, 409);
    await make(body, operator.headers);
    await make({ ...body, platform: true }, operator.headers);
    const again = await ask("POST", "/routes", { ...body, platform: true }, operator.headers);
    assert.equal(again.statusCode, 409);
  });

  test("routes of the platform are the operator's: others neither see nor change them", async () => {
    const { id } = await make(
      { pattern: "all.example", host: "::1", port: 25, platform: true },
      operator.headers,
    );
    assert.equal((await ask("GET", `/routes/${id}`)).statusCode, 404);
    assert.equal((await ask("PATCH", `/routes/${id}`, { port: 26 })).statusCode, 404);
    assert.equal((await ask("DELETE", `/routes/${id}`)).statusCode, 404);
    assert.ok(!(await ask("GET", "/routes")).body.includes(id));
    assert.ok((await ask("GET", "/routes", undefined, operator.headers)).body.includes(id));
    const { entries } = (await ask("GET", "/audit-log", undefined, operator.headers)).json();
    assert.ok(
      entries.some(
        ({ target, action }: { target: string; action: string }) =>
          target === id && action === "route.created",
      ),
    );
    assert.equal((await ask("DELETE", `/routes/${id}`, undefined, operator.headers)).statusCode, 204);
  });
});
