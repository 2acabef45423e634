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

test("settings are changed by themselves, and leave the password alone", async () => {
  const address = `set@${tenant.domain}`;
  const made = (await call("POST", "/mailboxes", { address, quota_bytes: 1_000, mirror_sent: true })).json();
  assert.equal(made.quota_bytes, 1_000);
  assert.equal(made.mirror_sent, true);
  const url = `/mailboxes/${made.id}`;
  const change = { retention_days: 30, pop3_deletion: "hide", quota_bytes: null, mirror_sent: false };
  const changed = (await call("PATCH", url, change)).json();
  assert.deepEqual(changed, { ...made, ...change, password: null });
  assert.ok(await opens(address, made.password));
  const none = { used: 0, limit: null };
  assert.deepEqual((await call("GET", `${url}/usage`)).json(), { bytes: none, messages: none });
  for (const refused of [{ retention_days: 0 }, { pop3_deletion: "keep" }, { quota_bytes: -1 }]) {
    assert.equal((await call("PATCH", url, refused)).statusCode, 400, JSON.stringify(refused));
  }
});

test("an alias is an address of a verified domain of the project that no mailbox has", async () => {
  const other = await fixture.addTenant();
  const [ann, bob] = await Promise.all(
    ["a1", "b1"].map(async (name) => {
      const made = await call("POST", "/mailboxes", { address: `${name}@${tenant.domain}` });
      return made.json();
    }),
  );
  const add = (id: string, address: string) => call("POST", `/mailboxes/${id}/aliases`, { address });
  const alias = `Help@${tenant.domain}`;
  const made = await add(ann.id, alias);
  assert.equal(made.statusCode, 201, made.body);
  assert.equal((await findMailbox(fixture.db, alias))?.id, ann.id);
  assert.equal((await add(bob.id, alias)).statusCode, 409);
  assert.equal((await add(ann.id, bob.address)).statusCode, 409);
  assert.equal((await call("POST", "/mailboxes", { address: alias })).statusCode, 409);
  assert.equal((await add(ann.id, `help@${other.domain}`)).statusCode, 400);
  assert.equal((await add(other.projectId, `x@${tenant.domain}`)).statusCode, 404);
  const url = `/mailboxes/${ann.id}/aliases`;
  assert.deepEqual((await call("GET", url)).json(), { aliases: [made.json()] });
  assert.equal((await call("DELETE", `/mailboxes/${bob.id}/aliases/${made.json().id}`)).statusCode, 404);
  assert.equal((await call("DELETE", `${url}/${made.json().id}`)).statusCode, 204);
  assert.equal(await findMailbox(fixture.db, alias), null);
  // Whoever comes first gets it: a mailbox and an alias at the same time are never both made.
  const answers = await Promise.all([add(ann.id, alias), call("POST", "/mailboxes", { address: alias })]);
  assert.deepEqual(answers.map(({ statusCode }) => statusCode).sort(), [201, 409]);
});

test("an app password is shown once and kept as a hash", async () => {
  const mailbox = (await call("POST", "/mailboxes", { address: `app@${tenant.domain}` })).json();
  const url = `/mailboxes/${mailbox.id}/app-passwords`;
  const made = await call("POST", url, { name: "phone", scopes: ["imap", "submission"] });
  assert.equal(made.statusCode, 201, made.body);
  const { password, ...shown } = made.json();
  assert.match(password, /^[\w-]{24}$/);
  assert.deepEqual((await call("GET", url)).json(), { app_passwords: [shown] });
  const { rows } = await fixture.db.pool.query(
    "SELECT mailbox_app_passwords::text AS row FROM mailbox_app_passwords",
  );
  assert.ok(rows.every(({ row }) => !row.includes(password)));
  for (const scopes of [[], ["smtp"], ["imap", "imap"]]) {
    assert.equal((await call("POST", url, { name: "x", scopes })).statusCode, 400, scopes.join());
  }
  const [other] = (await call("GET", "/mailboxes"))
    .json()
    .mailboxes.filter(({ id }: { readonly id: string }) => id !== mailbox.id);
  const elsewhere = `/mailboxes/${other.id}/app-passwords/${shown.id}`;
  assert.equal((await call("DELETE", elsewhere)).statusCode, 404, "it belongs to its mailbox");
  assert.equal((await call("DELETE", `${url}/${shown.id}`)).statusCode, 204);
  assert.equal((await call("DELETE", `${url}/${shown.id}`)).statusCode, 404);
});

test("a mailbox has a hundred app passwords at most, and they go with it", async () => {
  const mailbox = (await call("POST", "/mailboxes", { address: `many@${tenant.domain}` })).json();
  const url = `/mailboxes/${mailbox.id}/app-passwords`;
  const add = (name: string) => call("POST", url, { name, scopes: ["pop3"] });
  for (let made = 0; made < 98; made += 14)
    await Promise.all(Array.from({ length: 14 }, (_, at) => add(`${made + at}`)));
  const last = await Promise.all([add("a"), add("b"), add("c"), add("d")]);
  assert.deepEqual(last.map(({ statusCode }) => statusCode).sort(), [201, 201, 409, 409]);
  const refused = last.find(({ statusCode }) => statusCode === 409);
  assert.match(refused?.json().type, /limit-reached$/);
  assert.equal((await call("DELETE", `/mailboxes/${mailbox.id}`)).statusCode, 204);
  const { rows } = await fixture.db.pool.query("SELECT FROM mailbox_app_passwords WHERE mailbox_id = $1", [
    mailbox.id,
  ]);
  assert.deepEqual(rows, []);
});
