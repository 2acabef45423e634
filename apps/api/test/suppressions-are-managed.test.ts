import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

let fixture: ApiFixture;
let tenant: Tenant;

before(async () => {
  fixture = await openApiFixture();
});
after(() => fixture[Symbol.asyncDispose]());

const call = async (method: "GET" | "POST" | "DELETE", url: string, payload?: object) =>
  await fixture.app.inject({
    method,
    url,
    headers: tenant.headers,
    ...(payload !== undefined && { payload }),
  });
const importCsv = async (payload: string, type = "text/csv") =>
  await fixture.app.inject({
    method: "POST",
    url: "/suppressions/import",
    headers: { ...tenant.headers, "content-type": type },
    payload,
  });

test("an address is suppressed, found in any case, and freed", async () => {
  tenant = await fixture.addTenant();
  const made = await call("POST", "/suppressions", { address: "Ann@Example.TEST" });
  assert.equal(made.statusCode, 201);
  assert.deepEqual(made.json(), {
    address: "ann@example.test",
    reason: "manual",
    group: null,
    expires_at: null,
  });
  assert.equal((await call("POST", "/suppressions", { address: "ann@example.test" })).statusCode, 409);
  const found = await call("GET", "/suppressions?address=ANN@example.test&reason=manual");
  assert.equal(found.json().suppressions.length, 1);
  assert.equal((await call("GET", "/suppressions?reason=bounced")).json().suppressions.length, 0);
  const other = await fixture.addTenant();
  const url = `/suppressions/${encodeURIComponent("Ann@example.test")}`;
  const foreign = await fixture.app.inject({ method: "DELETE", url, headers: other.headers });
  assert.equal(foreign.statusCode, 404);
  assert.equal((await call("DELETE", url)).statusCode, 204);
  assert.equal((await call("DELETE", url)).statusCode, 404);
  const long = `${"a".repeat(64)}@${`${"b".repeat(60)}.`.repeat(3)}test`;
  assert.equal((await call("POST", "/suppressions", { address: long })).statusCode, 201);
  assert.equal((await call("DELETE", `/suppressions/${encodeURIComponent(long)}`)).statusCode, 204);
  assert.equal((await call("POST", "/suppressions", { address: "Ann <a@b.test>" })).statusCode, 400);
});

test("a hundred thousand addresses are imported, paged through and exported", {
  timeout: 60_000,
}, async () => {
  tenant = await fixture.addTenant();
  const lines = Array.from({ length: 100_000 }, (_, index) => `x,user${index}@example.test,bounced`);
  const answer = await importCsv(`note,Email,reason\r\n${lines.join("\r\n")}\r\n`);
  assert.deepEqual(answer.json(), { read: 100_000, added: 100_000 });
  const exported = await call("GET", "/suppressions/export");
  assert.match(String(exported.headers["content-type"]), /^text\/csv/);
  const rows = exported.body.trimEnd().split("\r\n");
  assert.equal(rows.length, 100_001);
  assert.match(rows[1] ?? "", /^user0@example\.test,bounced,\d{4}-/);
  const first = (await call("GET", "/suppressions?limit=2")).json();
  const second = (await call("GET", `/suppressions?limit=2&cursor=${first.next}`)).json();
  const seen = [...first.suppressions, ...second.suppressions].map((row: { address: string }) => row.address);
  assert.equal(new Set(seen).size, 4);
  assert.deepEqual((await importCsv(exported.body)).json(), { read: 100_000, added: 0 });
  const tooMany = await importCsv(`${lines.map((line) => line.split(",")[1]).join("\n")}\none@more.test`);
  assert.equal(tooMany.statusCode, 400);
});

test("a file with anything wrong is named by line, and nothing of it is taken", async () => {
  tenant = await fixture.addTenant();
  const answer = await importCsv('a@b.test\nnobody\n"c@d.test\ne@f.test,bored\n');
  assert.equal(answer.statusCode, 400);
  assert.deepEqual(
    answer.json().errors.map((error: { field: string }) => error.field),
    ["line 2", "line 3", "line 4"],
  );
  assert.equal((await importCsv("a@b.test", "text/plain")).statusCode, 415);
  assert.equal((await importCsv("{}", "application/json")).statusCode, 415);
  assert.equal((await call("GET", "/suppressions")).json().suppressions.length, 0);
  assert.equal((await call("GET", "/suppressions?cursor=*")).statusCode, 400);
});
