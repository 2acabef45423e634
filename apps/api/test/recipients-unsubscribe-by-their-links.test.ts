import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { insertUnsubscribeGroup } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { addSigningDomain, type Delivery, judge, linksIn, openDelivery, readable } from "./delivery.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const ONE_CLICK = "List-Unsubscribe=One-Click";

suite("recipients unsubscribe by the links in their mail", { timeout: 60_000 }, () => {
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
  const freshSite = (): string => `site${++sites}.example`;
  const addGroup = async (name: string): Promise<number> => {
    const actor = { projectId: tenant.projectId, keyId: null, remoteAddress: null };
    const content = { name, description: `All about ${name}`, isDefault: false };
    const added = await insertUnsubscribeGroup(fixture.db, actor, content, 100);
    assert.ok(added.kind === "done");
    return added.group.id;
  };
  /** Sends, delivers, and returns the message's id and what arrived by recipient. */
  const send = async (site: string, body: Record<string, unknown>) => {
    const answer = await fixture.app.inject({
      method: "POST",
      url: "/send",
      headers: tenant.headers,
      body: { from: `shop@${domain}`, to: `ann@${site}`, subject: "Hello", html: "<p>Hi</p>", ...body },
    });
    assert.equal(answer.statusCode, 202, answer.body);
    return { id: answer.json<{ id: string }>().id, arrived: await delivery.deliver(site) };
  };
  const timeline = async (
    id: string,
  ): Promise<readonly { type: string; data: Record<string, unknown> }[]> => {
    const answer = await fixture.app.inject({ url: `/messages/${id}`, headers: tenant.headers });
    return answer.json<{ timeline: { type: string; data: Record<string, unknown> }[] }>().timeline;
  };
  const types = async (id: string): Promise<readonly string[]> =>
    (await timeline(id)).map(({ type }) => type);
  const post = (url: string, payload: string, headers: Record<string, string> = FORM) =>
    fixture.app.inject({ method: "POST", url, payload, headers });

  test("one click leaves the group, and the signature covers the offer", async () => {
    const site = freshSite();
    const group = await addGroup("Offers <b>");
    const { id, arrived } = await send(site, { unsubscribe: { group } });
    const raw = arrived.get(`ann@${site}`) ?? "";
    const { result, signed } = await judge(fixture, domain, raw);
    assert.equal(result, "pass");
    assert.ok(
      signed.includes("list-unsubscribe") && signed.includes("list-unsubscribe-post"),
      String(signed),
    );
    assert.match(raw, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    const [path = ""] = linksIn(raw, "u");
    assert.match(
      raw.replace(/\r\n /g, " "),
      /^List-Unsubscribe:\s+<https:\/\/links\.platform\.example\/u\/[\w-]+>,\s+<mailto:u\+[a-z2-7]{44}@[\w.-]+\?subject=unsubscribe>\r$/m,
    );

    for (const method of ["GET", "HEAD"] as const) {
      const page = await fixture.app.inject({ method, url: path });
      assert.equal(page.statusCode, 200);
    }
    assert.ok(!(await types(id)).includes("unsubscribed"), "looking changes nothing");

    const done = await post(path, ONE_CLICK);
    assert.equal(done.statusCode, 200);
    assert.equal(done.headers["set-cookie"], undefined);
    assert.match(done.body, /Offers &#60;b&#62;/);
    const event = (await timeline(id)).find(({ type }) => type === "unsubscribed");
    assert.equal(event?.data.group, group);
    assert.equal(event?.data.email, `ann@${site}`);
    await post(path, ONE_CLICK);
    assert.equal(
      (await types(id)).filter((type) => type === "unsubscribed").length,
      1,
      "again changes nothing",
    );

    const later = await send(site, { unsubscribe: { group } });
    assert.equal(later.arrived.size, 0);
    assert.ok((await types(later.id)).includes("dropped"));
    const other = await send(site, { unsubscribe: { group: await addGroup("News") } });
    assert.equal(other.arrived.size, 1, "another group's mail still comes");
    const plain = await send(site, {});
    assert.equal(plain.arrived.size, 1, "and mail of no group");
  });

  test("one click leaves all mail where there is no group, sent as multipart too", async () => {
    const site = freshSite();
    const group = await addGroup("Receipts");
    const { arrived } = await send(site, { unsubscribe: true });
    const [path = ""] = linksIn(arrived.get(`ann@${site}`), "u");
    const multipart = `--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n`;
    const done = await post(path, multipart, { "content-type": "multipart/form-data; boundary=b" });
    assert.equal(done.statusCode, 200);
    for (const body of [{}, { unsubscribe: true }, { unsubscribe: { group } }]) {
      assert.equal((await send(site, body)).arrived.size, 0);
    }
    const back = await post(path, "action=resubscribe");
    assert.match(back.body, /Welcome back/);
    assert.equal((await send(site, {})).arrived.size, 1);
  });

  test("the page asks before it unsubscribes, and nothing of the request stands in it", async () => {
    const site = freshSite();
    const { arrived } = await send(site, { unsubscribe: true });
    const [path = ""] = linksIn(arrived.get(`ann@${site}`), "u");
    const page = await fixture.app.inject({ url: `${path}?<script>=1`, headers: { cookie: "a=<script>" } });
    assert.match(page.body, /Unsubscribe\?/);
    assert.doesNotMatch(page.body, /script|ann@/);
    const policy = String(page.headers["content-security-policy"]);
    assert.match(
      policy,
      /default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'/,
    );
    assert.equal(page.headers["cache-control"], "no-store");
    const done = await post(path, "action=unsubscribe");
    assert.match(done.body, /You are unsubscribed/);
    assert.match((await fixture.app.inject({ url: path })).body, /You are unsubscribed/);
  });

  test("recipients choose among the groups of their own project", async () => {
    const site = freshSite();
    const first = await addGroup("First");
    const second = await addGroup("Second");
    const html = '<a href="<%asm_preferences_raw_url%>">Choose</a> <%asm_global_unsubscribe_raw_url%>';
    const { arrived } = await send(site, { html, unsubscribe: { group: first } });
    const raw = arrived.get(`ann@${site}`);
    assert.doesNotMatch(readable(raw), /<%/);
    const [path = ""] = linksIn(raw, "p");
    const page = await fixture.app.inject({ url: path });
    assert.match(page.body, new RegExp(`name="group" value="${first}" checked`));
    const left = await post(path, `action=choose&group=${second}`);
    assert.match(left.body, /saved/);
    assert.match(left.body, new RegExp(`name="group" value="${first}">`));
    assert.equal((await send(site, { unsubscribe: { group: first } })).arrived.size, 0);
    await post(path, `action=choose&group=${first}`);
    assert.equal((await send(site, { unsubscribe: { group: first } })).arrived.size, 1);
    await post(path, "action=unsubscribe");
    assert.equal((await send(site, {})).arrived.size, 0);
  });

  test("a template's links are the recipient's own", async () => {
    const site = freshSite();
    const made = await fixture.app.inject({
      method: "POST",
      url: "/templates",
      headers: tenant.headers,
      body: { name: `unsubscribe ${site}` },
    });
    const { id } = made.json<{ id: string }>();
    const version = await fixture.app.inject({
      method: "POST",
      url: `/templates/${id}/versions`,
      headers: tenant.headers,
      body: {
        name: "one",
        subject: "Hi {{name}}",
        html: '<a href="{{unsubscribe}}">Stop</a> <a href="{{{unsubscribe_preferences}}}">Choose</a>',
        strict: true,
      },
    });
    assert.equal(version.statusCode, 201, version.body);
    const versionId = version.json<{ id: string }>().id;
    await fixture.app.inject({
      method: "POST",
      url: `/templates/${id}/versions/${versionId}/activate`,
      headers: tenant.headers,
    });
    const body = {
      to: [`ann@${site}`, `bob@${site}`],
      html: undefined,
      template: id,
      variables: { name: "Ann" },
    };
    const { arrived } = await send(site, body);
    const [ann, bob] = ["ann", "bob"].map((name) => arrived.get(`${name}@${site}`));
    assert.notEqual(linksIn(ann, "u")[1], linksIn(bob, "u")[1]);
    assert.equal(linksIn(ann, "u")[0], linksIn(ann, "u")[1], "header and body agree");
    assert.equal(new Set(linksIn(ann, "p")).size, 1);
  });

  test("a List-Unsubscribe of the application's own counts", async () => {
    const site = freshSite();
    const headers = { "List-Unsubscribe": "<https://shop.example/stop>" };
    const { arrived } = await send(site, { headers, unsubscribe: true });
    const raw = arrived.get(`ann@${site}`) ?? "";
    assert.equal(raw.match(/^List-Unsubscribe/gm)?.length, 1);
    assert.match(raw, /<https:\/\/shop\.example\/stop>/);
  });

  test("what is no link, or no form, changes nothing and breaks nothing", async () => {
    const site = freshSite();
    const { id, arrived } = await send(site, { unsubscribe: true, track: { opens: true, clicks: true } });
    const raw = arrived.get(`ann@${site}`);
    const [path = ""] = linksIn(raw, "u");
    const [pixel = ""] = linksIn(raw, "o");
    const forged = `${path.slice(0, -3)}${path.endsWith("AAA") ? "BBB" : "AAA"}`;
    const asPreferences = path.replace("/u/", "/p/");
    const attempts: readonly (readonly [
      url: string,
      body: string,
      type: string | undefined,
      status: number,
    ])[] = [
      [forged, ONE_CLICK, FORM["content-type"], 404],
      [asPreferences, ONE_CLICK, FORM["content-type"], 404],
      [pixel.replace("/o/", "/u/"), ONE_CLICK, FORM["content-type"], 404],
      ["/u/", ONE_CLICK, FORM["content-type"], 404],
      [`/u/${"x".repeat(20_000)}`, ONE_CLICK, FORM["content-type"], 404],
      [path, "", undefined, 400],
      [path, "{}", "application/json", 400],
      [path, "List-Unsubscribe=Two-Click", FORM["content-type"], 400],
      [path, ONE_CLICK, "multipart/form-data", 400],
      [path, ONE_CLICK, "multipart/form-data; boundary=", 400],
      [path, "x".repeat(9_000), FORM["content-type"], 400],
      [path, `action=choose&group=${"9".repeat(400)}&group=NaN&group=-1`, FORM["content-type"], 200],
    ];
    for (const [url, body, type, status] of attempts) {
      const answer = await post(url, body, type === undefined ? {} : { "content-type": type });
      assert.equal(answer.statusCode, status, `${url.slice(0, 60)} ${body.slice(0, 40)} ${type}`);
      assert.match(String(answer.headers["content-type"]), /^text\/html/);
    }
    assert.ok(!(await types(id)).includes("unsubscribed"));
  });

  test("the application's own page comes afterwards, but never for one click", async () => {
    for (const [landing, status, location] of [
      ["https://shop.example/bye?a=b", 303, "https://shop.example/bye?a=b"],
      ["javascript:alert(1)", 200, undefined],
    ] as const) {
      const site = freshSite();
      await fixture.dependencies.accept({
        kind: "parts",
        projectId: tenant.projectId,
        keyId: null,
        options: { unsubscribe: { landing } },
        headers: {
          from: { address: `shop@${domain}` },
          to: [{ address: `ann@${site}` }],
          cc: [],
          replyTo: [],
          custom: [],
        },
        bcc: [],
        subject: "Hello",
        content: { text: "Hi", attachments: [] },
        tags: [],
        metadata: {},
        priority: "standard",
        sendAtMs: null,
        ttlMs: null,
      });
      const [path = ""] = linksIn((await delivery.deliver(site)).get(`ann@${site}`), "u");
      const page = await fixture.app.inject({ url: path });
      const policy = String(page.headers["content-security-policy"]);
      assert.equal(policy.includes("form-action 'self' https://shop.example;"), location !== undefined);
      assert.equal((await post(path, ONE_CLICK)).statusCode, 200);
      const done = await post(path, "action=unsubscribe");
      assert.equal(done.statusCode, status);
      assert.equal(done.headers.location, location);
    }
  });

  test("an unknown group, or another project's, is refused", async () => {
    const stranger = await fixture.addTenant();
    const group = await addGroup("Mine alone");
    for (const [headers, from, id, more] of [
      [stranger.headers, stranger.domain, group, {}],
      [tenant.headers, domain, 2_000_000_000, {}],
      [tenant.headers, domain, 2_000_000_000, { priority: "now" }],
    ] as const) {
      const answer = await fixture.app.inject({
        method: "POST",
        url: "/send",
        headers,
        body: {
          from: `a@${from}`,
          to: "b@c.example",
          subject: "x",
          text: "x",
          unsubscribe: { group: id },
          ...more,
        },
      });
      assert.equal(answer.statusCode, 400, answer.body);
      assert.match(answer.body, /unsubscribe\.group/);
    }
  });
});
