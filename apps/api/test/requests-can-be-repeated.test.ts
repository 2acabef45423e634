import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { findMessage } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

suite("requests with an Idempotency-Key", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let stranger: Tenant;

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    stranger = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const post = (url: string, key: string, payload: object, from = tenant) =>
    fixture.app.inject({
      method: "POST",
      url,
      headers: { ...from.headers, "idempotency-key": key },
      payload,
    });

  async function messagesOf(subject: string): Promise<number> {
    const { rows } = await fixture.db.pool.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM messages WHERE subject = $1",
      [subject],
    );
    return rows[0]?.n ?? -1;
  }

  test("the same body gets the first answer again, whatever the order of its members", async () => {
    const body = {
      ...validBody(tenant),
      subject: "again",
      cc: ["b@example.test"],
      metadata: { a: "1", b: "2" },
    };
    const first = await post("/send", "key-1", body);
    assert.equal(first.statusCode, 202, first.body);
    const reordered = Object.fromEntries(Object.entries({ ...body, metadata: { b: "2", a: "1" } }).reverse());
    const second = await post("/send", "key-1", reordered);
    assert.equal(second.statusCode, 202);
    assert.deepEqual(second.json(), first.json());
    assert.equal(await messagesOf("again"), 1);
    assert.ok(await findMessage(fixture.db, tenant.projectId, first.json().id));
  });

  test("another body with the same key is refused, another project's key is its own", async () => {
    const first = await post("/send", "key-2", { ...validBody(tenant), subject: "one" });
    const other = await post("/send", "key-2", { ...validBody(tenant), subject: "two" });
    assert.equal(other.statusCode, 409);
    assert.equal(other.json().type, "urn:waxwing:problem:idempotency-key-reused");
    assert.equal(other.json().errors[0].field, "idempotency-key");
    assert.equal(await messagesOf("two"), 0);
    const theirs = await post("/send", "key-2", { ...validBody(stranger), subject: "one" }, stranger);
    assert.equal(theirs.statusCode, 202);
    assert.notEqual(theirs.json().id, first.json().id);
  });

  test("a refused request leaves its key free for the corrected one", async () => {
    const refused = await post("/send", "key-3", { ...validBody(tenant), from: "a@nowhere.test" });
    assert.equal(refused.statusCode, 403);
    assert.equal((await post("/send", "key-3", validBody(tenant))).statusCode, 202);
  });

  test("of fifty identical requests at once one is sent and all get its id", async () => {
    const body = { ...validBody(tenant), subject: "race" };
    const answers = await Promise.all(Array.from({ length: 50 }, () => post("/send", "key-4", body)));
    assert.deepEqual([...new Set(answers.map(({ statusCode }) => statusCode))], [202]);
    assert.equal(new Set(answers.map((answer) => answer.body)).size, 1);
    assert.equal(await messagesOf("race"), 1);
  });

  test("a key that cannot be one is refused", async () => {
    for (const key of ["", " ", "a b", "ä", "x".repeat(256)]) {
      const answer = await post("/send", key, validBody(tenant));
      assert.equal(answer.statusCode, 400, JSON.stringify(key));
      assert.equal(answer.json().errors[0].field, "idempotency-key");
    }
  });

  test("a batch is repeated as a whole", async () => {
    const batch = [
      { ...validBody(tenant), subject: "batch" },
      { subject: "nothing" },
      { ...validBody(tenant), subject: "batch" },
    ];
    const first = await post("/send/batch", "key-5", batch);
    assert.equal(first.statusCode, 200, first.body);
    assert.deepEqual(
      first.json().results.map((result: { status: number }) => result.status),
      [202, 400, 202],
    );
    assert.equal((await post("/send/batch", "key-5", batch)).body, first.body);
    assert.equal(await messagesOf("batch"), 2);
    const other = await post("/send/batch", "key-5", [{ ...validBody(tenant), subject: "other" }]);
    assert.equal(other.statusCode, 409);
    assert.equal((await post("/send", "key-5", batch[0] ?? {})).statusCode, 409);
    assert.equal(await messagesOf("other"), 0);
  });

  test("a batch that broke off goes on where it had come to", async () => {
    const batch = Array.from({ length: 10 }, () => ({ ...validBody(tenant), subject: "broken off" }));
    const before = (await post("/send/batch", "key-6", batch)).json().results;
    const lost = before.slice(5).map((result: { id: string }) => result.id);
    for (const table of [
      "messages WHERE id",
      "recipients WHERE message_id",
      "idempotency_keys WHERE message_id",
    ])
      await fixture.db.pool.query(`DELETE FROM ${table} = ANY($1)`, [lost]);
    const after = (await post("/send/batch", "key-6", batch)).json().results;
    assert.deepEqual(after.slice(0, 5), before.slice(0, 5));
    assert.equal(await messagesOf("broken off"), 10);
  });
});
