import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { verifyPassword } from "@waxwing/runtime";
import { findMailbox } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

let fixture: ApiFixture;
let tenant: Tenant;

before(async () => {
  fixture = await openApiFixture();
  tenant = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

const call = async (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object) =>
  await fixture.app.inject({
    method,
    url,
    headers: tenant.headers,
    ...(payload !== undefined && { payload }),
  });

async function opens(address: string, password: string): Promise<boolean> {
  const stored = await findMailbox(fixture.db, address);
  return (await verifyPassword(password, stored?.passwordHash ?? null)).kind === "match";
}

test("a mailbox is made, shown without its password, changed and deleted, and each is written down", async () => {
  const address = `Ann@${tenant.domain}`;
  const answer = await call("POST", "/mailboxes", { address });
  assert.equal(answer.statusCode, 201, answer.body);
  const { password, ...shown } = answer.json();
  assert.equal(shown.address, address.toLowerCase());
  assert.match(password, /^[\w-]{24}$/);
  assert.ok(await opens(address, password));
  assert.deepEqual((await call("GET", `/mailboxes/${shown.id}`)).json(), shown);
  assert.deepEqual((await call("GET", "/mailboxes")).json(), { mailboxes: [shown] });

  const changed = await call("PATCH", `/mailboxes/${shown.id}`, { password: "another one" });
  assert.equal(changed.json().password, null);
  assert.ok(await opens(address, "another one"));
  assert.ok(!(await opens(address, password)));
  assert.equal((await call("POST", "/mailboxes", { address })).statusCode, 409);
  assert.equal((await call("DELETE", `/mailboxes/${shown.id}`)).statusCode, 204);
  assert.equal((await call("DELETE", `/mailboxes/${shown.id}`)).statusCode, 404);

  const log = await call("GET", "/audit-log");
  assert.deepEqual(
    log.json().entries.map((entry: { action: string }) => entry.action),
    ["mailbox.deleted", "mailbox.password-changed", "mailbox.created"],
  );
  assert.doesNotMatch(log.body, /another one/);
});

test("a mailbox is at a domain of the project, with a password worth the name", async () => {
  const other = await fixture.addTenant();
  for (const payload of [
    { address: `ann@${other.domain}` },
    { address: "ann@nowhere.test" },
    { address: "ann" },
    { address: `ann@${tenant.domain}`, password: "short" },
    { address: `ann@${tenant.domain}`, password: "with a \u0000 inside" },
  ]) {
    assert.equal((await call("POST", "/mailboxes", payload)).statusCode, 400, JSON.stringify(payload));
  }
});
