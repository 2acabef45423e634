import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";
import { validMail } from "./sendgrid-mail.ts";

let fixture: ApiFixture;
let operator: Tenant;
let tenant: Tenant;

before(async () => {
  fixture = await openApiFixture();
  operator = await fixture.addTenant({ isOperator: true });
  tenant = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

type Method = "GET" | "POST" | "PUT" | "DELETE";

async function call(method: Method, url: string, payload?: object, headers = operator.headers) {
  const answer = await fixture.app.inject({
    method,
    url,
    headers,
    ...(payload !== undefined && { payload }),
  });
  return { status: answer.statusCode, body: answer.body === "" ? null : answer.json() };
}

async function make(url: string, payload: object) {
  const { status, body } = await call("POST", url, payload);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

const fieldsOf = (body: { errors: { field: string }[] }): readonly string[] =>
  body.errors.map(({ field }) => field);

describe("shaping rules", { timeout: 60_000 }, () => {
  test("are made, read, replaced and deleted", async () => {
    const made = await make("/shaping-rules", {
      pattern: ".Slow.Example",
      connections: 2,
      note: "Ticket 42",
    });
    assert.deepEqual(
      { ...made, id: "", created_at: "" },
      {
        id: "",
        pattern: ".slow.example",
        connections: 2,
        connections_per_host: null,
        messages_per_connection: null,
        messages_per_second: null,
        note: "Ticket 42",
        created_at: "",
      },
    );
    assert.deepEqual((await call("GET", `/shaping-rules/${made.id}`)).body, made);
    const { body: replaced } = await call("PUT", `/shaping-rules/${made.id}`, {
      pattern: ".slow.example",
      messages_per_second: 0.5,
    });
    assert.deepEqual([replaced.connections, replaced.messages_per_second, replaced.note], [null, 0.5, null]);
    const { body: list } = await call("GET", "/shaping-rules");
    assert.deepEqual(list.shaping_rules, [replaced]);
    assert.ok(list.shipped_rules.length >= 25);
    for (const rule of list.shipped_rules) assert.ok(rule.source !== "" && rule.seen !== "", rule.name);
    assert.equal((await call("POST", "/shaping-rules", { pattern: ".slow.example" })).status, 409);
    assert.equal((await call("DELETE", `/shaping-rules/${made.id}`)).status, 204);
    assert.equal((await call("GET", `/shaping-rules/${made.id}`)).status, 404);
    assert.equal((await call("PUT", `/shaping-rules/${made.id}`, { pattern: "*" })).status, 404);
  });

  test("name the server of a route by its address, where it has no name", async () => {
    const v4 = await make("/shaping-rules", { pattern: "192.0.2.7", connections: 1 });
    const v6 = await make("/shaping-rules", { pattern: "2001:DB8::7", messages_per_second: 3 });
    assert.deepEqual([v4.pattern, v6.pattern], ["192.0.2.7", "2001:db8::7"]);
    for (const { id } of [v4, v6]) assert.equal((await call("DELETE", `/shaping-rules/${id}`)).status, 204);
  });

  test("that cannot be are refused", async () => {
    for (const [payload, field] of [
      [{ pattern: "not a name" }, "pattern"],
      [{ pattern: ".0.2.7" }, "pattern"],
      [{ pattern: "192.0.2.0/24" }, "pattern"],
      [{ pattern: "*", connections: 0 }, "connections"],
      [{ pattern: "*", messages_per_second: 0 }, "messages_per_second"],
      [{ pattern: "*", messages_per_connection: 1.5 }, "messages_per_connection"],
      [{ pattern: "*", note: "\0" }, "note"],
      [{ pattern: "*", more: 1 }, "more"],
    ] as const) {
      const { status, body } = await call("POST", "/shaping-rules", payload);
      assert.equal(status, 400, JSON.stringify(payload));
      assert.deepEqual(fieldsOf(body), [field]);
    }
  });
});

describe("egress sources and pools", { timeout: 60_000 }, () => {
  test("are made, read, replaced and deleted; the password of a relay is never shown, and sealed", async () => {
    const relay = { host: "smtp.example.com", port: 587, username: "shop", password: "secret-of-the-relay" };
    const source = await make("/egress-sources", {
      name: "relay-1",
      relay,
      messages_per_second: 50,
      warm_up: { start: "2026-12-01", daily_caps: [50, 100] },
    });
    assert.deepEqual(source.relay, { host: relay.host, port: 587, implicit_tls: false, username: "shop" });
    const { rows } = await fixture.db.pool.query("SELECT * FROM egress_sources");
    assert.ok(!JSON.stringify(rows).includes(relay.password));
    const url = `/egress-sources/${source.id}`;
    const { password: _, ...way } = relay;
    const kept = await call("PUT", url, { name: "relay-1", relay: way });
    assert.equal(kept.status, 200, JSON.stringify(kept.body));
    const elsewhere = await call("PUT", url, {
      name: "relay-1",
      relay: { ...way, host: "evil.example.com" },
    });
    assert.deepEqual([elsewhere.status, fieldsOf(elsewhere.body)], [400, ["relay.password"]]);

    const pool = await make("/egress-pools", {
      name: "receipts",
      members: [{ source: "relay-1", weight: 3 }],
      overflow: "default",
      projects: [tenant.projectId],
    });
    assert.deepEqual((await call("GET", `/egress-pools/${pool.id}`)).body, pool);
    assert.equal((await call("DELETE", url)).status, 400, "it is in a pool");
    const { body: replaced } = await call("PUT", `/egress-pools/${pool.id}`, {
      name: "receipts",
      members: [{ source: "relay-1", weight: 1 }],
    });
    assert.deepEqual(
      [replaced.overflow, replaced.projects, replaced.members],
      [null, [], [{ source: "relay-1", weight: 1 }]],
    );
    assert.equal((await call("DELETE", `/egress-pools/${pool.id}`)).status, 204);
    assert.equal((await call("DELETE", url)).status, 204);
    assert.deepEqual((await call("GET", "/egress-sources")).body, { egress_sources: [] });
    assert.deepEqual((await call("GET", "/egress-pools")).body, { egress_pools: [] });
  });

  test("that cannot be are refused, every field named", async () => {
    const source = (more: object) => call("POST", "/egress-sources", { name: "s", ...more });
    assert.deepEqual(fieldsOf((await source({})).body), ["name"]);
    const wrong = await source({
      name: "wrong",
      local_address: "no",
      relay: { host: "a b", port: 25 },
      warm_up: { start: "2026-13-41", daily_caps: [1] },
    });
    assert.equal(wrong.status, 400);
    assert.ok(fieldsOf(wrong.body).length >= 1, JSON.stringify(wrong.body));
    const pool = (more: object) => call("POST", "/egress-pools", { name: "p1", members: [], ...more });
    assert.equal((await pool({})).status, 400);
    const unknown = await pool({ members: [{ source: "nobody", weight: 1 }], overflow: "p2" });
    assert.deepEqual(fieldsOf(unknown.body), ["members[0].source"]);
    const self = await pool({
      members: [
        { source: "x", weight: 1 },
        { source: "x", weight: 2 },
      ],
      overflow: "p1",
      projects: ["x"],
    });
    assert.deepEqual(fieldsOf(self.body), ["members[1].source", "overflow", "projects[0]"]);
  });

  test("a message names a pool that its project has, or it is refused", async () => {
    await make("/egress-sources", { name: "out-1" });
    await make("/egress-pools", {
      name: "for-others",
      members: [{ source: "out-1", weight: 1 }],
      projects: [operator.projectId],
    });
    await make("/egress-pools", { name: "for all", members: [{ source: "out-1", weight: 1 }] });
    const send = (pool: string) => call("POST", "/send", { ...validBody(tenant), pool }, tenant.headers);
    for (const pool of ["for-others", "unheard-of"]) {
      const refused = await send(pool);
      assert.deepEqual(
        [refused.status, refused.body.errors],
        [400, [{ field: "pool", message: "names no egress pool of this project" }]],
      );
      const dialect = await call(
        "POST",
        "/v3/mail/send",
        { ...validMail(tenant), ip_pool_name: pool },
        tenant.headers,
      );
      assert.equal(dialect.status, 400);
      assert.deepEqual(
        [dialect.body.errors[0].field, dialect.body.errors[0].message],
        [
          "ip_pool_name",
          `The IP Pool name must be a valid pool name for your account. You provided [${pool}].`,
        ],
      );
    }
    assert.equal((await send("default")).status, 202);
    const taken = await send("for all");
    assert.equal(taken.status, 202, JSON.stringify(taken.body));
    const { rows } = await fixture.db.pool.query("SELECT site FROM backlog WHERE message_id = $1", [
      taken.body.id,
    ]);
    assert.deepEqual(rows, [{ site: "example.test|for all" }]);
  });

  test("are explained: the source that an address takes, the limits of its site and its pause", async () => {
    await fixture.db.pool.query(
      "INSERT INTO site_pauses VALUES ('route:127.0.0.1:2525', 'out-1', 'unreachable', now() + interval '1 hour', 'connect ECONNREFUSED', 5, now())",
    );
    const ask = async (query: string, who: Tenant) =>
      (await call("GET", `/explain?address=ann@example.test&${query}`, undefined, who.headers)).body;
    const found = await ask("pool=for%20all", operator);
    assert.match(found.summary, /would wait: .*left alone by out-1 until .*ECONNREFUSED/);
    const said = found.findings.map(({ says }: { says: string }) => says).join("\n");
    assert.match(said, /through the pool for all by out-1, from the system's own address/);
    assert.match(said, /takes 20 messages at once/);
    const tenants = JSON.stringify(await ask("pool=for%20all", tenant));
    assert.ok(!tenants.includes("out-1"), "which sources there are is the operator's business");
    assert.match(
      (await ask("pool=for-others", tenant)).summary,
      /would not be sent: There is no egress pool/,
    );
  });

  test("are the operator's alone", async () => {
    for (const path of ["shaping-rules", "egress-sources", "egress-pools"]) {
      assert.equal((await call("GET", `/${path}`, undefined, tenant.headers)).status, 403);
      assert.equal((await call("POST", `/${path}`, { name: "x", pattern: "*" }, tenant.headers)).status, 403);
    }
  });
});
