import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

describe("inbound routes", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let stranger: Tenant;
  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    stranger = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const ask = (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    url: string,
    payload?: object,
    headers = tenant.headers,
  ) => fixture.app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  const make = async (url: string, payload: object, headers = tenant.headers) => {
    const answer = await ask("POST", url, payload, headers);
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json();
  };

  test("one is created, listed in order, changed and deleted; its secret is shown once and sealed", async () => {
    const address = `support@${tenant.domain}`;
    await make("/mailboxes", { address });
    const actions = [
      { type: "mailbox", address: address.toUpperCase() },
      { type: "webhook", url: "https://hooks.example.test/in#x", format: "sendgrid", raw: true },
      { type: "forward", to: ["Ann@Example.Test", "ann@example.test"] },
    ];
    const { id, secret, ...route } = await make("/inbound-routes", {
      pattern: `Support-*@${tenant.domain}`,
      actions,
    });
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.deepEqual(
      { ...route, created_at: null },
      {
        pattern: `support-*@${tenant.domain}`,
        position: 1,
        actions: [
          { type: "mailbox", address },
          { type: "webhook", url: "https://hooks.example.test/in", format: "sendgrid", raw: true },
          { type: "forward", to: ["ann@example.test"] },
        ],
        enabled: true,
        created_at: null,
      },
    );
    const { rows } = await fixture.db.pool.query("SELECT sealed_secret FROM inbound_routes WHERE id = $1", [
      id,
    ]);
    assert.match(rows[0].sealed_secret, /^wax1\./);
    const last = await make("/inbound-routes", { pattern: "*@*", actions: [{ type: "drop" }] });
    const first = await make("/inbound-routes", {
      pattern: "a@*",
      actions: [{ type: "mailbox" }],
      position: 0,
    });
    const list = async () => (await ask("GET", "/inbound-routes")).json().inbound_routes;
    assert.deepEqual(
      (await list()).map((shown: { id: string }) => shown.id),
      [first.id, id, last.id],
    );
    const changed = await ask("PATCH", `/inbound-routes/${last.id}`, { position: 0, enabled: false });
    assert.deepEqual([changed.json().position, changed.json().enabled], [0, false]);
    assert.equal("secret" in changed.json(), false);
    assert.deepEqual((await ask("GET", `/inbound-routes/${id}/posts`)).json(), { posts: [] });
    for (const gone of [id, last.id, first.id])
      assert.equal((await ask("DELETE", `/inbound-routes/${gone}`)).statusCode, 204);
    assert.deepEqual(await list(), []);
  });

  test("everything wrong with a route is said at once", async () => {
    await make("/mailboxes", { address: `theirs@${stranger.domain}` }, stranger.headers);
    const answer = await ask("POST", "/inbound-routes", {
      pattern: `x@${tenant.domain}`,
      actions: [
        { type: "mailbox", address: `theirs@${stranger.domain}` },
        { type: "mailbox" },
        { type: "webhook", url: "ftp://hooks.example.test" },
        { type: "forward", to: ["ann@example.test", "no address"] },
        { type: "drop" },
      ],
    });
    assert.equal(answer.statusCode, 400, answer.body);
    assert.deepEqual(
      answer.json().errors.map(({ field }: { field: string }) => field),
      ["actions[0].address", "actions[1]", "actions[2].url", "actions[3].to[1]", "actions[4]"],
    );
    const pattern = await ask("POST", "/inbound-routes", { pattern: "(a+)+@*", actions: [{ type: "drop" }] });
    assert.equal(pattern.statusCode, 400);
    assert.equal(pattern.json().errors[0].field, "pattern");
  });

  test("a domain gets a catch-all of its own project, and may refuse what fails DMARC", async () => {
    const address = `all@${tenant.domain}`;
    await make("/mailboxes", { address });
    const { domains } = (await ask("GET", "/domains")).json();
    const url = `/domains/${domains[0].id}`;
    assert.deepEqual(
      (({ catch_all, dmarc_failures }) => [catch_all, dmarc_failures])((await ask("GET", url)).json()),
      [null, "file"],
    );
    const changed = await ask("PATCH", url, { catch_all: address, dmarc_failures: "reject" });
    assert.equal(changed.statusCode, 200, changed.body);
    assert.deepEqual([changed.json().catch_all, changed.json().dmarc_failures], [address, "reject"]);
    assert.equal((await ask("PATCH", url, { catch_all: null })).json().dmarc_failures, "reject");
    const foreign = await ask("PATCH", url, { catch_all: `theirs@${stranger.domain}` });
    assert.equal(foreign.statusCode, 400);
    assert.equal((await ask("PATCH", url, {})).statusCode, 400);
  });
});
