import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

suite("unsubscribe groups", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  before(async () => {
    fixture = await openApiFixture();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const caller =
    (tenant: Tenant) =>
    async (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object) => {
      const { headers } = tenant;
      return await fixture.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
    };

  test("a group is made, changed, counted and deleted with those who left it", async () => {
    const call = caller(await fixture.addTenant());
    const made = await call("POST", "/unsubscribe-groups", { name: "News", is_default: true });
    assert.equal(made.statusCode, 201, made.body);
    const { id, created_at, ...rest } = made.json();
    assert.deepEqual(rest, { name: "News", description: "", is_default: true, unsubscribes: 0 });
    assert.ok(Date.parse(created_at) > 0);
    assert.equal((await call("POST", "/unsubscribe-groups", { name: "News" })).statusCode, 409);
    assert.equal((await call("POST", "/unsubscribe-groups", { name: "a\u0000" })).statusCode, 400);
    const other = (await call("POST", "/unsubscribe-groups", { name: "Offers", is_default: true })).json();
    assert.equal(
      (await call("GET", `/unsubscribe-groups/${id}`)).json().is_default,
      false,
      "there is one default",
    );
    assert.equal((await call("PATCH", `/unsubscribe-groups/${other.id}`, { name: "News" })).statusCode, 409);
    const changed = await call("PATCH", `/unsubscribe-groups/${id}`, {
      name: "Monthly",
      description: "Once.",
    });
    assert.equal(changed.json().name, "Monthly");

    const left = { address: "ann@example.test", group: id };
    const suppressed = await call("POST", "/suppressions", left);
    assert.deepEqual(suppressed.json(), {
      address: "ann@example.test",
      reason: "unsubscribed",
      group: id,
      expires_at: null,
    });
    assert.equal((await call("GET", `/unsubscribe-groups/${id}`)).json().unsubscribes, 1);
    assert.equal((await call("GET", `/suppressions?group=${id}`)).json().suppressions.length, 1);
    assert.equal((await call("GET", "/suppressions?group=0")).json().suppressions.length, 0);
    const foreign = caller(await fixture.addTenant());
    assert.equal((await foreign("POST", "/suppressions", left)).statusCode, 400);
    const wrong = await call("POST", "/suppressions", { ...left, reason: "bounced" });
    assert.equal(wrong.json().errors[0].field, "reason");

    assert.equal((await call("DELETE", `/unsubscribe-groups/${id}`)).statusCode, 204);
    assert.equal((await call("GET", "/suppressions")).json().suppressions.length, 0);
    const { entries } = (await call("GET", "/audit-log")).json();
    assert.deepEqual(
      entries.map((entry: { action: string; target: string }) => `${entry.action} ${entry.target}`),
      [
        `unsubscribe-group.deleted ${id}`,
        "suppression.created ann@example.test",
        `unsubscribe-group.changed ${id}`,
        `unsubscribe-group.created ${other.id}`,
        `unsubscribe-group.created ${id}`,
      ],
    );
  });

  test("an address is on record once for each reason and group, and freed of one or all", async () => {
    const call = caller(await fixture.addTenant());
    const { id } = (await call("POST", "/unsubscribe-groups", { name: "News" })).json();
    const address = "bob@example.test";
    for (const body of [
      { address },
      { address, reason: "bounced" },
      { address, group: id },
      { address: "x@y.test" },
    ]) {
      assert.equal((await call("POST", "/suppressions", body)).statusCode, 201);
    }
    const seen: string[] = [];
    for (let url = "/suppressions?limit=1"; ; ) {
      const { suppressions, next } = (await call("GET", url)).json();
      seen.push(
        ...suppressions.map((row: { reason: string; group: number }) => `${row.reason} ${row.group}`),
      );
      if (next === null) break;
      url = `/suppressions?limit=1&cursor=${next}`;
    }
    assert.deepEqual(seen, ["bounced null", "manual null", `unsubscribed ${id}`, "manual null"]);
    const url = `/suppressions/${address}`;
    assert.equal((await call("DELETE", `${url}?reason=bounced`)).statusCode, 204);
    assert.equal((await call("DELETE", `${url}?reason=bounced`)).statusCode, 404);
    assert.equal((await call("DELETE", `${url}?group=${id}`)).statusCode, 204);
    assert.equal((await call("DELETE", url)).statusCode, 204);
    assert.equal((await call("GET", "/suppressions")).json().suppressions.length, 1);
  });

  test("a suppression with an end gives way to one without, and to a new one when it has ended", async () => {
    const call = caller(await fixture.addTenant());
    const body = { address: "ann@example.test", expires_at: new Date(Date.now() + 3_600_000).toISOString() };
    assert.equal((await call("POST", "/suppressions", body)).json().expires_at, body.expires_at);
    assert.equal((await call("POST", "/suppressions", body)).statusCode, 409);
    await fixture.db.pool.query(
      "UPDATE suppressions SET expires_at = now() - interval '1 s' WHERE address = $1",
      [body.address],
    );
    assert.equal((await call("POST", "/suppressions", body)).statusCode, 201);
    assert.equal((await call("POST", "/suppressions", { address: body.address })).statusCode, 201);
    assert.equal((await call("POST", "/suppressions", body)).statusCode, 409);
    for (const expires_at of ["soon", "2020-01-01T00:00:00Z"]) {
      const refused = await call("POST", "/suppressions", { ...body, expires_at });
      assert.equal(refused.json().errors[0].field, "expires_at");
    }
  });

  test("a file carries groups and ends, and only groups of the project", async () => {
    const tenant = await fixture.addTenant();
    const call = caller(tenant);
    const { id } = (await call("POST", "/unsubscribe-groups", { name: "News" })).json();
    const importCsv = (payload: string) =>
      fixture.app.inject({
        method: "POST",
        url: "/suppressions/import",
        headers: { ...tenant.headers, "content-type": "text/csv" },
        payload,
      });
    const file = `email,group,expires_at\na@b.test,${id},\na@b.test,,2099-01-01T00:00:00Z\n`;
    assert.deepEqual((await importCsv(file)).json(), { read: 2, added: 2 });
    const exported = (await call("GET", "/suppressions/export")).body.trimEnd().split("\r\n").slice(1);
    assert.match(exported[0] ?? "", /^a@b\.test,manual,[^,]+,,2099-01-01T00:00:00\.000Z$/);
    assert.match(exported[1] ?? "", new RegExp(`^a@b\\.test,unsubscribed,[^,]+,${id},$`));
    const broken = `email,group,reason,expires_at\na@b.test,${id + 1000},,\na@b.test,${id},manual,\na@b.test,,,soon\n`;
    assert.deepEqual(
      (await importCsv(broken)).json().errors.map((error: { field: string }) => error.field),
      ["line 2", "line 3", "line 4"],
    );
  });
});
