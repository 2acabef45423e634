import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { findMessage } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { addSigningDomain, type Delivery, openDelivery } from "./delivery.ts";

suite("batches are paused and cancelled", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let delivery: Delivery;
  let from: string;
  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    from = `shop@${await addSigningDomain(fixture, tenant)}`;
    delivery = await openDelivery(fixture);
  });
  after(async () => {
    await delivery[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });

  const ask = async (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    payload?: object,
    of: Tenant = tenant,
  ) => {
    const answer = await fixture.app.inject({
      method,
      url: `/v3${path}`,
      headers: of.headers,
      ...(payload !== undefined && { payload }),
    });
    return { status: answer.statusCode, body: answer.body === "" ? null : answer.json() };
  };
  const addBatch = async (): Promise<string> => {
    const { status, body } = await ask("POST", "/mail/batch");
    assert.equal(status, 201);
    return body.batch_id;
  };
  const order = async (batchId: string, status: "pause" | "cancel") =>
    assert.deepEqual(await ask("POST", "/user/scheduled_sends", { batch_id: batchId, status }), {
      status: 201,
      body: { batch_id: batchId, status },
    });

  /** Sends one mail in a batch, to a site of its own. */
  const sendIn = async (batchId: string, more: object = {}) => {
    const site = `${randomBytes(5).toString("hex")}.test`;
    const { status, body } = await ask("POST", "/mail/send", {
      personalizations: [{ to: [{ email: `ann@${site}` }] }],
      from: { email: from },
      subject: "Hello",
      content: [{ type: "text/plain", value: "Hi" }],
      batch_id: batchId,
      ...more,
    });
    assert.equal(status, 202, JSON.stringify(body));
    const { rows } = await fixture.db.pool.query("SELECT message_id FROM recipients WHERE address = $1", [
      `ann@${site}`,
    ]);
    return { site, id: rows[0].message_id as string };
  };
  const stateOf = async (id: string) => {
    const found = await findMessage(fixture.db, tenant.projectId, id);
    const [recipient] = found?.recipients ?? [];
    return recipient && { state: recipient.state, attempts: recipient.attempts, reply: recipient.reply };
  };
  const eventsOf = async (id: string): Promise<readonly string[]> => {
    const { rows } = await fixture.db.pool.query(
      "SELECT type FROM events WHERE message_id = $1 ORDER BY id",
      [id],
    );
    return rows.map((row) => row.type);
  };

  test("an id is made and known, to its project alone", async () => {
    const batchId = await addBatch();
    assert.match(batchId, /^[\w-]{32}$/);
    assert.deepEqual(await ask("GET", `/mail/batch/${batchId}`), {
      status: 200,
      body: { batch_id: batchId },
    });
    const unknown = { errors: [{ message: "invalid batch id", field: "batch_id", help: null }] };
    const stranger = await fixture.addTenant();
    for (const path of [`/mail/batch/${batchId}`, "/mail/batch/none", "/mail/batch/a%00b"])
      assert.deepEqual(await ask("GET", path, undefined, stranger), { status: 400, body: unknown });
    const foreign = { batch_id: batchId, status: "cancel" };
    assert.equal((await ask("POST", "/user/scheduled_sends", foreign, stranger)).status, 400);
    await order(batchId, "pause");
    assert.deepEqual((await ask("GET", `/user/scheduled_sends/${batchId}`, undefined, stranger)).body, []);
    assert.deepEqual((await ask("GET", "/user/scheduled_sends", undefined, stranger)).body, []);
    assert.equal((await ask("DELETE", `/user/scheduled_sends/${batchId}`, undefined, stranger)).status, 404);
    const change = { status: "cancel" };
    assert.equal((await ask("PATCH", `/user/scheduled_sends/${batchId}`, change, stranger)).status, 404);
  });

  test("orders are listed, changed and lifted", async () => {
    const batchId = await addBatch();
    const path = `/user/scheduled_sends/${batchId}`;
    assert.deepEqual((await ask("GET", path)).body, []);
    await order(batchId, "pause");
    const twice = await ask("POST", "/user/scheduled_sends", { batch_id: batchId, status: "cancel" });
    assert.equal(twice.status, 400);
    assert.equal((await ask("PATCH", path, { status: "cancel" })).status, 204);
    assert.deepEqual((await ask("GET", path)).body, [{ batch_id: batchId, status: "cancel" }]);
    const { body: list } = await ask("GET", "/user/scheduled_sends");
    assert.ok(list.some((item: { batch_id: string }) => item.batch_id === batchId));
    assert.equal((await ask("DELETE", path)).status, 204);
    assert.equal((await ask("DELETE", path)).status, 404);
    assert.equal((await ask("PATCH", path, { status: "pause" })).status, 404);
    assert.equal((await ask("PATCH", path, { status: "send" })).status, 400);
  });

  test("a paused mail waits without an attempt, and goes when the pause is lifted", async () => {
    const batchId = await addBatch();
    await order(batchId, "pause");
    const { site, id } = await sendIn(batchId);
    assert.equal((await delivery.deliver(site)).size, 0);
    assert.deepEqual(await stateOf(id), { state: "queued", attempts: [], reply: null });
    assert.equal((await delivery.deliver(site)).size, 0);
    fixture.lanes.woken.length = 0;
    assert.equal((await ask("DELETE", `/user/scheduled_sends/${batchId}`)).status, 204);
    assert.deepEqual(fixture.lanes.woken, [site]);
    assert.deepEqual([...(await delivery.deliver(site)).keys()], [`ann@${site}`]);
    assert.deepEqual(await eventsOf(id), ["accepted", "processed", "delivered"]);
  });

  test("a cancelled mail is never sent, also one that was paused before", async () => {
    for (const orders of [["cancel"], ["pause", "cancel"]] as const) {
      const batchId = await addBatch();
      await order(batchId, orders[0]);
      const { site, id } = await sendIn(batchId);
      assert.equal((await delivery.deliver(site)).size, 0);
      if (orders[0] === "pause") {
        assert.equal(
          (await ask("PATCH", `/user/scheduled_sends/${batchId}`, { status: "cancel" })).status,
          204,
        );
        assert.equal((await delivery.deliver(site)).size, 0);
      }
      assert.equal((await stateOf(id))?.state, "cancelled");
      assert.deepEqual(await eventsOf(id), ["accepted", "cancelled"]);
    }
  });

  test("a scheduled mail keeps its time when a pause is lifted", async () => {
    const batchId = await addBatch();
    const sendAt = Math.floor(Date.now() / 1_000) + 7_200;
    const { id } = await sendIn(batchId, { send_at: sendAt });
    await order(batchId, "pause");
    assert.equal((await ask("DELETE", `/user/scheduled_sends/${batchId}`)).status, 204);
    const { rows } = await fixture.db.pool.query("SELECT due_at FROM backlog WHERE message_id = $1", [id]);
    assert.equal(rows[0].due_at.getTime(), sendAt * 1_000);
  });

  test("what was paused for 72 hours expires", async () => {
    const batchId = await addBatch();
    await order(batchId, "pause");
    const { site, id } = await sendIn(batchId);
    await delivery.deliver(site);
    await fixture.db.pool.query(
      "UPDATE send_batches SET status_set_at = status_set_at - interval '72 hours' WHERE id = $1",
      [batchId],
    );
    await fixture.db.pool.query(
      "UPDATE backlog SET due_at = due_at - interval '72 hours' WHERE message_id = $1",
      [id],
    );
    assert.equal((await delivery.deliver(site)).size, 0);
    const state = await stateOf(id);
    assert.equal(state?.state, "expired");
    assert.equal(state?.reply, "its batch was paused for more than 72 hours");
  });

  test("only batches of the project are named by a mail", async () => {
    const batchId = await addBatch();
    const stranger = await fixture.addTenant();
    const { status, body } = await ask(
      "POST",
      "/mail/send",
      {
        personalizations: [{ to: [{ email: "ann@example.test" }] }],
        from: { email: `shop@${stranger.domain}` },
        subject: "Hello",
        content: [{ type: "text/plain", value: "Hi" }],
        batch_id: batchId,
      },
      stranger,
    );
    assert.equal(status, 400);
    assert.deepEqual(
      body.errors.map((error: { message: string; field: string }) => [error.field, error.message]),
      [["batch_id", "invalid batch id"]],
    );
  });
});
