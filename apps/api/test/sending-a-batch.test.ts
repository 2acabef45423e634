import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { findMessage } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

suite("POST /send/batch", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const send = (payload: unknown, headers = tenant.headers) =>
    fixture.app.inject({
      method: "POST",
      url: "/send/batch",
      headers: { ...headers, "content-type": "application/json" },
      payload: JSON.stringify(payload),
    });

  test("each item is taken or refused for itself, in order", async () => {
    const answer = await send([
      validBody(tenant),
      { ...validBody(tenant), to: "nobody" },
      { ...validBody(tenant), from: "a@nowhere.test" },
      "text",
      null,
      { ...validBody(tenant), to: ["ann@example.test", 7], surprise: true },
      validBody(tenant),
    ]);
    assert.equal(answer.statusCode, 200, answer.body);
    const { results } = answer.json();
    assert.deepEqual(
      results.map((result: { status: number }) => result.status),
      [202, 400, 403, 400, 400, 400, 202],
    );
    const [first, badAddress, unverified, , , twice, last] = results;
    assert.deepEqual(first.recipients, [{ id: `${first.id}.0`, email: "ann@example.test" }]);
    assert.ok(await findMessage(fixture.db, tenant.projectId, last.id));
    assert.equal(badAddress.problem.errors[0].field, "to");
    assert.equal(unverified.problem.type, "urn:waxwing:problem:domain-not-verified");
    assert.deepEqual(twice.problem.errors.map(({ field }: { field: string }) => field).sort(), [
      "surprise",
      "to[1]",
    ]);
  });

  test("a thousand items are taken in one request, one more is not", async () => {
    const items = Array.from({ length: 1_000 }, (_, index) => ({
      ...validBody(tenant),
      to: `user${index}@site${index % 20}.test`,
    }));
    const answer = await send(items);
    assert.equal(answer.statusCode, 200);
    const { results } = answer.json();
    assert.deepEqual(
      results.map((result: { recipients: { email: string }[] }) => result.recipients[0]?.email),
      items.map(({ to }) => to),
    );
    for (const body of [[...items, validBody(tenant)], [], {}, validBody(tenant)]) {
      assert.equal((await send(body)).statusCode, 400);
    }
  });

  test("only a key that may send sends", async () => {
    const reader = await fixture.addKey(tenant.projectId, ["messages:read"]);
    assert.equal((await send([validBody(tenant)], reader)).statusCode, 403);
  });
});
