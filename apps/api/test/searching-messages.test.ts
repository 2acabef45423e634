import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { idTimeMs, newId } from "@waxwing/runtime";
import { claimDueRecipients, recordOutcomes } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

suite("searching messages", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let stranger: Tenant;

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    stranger = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  async function send(change: object, from = tenant): Promise<string> {
    const payload = { ...validBody(from), ...change };
    const answer = await fixture.app.inject({ method: "POST", url: "/send", headers: from.headers, payload });
    assert.equal(answer.statusCode, 202, answer.body);
    return answer.json().id;
  }
  const search = async (query: Record<string, string | number>, from = tenant) => {
    const answer = await fixture.app.inject({
      url: "/messages",
      query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
      headers: from.headers,
    });
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json();
  };
  const idsOf = async (query: Record<string, string | number>, from = tenant): Promise<string[]> =>
    (await search(query, from)).messages.map(({ id }: { id: string }) => id);

  test("each term finds what it should, and all of them together", async () => {
    const first = await send({
      to: ["Ann <Ann@find.test>", "bob@find.test"],
      subject: "Your 100% ORDER",
      tags: ["a"],
    });
    const second = await send({ to: "ANN@find.test", subject: "Your invoice", tags: ["a", "b"] });
    const third = await send({ from: `Billing@${tenant.domain}`, cc: "carl@find.test", subject: "Order 7" });
    await send({ to: "ann@find.test", subject: "Order", from: `x@${stranger.domain}` }, stranger);
    assert.deepEqual(await idsOf({}), [third, second, first]);
    const cases: readonly (readonly [Record<string, string>, string[]])[] = [
      [{ recipient: "ann@FIND.test" }, [second, first]],
      [{ recipient: "ann@find" }, []],
      [{ recipient: "carl@find.test" }, [third]],
      [{ sender: "billing@" }, [third]],
      [{ subject: "order" }, [third, first]],
      [{ subject: "100%" }, [first]],
      [{ subject: "_" }, []],
      [{ tag: "b" }, [second]],
      [{ tag: "B" }, []],
      [{ state: "queued" }, [third, second, first]],
      [{ state: "delivered" }, []],
      [
        { recipient: "ann@find.test", subject: "YOUR", tag: "a", sender: "shop", state: "queued" },
        [second, first],
      ],
      [{ from: new Date(idTimeMs(second) + 86_400_000).toISOString() }, []],
      [{ to: new Date(idTimeMs(first)).toISOString() }, []],
      [{ from: new Date(idTimeMs(first)).toISOString() }, [third, second, first]],
      [{ from: "1960-01-01T00:00:00+02:00", to: "1960-01-01T00:00:00Z" }, []],
    ];
    for (const [query, ids] of cases) assert.deepEqual(await idsOf(query), ids, JSON.stringify(query));
    const [shown] = (await search({ recipient: "bob@find.test" })).messages;
    assert.deepEqual(shown, {
      id: first,
      from: { email: `shop@${tenant.domain}`, name: "Shop" },
      subject: "Your 100% ORDER",
      tags: ["a"],
      accepted_at: new Date(idTimeMs(first)).toISOString(),
      send_at: null,
      recipient_count: 2,
      recipients: [
        { id: `${first}.0`, email: "Ann@find.test", state: "queued", held: false },
        { id: `${first}.1`, email: "bob@find.test", state: "queued", held: false },
      ],
    });
  });

  test("the state is that of the recipient searched for, and knows who is being delivered", async () => {
    const id = await send({ to: ["one@state.test", "two@state.test"] });
    const leaseId = newId();
    const [claimed] = await claimDueRecipients(fixture.db, {
      site: "state.test",
      limit: 1,
      leaseId,
      leaseMs: 60_000,
    });
    assert.ok(claimed);
    const other = claimed.address === "one@state.test" ? "two@state.test" : "one@state.test";
    assert.deepEqual(await idsOf({ recipient: claimed.address, state: "sending" }), [id]);
    assert.deepEqual(await idsOf({ recipient: claimed.address, state: "queued" }), []);
    assert.deepEqual(await idsOf({ recipient: other, state: "queued" }), [id]);
    await recordOutcomes(fixture.db, leaseId, [
      { ...claimed, state: "delivered", dueAtMs: null, reply: "ok", attempts: [], events: [] },
    ]);
    assert.deepEqual(await idsOf({ state: "delivered" }), [id]);
    assert.deepEqual(await idsOf({ recipient: other, state: "delivered" }), []);
  });

  test("from cursor to cursor everything comes once, newest first, also what arrives meanwhile not twice", async () => {
    const sent: string[] = [];
    for (let n = 0; n < 7; n++) sent.unshift(await send({ to: "page@pages.test", subject: `page ${n}` }));
    for (const query of [{ recipient: "page@pages.test" }, { subject: "page" }] as Record<string, string>[]) {
      const seen: string[] = [];
      const late: string[] = [];
      let next: string | null = null;
      do {
        const page = await search({ ...query, limit: 3, ...(next !== null && { after: next }) });
        seen.push(...page.messages.map(({ id }: { id: string }) => id));
        next = page.next;
        if (seen.length === 3) late.push(await send({ to: "page@pages.test", subject: "page late" }));
      } while (next !== null);
      assert.deepEqual(seen, sent);
      sent.unshift(...late);
    }
    assert.equal((await search({ limit: 1, recipient: "page@pages.test" })).messages.length, 1);
  });

  test("a page ends after ten thousand messages looked at, and the next goes on there", async () => {
    const rare = await fixture.addTenant();
    const wanted = await send({ subject: "the needle", to: "n@hay.test" }, rare);
    await fixture.db.pool.query(
      `INSERT INTO messages SELECT (jsonb_populate_record(m, jsonb_build_object('id', overlay(m.id::text placing lpad(to_hex(n), 12, '0') from 25),
              'subject', 'hay'))).*
         FROM messages AS m, generate_series(1, 12000) AS n WHERE m.id = $1`,
      [wanted],
    );
    const before = await idsOf({ subject: "the needle", to: "2000-01-01T00:00:00Z" }, rare);
    assert.deepEqual(before, []);
    const found: string[] = [];
    let pages = 0;
    let next: string | null = null;
    do {
      const page = await search({ subject: "needle", ...(next !== null && { after: next }) }, rare);
      found.push(...page.messages.map(({ id }: { id: string }) => id));
      next = page.next;
      pages++;
    } while (next !== null);
    assert.deepEqual(found, [wanted]);
    assert.equal(pages, 2);
  });

  test("the indexes serve it", async () => {
    await fixture.db.pool.query("ANALYZE messages, recipients");
    for (const [sql, index] of [
      [
        `SELECT id FROM messages WHERE project_id = '${tenant.projectId}' AND id < '${newId()}' ORDER BY id DESC LIMIT 9`,
        /messages_\d+_\d+_project_id_id_idx/,
      ],
      [
        "SELECT DISTINCT message_id FROM recipients WHERE hashtextextended(lower(address), 0) = hashtextextended(lower('a@b.test'), 0) ORDER BY message_id DESC LIMIT 9",
        /recipients_\d+_\d+_hashtextextended_message_id_idx/,
      ],
    ] as const) {
      const client = await fixture.db.pool.connect();
      try {
        await client.query("SET enable_seqscan = off");
        const { rows } = await client.query<{ "QUERY PLAN": string }>(`EXPLAIN ${sql}`);
        assert.match(rows.map((row) => row["QUERY PLAN"]).join("\n"), index);
      } finally {
        client.release(true);
      }
    }
  });

  test("what cannot be searched for is refused by field", async () => {
    for (const [query, field] of [
      ["subject=%00", "subject"],
      ["recipient=", "recipient"],
      ["state=gone", "state"],
      ["from=yesterday", "from"],
      ["to=2026-02-30T00:00:00Z", "to"],
      ["after=x", "after"],
      ["limit=101", "limit"],
      ["colour=red", "colour"],
    ] as const) {
      const answer = await fixture.app.inject({ url: `/messages?${query}`, headers: tenant.headers });
      assert.equal(answer.statusCode, 400, query);
      assert.deepEqual(
        answer.json().errors.map((error: { field: string }) => error.field),
        [field],
      );
    }
  });
});
