import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { verifyPassword } from "@waxwing/runtime";
import { findSmtpCredential } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

describe("SMTP credentials", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const ask = (method: "GET" | "POST" | "DELETE", url: string, payload?: object, headers = tenant.headers) =>
    fixture.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });

  test("one is shown with its password once, listed without, written down, and deleted", async () => {
    const answer = await ask("POST", "/smtp-credentials", { name: "printer", allowed_ips: ["10.0.0.0/8"] });
    assert.equal(answer.statusCode, 201, answer.body);
    const { id, username, password, ...rest } = answer.json();
    assert.match(username, /^smtp-[0-9a-f]{20}$/);
    assert.match(password, /^[\w-]{24}$/);
    assert.deepEqual(rest.allowed_ips, ["10.0.0.0/8"]);
    const stored = await findSmtpCredential(fixture.db, username);
    assert.deepEqual(await verifyPassword(password, stored?.passwordHash ?? null), {
      kind: "match",
      outdated: false,
    });
    for (const url of ["/smtp-credentials", `/smtp-credentials/${id}`]) {
      const shown = await ask("GET", url);
      assert.ok(shown.body.includes(username) && !shown.body.includes(password));
    }
    assert.equal((await ask("DELETE", `/smtp-credentials/${id}`)).statusCode, 204);
    assert.equal((await ask("DELETE", `/smtp-credentials/${id}`)).statusCode, 404);
    assert.equal(await findSmtpCredential(fixture.db, username), null);
    const { entries } = (await ask("GET", "/audit-log")).json();
    const actions = entries
      .filter(({ target }: { target: string }) => target === id)
      .map(({ action }: { action: string }) => action);
    assert.deepEqual(actions, ["smtp-credential.deleted", "smtp-credential.created"]);
  });

  test("a user name is an address at a verified domain of the project, and nobody has it twice", async () => {
    const username = `Printer@${tenant.domain}`;
    const made = await ask("POST", "/smtp-credentials", { name: "a", username });
    assert.equal(made.json().username, username.toLowerCase());
    assert.equal((await ask("POST", "/smtp-credentials", { name: "b", username })).statusCode, 409);
    const other = await fixture.addTenant();
    const pending = await fixture.addTenant({ verified: false });
    for (const wrong of ["ann", "ann@example.org", `ann@${other.domain}`]) {
      const answer = await ask("POST", "/smtp-credentials", { name: "c", username: wrong });
      assert.equal(answer.statusCode, 400, wrong);
      assert.equal(answer.json().errors[0].field, "username");
    }
    const unproved = { name: "d", username: `ann@${pending.domain}` };
    assert.equal((await ask("POST", "/smtp-credentials", unproved, pending.headers)).statusCode, 400);
  });

  test("another project's credential is not there", async () => {
    const other = await fixture.addTenant();
    const { id } = (await ask("POST", "/smtp-credentials", { name: "a" }, other.headers)).json();
    for (const method of ["GET", "DELETE"] as const) {
      assert.equal((await ask(method, `/smtp-credentials/${id}`)).statusCode, 404);
    }
    assert.equal((await ask("GET", `/smtp-credentials/${id}`, undefined, other.headers)).statusCode, 200);
  });

  test("a key gives no more than it has", async () => {
    const manager = await fixture.addKey(tenant.projectId, ["smtp-credentials:write"]);
    const refused = await ask("POST", "/smtp-credentials", { name: "a" }, manager);
    assert.equal(refused.statusCode, 403);
    assert.match(refused.body, /send/);
    const sender = await fixture.addKey(tenant.projectId, ["smtp-credentials:write", "send"]);
    assert.equal((await ask("POST", "/smtp-credentials", { name: "a" }, sender)).statusCode, 201);
    assert.equal((await ask("GET", "/smtp-credentials", undefined, sender)).statusCode, 403);
  });

  test("all that is wrong with one is named at once", async () => {
    const answer = await ask("POST", "/smtp-credentials", {
      name: "a\0",
      allowed_ips: ["10.0.0.0/33"],
      expires_at: "2020-01-01T00:00:00Z",
    });
    assert.deepEqual(
      answer.json().errors.map(({ field }: { field: string }) => field),
      ["allowed_ips[0]", "expires_at", "name"],
    );
  });
});
