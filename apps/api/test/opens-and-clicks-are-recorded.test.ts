import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { addSigningDomain, type Delivery, judge, linksIn, openDelivery, readable } from "./delivery.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
const APPLE_PRIVACY = "Mozilla/5.0";
const TARGET = "https://shop.example/order?id=1&x=ä";

suite("opens and clicks are recorded", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let delivery: Delivery;
  let domain: string;

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    domain = await addSigningDomain(fixture, tenant);
    delivery = await openDelivery(fixture);
  });
  after(async () => {
    await delivery[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });

  let sites = 0;
  const freshSite = (): string => `read${++sites}.example`;
  const send = async (site: string, body: Record<string, unknown>) => {
    const answer = await fixture.app.inject({
      method: "POST",
      url: "/send",
      headers: tenant.headers,
      body: {
        from: `shop@${domain}`,
        to: `ann@${site}`,
        subject: "Hello",
        text: `See ${TARGET}.`,
        html: `<body><p>Häi <a href="${TARGET.replace("&", "&amp;")}">order</a></p></body>`,
        tags: ["orders"],
        ...body,
      },
    });
    assert.equal(answer.statusCode, 202, answer.body);
    return { id: answer.json<{ id: string }>().id, arrived: await delivery.deliver(site) };
  };
  const events = async (id: string, type: string): Promise<readonly Record<string, unknown>[]> => {
    const answer = await fixture.app.inject({ url: `/messages/${id}`, headers: tenant.headers });
    const { timeline } = answer.json<{ timeline: { type: string; data: Record<string, unknown> }[] }>();
    return timeline.filter((event) => event.type === type).map(({ data }) => data);
  };
  const visit = (url: string, userAgent: string, method: "GET" | "HEAD" = "GET") =>
    fixture.app.inject({ method, url, headers: { "user-agent": userAgent } });

  test("nothing is tracked unless it is asked for", async () => {
    const site = freshSite();
    for (const body of [{}, { track: {} }, { track: { opens: false, clicks: false }, unsubscribe: false }]) {
      const raw = (await send(site, body)).arrived.get(`ann@${site}`) ?? "";
      assert.doesNotMatch(raw, /links\.platform\.example|List-Unsubscribe/);
      assert.ok(readable(raw).includes(`href="https://shop.example/order?id=1&amp;x=`));
    }
  });

  test("an open is recorded, and a machine's is told apart", async () => {
    const site = freshSite();
    const { id, arrived } = await send(site, { track: { opens: true } });
    const raw = arrived.get(`ann@${site}`) ?? "";
    assert.equal((await judge(fixture, domain, raw)).result, "pass");
    assert.match(readable(raw), /<img src="[^"]+" alt="" width="1" height="1"[^>]*><\/body>/);
    const [path = ""] = linksIn(raw, "o");
    assert.equal(linksIn(raw, "c").length, 0);

    const ahead = await visit(path, APPLE_PRIVACY);
    assert.equal(ahead.statusCode, 200);
    assert.equal(ahead.headers["content-type"], "image/gif");
    assert.match(String(ahead.headers["cache-control"]), /no-store/);
    assert.equal(ahead.headers["set-cookie"], undefined);
    assert.equal(ahead.rawPayload.subarray(0, 6).toString(), "GIF89a");
    await visit(path, FIREFOX);
    await visit(path, FIREFOX, "HEAD");
    const [first, second, ...more] = await events(id, "opened");
    assert.deepEqual(more, []);
    const { ip, ...shown } = first ?? {};
    assert.deepEqual(shown, {
      email: `ann@${site}`,
      tags: ["orders"],
      first: true,
      machine: true,
      user_agent: APPLE_PRIVACY,
    });
    assert.equal(ip, "127.0.0.1");
    assert.equal(second?.first, false);
    assert.equal(second?.machine, false);
  });

  test("a click is recorded and leads to where the link led", async () => {
    const site = freshSite();
    const { id, arrived } = await send(site, { track: { clicks: true } });
    const raw = arrived.get(`ann@${site}`);
    const [path = "", ...others] = linksIn(raw, "c");
    assert.deepEqual(others, [], "the text keeps its link");
    const answer = await visit(path, FIREFOX);
    assert.equal(answer.statusCode, 302);
    assert.equal(answer.headers.location, new URL(TARGET).href);
    assert.equal((await visit(path, FIREFOX, "HEAD")).statusCode, 302);
    const [click, ...more] = await events(id, "clicked");
    assert.deepEqual(more, []);
    assert.equal(click?.url, new URL(TARGET).href);
    assert.equal(click?.first, true);
    assert.equal(click?.machine, false);
  });

  test("links of the text too, where that is asked for", async () => {
    const site = freshSite();
    const { arrived } = await send(site, { track: { clicks: "all" } });
    const raw = arrived.get(`ann@${site}`);
    assert.equal(linksIn(raw, "c").length, 2);
    assert.match(readable(raw), /See https:\/\/links\.platform\.example\/c\/[\w/-]+\.\r\n/);
  });

  test("a changed link leads nowhere", async () => {
    const site = freshSite();
    const { id, arrived } = await send(site, { track: { opens: true, clicks: true } });
    const raw = arrived.get(`ann@${site}`);
    const [click = ""] = linksIn(raw, "c");
    const [open = ""] = linksIn(raw, "o");
    const [, , token = ""] = click.split("/");
    const elsewhere = Buffer.from("https://evil.example/").toString("base64url");
    for (const url of [
      `/c/${token}/${elsewhere}`,
      `/c/${token}`,
      "/c/",
      `/c/${"a".repeat(30_000)}`,
      open.replace("/o/", "/c/"),
    ]) {
      const answer = await visit(url, FIREFOX);
      assert.equal(answer.statusCode, 404, url.slice(0, 80));
      assert.equal(answer.headers.location, undefined);
      assert.doesNotMatch(answer.body, /evil/);
    }
    const pixel = await visit(`/o/${"a".repeat(40)}`, FIREFOX);
    assert.equal(pixel.statusCode, 200, "a broken picture would show in the message");
    assert.deepEqual([...(await events(id, "clicked")), ...(await events(id, "opened"))], []);
  });

  test("each recipient has links of its own, and a second attempt sends the same", async () => {
    const site = freshSite();
    const to = [`ann@${site}`, `bob@${site}`];
    const { id, arrived } = await send(site, { to, track: { opens: true } });
    const [ann = "", bob = ""] = to.map((address) => linksIn(arrived.get(address), "o")[0]);
    assert.notEqual(ann, bob);
    await visit(bob, FIREFOX);
    const [opened] = await events(id, "opened");
    assert.equal(opened?.email, `bob@${site}`);
    await fixture.db.pool.query(
      `INSERT INTO backlog (message_id, ordinal, project_id, site, priority, due_at)
       SELECT message_id, ordinal, project_id, $2, 1, now() FROM recipients WHERE message_id = $1`,
      [id, site],
    );
    const again = await delivery.deliver(site);
    for (const address of to) {
      const withoutSignature = (raw: string | undefined) =>
        (raw ?? "").slice((raw ?? "").indexOf("\r\nFrom:"));
      assert.equal(withoutSignature(again.get(address)), withoutSignature(arrived.get(address)));
    }
  });

  test("a link that is followed over and over fills neither the log nor the table", async () => {
    const site = freshSite();
    const { id, arrived } = await send(site, { track: { opens: true } });
    const [path = ""] = linksIn(arrived.get(`ann@${site}`), "o");
    for (let round = 0; round < 4; round++) {
      const answers = await Promise.all(Array.from({ length: 400 }, () => visit(path, FIREFOX)));
      assert.ok(answers.every(({ statusCode }) => statusCode === 200));
    }
    const opened = await events(id, "opened");
    assert.equal(opened.length, 100);
    assert.equal(opened.filter(({ first }) => first === true).length, 1);
    const { rows } = await fixture.db.pool.query("SELECT count FROM engagements WHERE message_id = $1", [id]);
    assert.ok(rows[0].count >= 1_000 && rows[0].count < 1_600, String(rows[0].count));
  });

  test("a link leads on while the database is slow, and what it records comes later", async () => {
    const site = freshSite();
    const { id, arrived } = await send(site, { track: { clicks: true } });
    const [path = ""] = linksIn(arrived.get(`ann@${site}`), "c");
    await visit(path, FIREFOX);
    const holder = await fixture.db.pool.connect();
    await holder.query("BEGIN");
    await holder.query("SELECT FROM engagements WHERE message_id = $1 FOR UPDATE", [id]);
    assert.equal((await visit(path, FIREFOX)).statusCode, 302);
    assert.equal((await events(id, "clicked")).length, 1);
    await holder.query("ROLLBACK");
    holder.release();
    let recorded = 1;
    for (let look = 0; recorded < 2 && look < 1_000; look++) recorded = (await events(id, "clicked")).length;
    assert.equal(recorded, 2);
  });

  test("of a message that retention took nothing is recorded", async () => {
    const { recipientLinks } = fixture.dependencies;
    const gone = { messageId: "0192f3a4-5b6c-7d8e-9f01-23456789abcd", ordinal: 0 };
    const open = await visit(recipientLinks.pathOf({ kind: "open", ...gone }), FIREFOX);
    assert.equal(open.statusCode, 200);
    const click = await visit(recipientLinks.pathOf({ kind: "click", ...gone, url: TARGET }), FIREFOX);
    assert.equal(click.statusCode, 302);
    const page = await visit(recipientLinks.pathOf({ kind: "unsubscribe", ...gone, group: 0 }), FIREFOX);
    assert.equal(page.statusCode, 404);
  });

  test("what is asked for must be what can be asked for", async () => {
    const answer = await fixture.app.inject({
      method: "POST",
      url: "/send",
      headers: tenant.headers,
      body: {
        from: `shop@${domain}`,
        to: "ann@x.example",
        subject: "x",
        text: "x",
        track: { opens: "yes", clicks: "some" },
        unsubscribe: { group: 0 },
      },
    });
    assert.equal(answer.statusCode, 400);
    const fields = answer.json<{ errors: { field: string }[] }>().errors.map(({ field }) => field);
    assert.ok(
      fields.some((field) => field.startsWith("track.opens")),
      String(fields),
    );
    assert.ok(
      fields.some((field) => field.startsWith("track.clicks")),
      String(fields),
    );
    assert.ok(
      fields.some((field) => field.startsWith("unsubscribe")),
      String(fields),
    );
  });
});
