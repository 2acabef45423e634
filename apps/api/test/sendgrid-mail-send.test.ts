import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

/** What is sent where a case changes nothing else. */
export function validMail(tenant: Tenant): Record<string, unknown> {
  return {
    personalizations: [{ to: [{ email: "ann@example.test", name: "Ann" }] }],
    from: { email: `shop@${tenant.domain}`, name: "Shop" },
    subject: "Hello",
    content: [{ type: "text/plain", value: "Hi Ann" }],
  };
}

suite("POST /v3/mail/send", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const send = (change: object, headers: object = {}) =>
    fixture.app.inject({
      method: "POST",
      url: "/v3/mail/send",
      headers: { ...tenant.headers, ...headers },
      payload: { ...validMail(tenant), ...change },
    });

  test("a mail is accepted with an empty 202 that names the request", async () => {
    const answer = await send({});
    assert.equal(answer.statusCode, 202, answer.body);
    assert.equal(answer.body, "");
    assert.equal(answer.headers["content-length"], "0");
    assert.match(String(answer.headers["x-message-id"]), /^[\w-]{22}$/);
  });
});
