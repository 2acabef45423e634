import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { decodeContent } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { addPool, addSigningDomain, type Delivery, openDelivery, readable } from "./delivery.ts";
import { validMail } from "./sendgrid-mail.ts";

suite("POST /v3/mail/send", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let delivery: Delivery;
  before(async () => {
    fixture = await openApiFixture();
    const owner = await fixture.addTenant();
    tenant = { ...owner, domain: await addSigningDomain(fixture, owner) };
    await addPool(fixture, owner, "marketing");
    delivery = await openDelivery(fixture);
  });
  after(async () => {
    await delivery[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
  });

  const ask = (url: string, payload: object) =>
    fixture.app.inject({ method: "POST", url, headers: tenant.headers, payload });
  const errorsOf = async (change: object) => {
    const answer = await ask("/v3/mail/send", { ...validMail(tenant), ...change });
    assert.equal(answer.statusCode, 400, answer.body);
    return answer
      .json()
      .errors.map(({ field, message }: { field: string; message: string }) => [field, message]);
  };
  const newSite = () => `${randomBytes(5).toString("hex")}.test`;

  /** Sends, and reads back what was stored for the request, in order. */
  const send = async (change: object) => {
    const answer = await ask("/v3/mail/send", { ...validMail(tenant), ...change });
    assert.equal(answer.statusCode, 202, answer.body);
    assert.equal(answer.body, "");
    assert.equal(answer.headers["content-length"], "0");
    const id = String(answer.headers["x-message-id"]);
    assert.match(id, /^[\w-]{22}$/);
    const { rows } = await fixture.db.pool.query(
      `SELECT messages.*, zstd, (SELECT json_agg(json_build_array(role, address, name) ORDER BY ordinal)
                                  FROM recipients WHERE message_id = messages.id) AS recipients
         FROM messages JOIN message_contents ON hash = content_hash
        WHERE request_id = $1 ORDER BY messages.id`,
      [Buffer.from(id, "base64url").toString("hex")],
    );
    return await Promise.all(
      rows.map(async (row) => ({ ...row, content: JSON.parse((await decodeContent(row.zstd)).toString()) })),
    );
  };
  const addTemplate = async (generation: "legacy" | "dynamic", version: object): Promise<string> => {
    const made = await ask("/v3/templates", { name: randomBytes(4).toString("hex"), generation });
    assert.equal(made.statusCode, 201, made.body);
    const { id } = made.json();
    const added = await ask(`/v3/templates/${id}/versions`, { name: "v1", active: 1, ...version });
    assert.equal(added.statusCode, 201, added.body);
    return id;
  };

  test("each personalization becomes a message of its own", async () => {
    const sendAt = Math.floor(Date.now() / 1_000) + 3_600;
    const stored = await send({
      personalizations: [
        {
          to: [{ email: "ann@example.test", name: "Ann" }, { email: "al@example.test" }],
          cc: [{ email: "cc@example.test" }],
          bcc: [{ email: "bcc@example.test" }],
          subject: "Own",
          headers: { "X-Both": "own" },
          custom_args: { both: "own" },
          send_at: sendAt,
          from: { email: `other@${tenant.domain}` },
        },
        { to: [{ email: "bob@example.test" }] },
      ],
      reply_to_list: [{ email: "r1@example.test" }, { email: "r2@example.test", name: "R" }],
      headers: { "x-both": "all", "X-All": "all" },
      categories: ["news", "weekly"],
      custom_args: { both: "all", all: "all" },
      send_at: 1,
      ip_pool_name: "marketing",
    });
    const [one, two] = stored;
    assert.equal(stored.length, 2);
    assert.deepEqual(one.recipients, [
      ["to", "ann@example.test", "Ann"],
      ["to", "al@example.test", null],
      ["cc", "cc@example.test", null],
      ["bcc", "bcc@example.test", null],
    ]);
    assert.equal(one.subject, "Own");
    assert.equal(one.headers.from.address, `other@${tenant.domain}`);
    assert.deepEqual(one.headers.custom, [
      ["X-All", "all"],
      ["X-Both", "own"],
    ]);
    assert.deepEqual(one.metadata, { both: "own", all: "all" });
    assert.equal(one.send_at.getTime(), sendAt * 1_000);
    assert.equal(two.subject, "Hello");
    assert.deepEqual(two.headers.from, { name: "Shop", address: `shop@${tenant.domain}` });
    assert.deepEqual(two.headers.replyTo, [
      { address: "r1@example.test" },
      { name: "R", address: "r2@example.test" },
    ]);
    assert.deepEqual(two.metadata, { both: "all", all: "all" });
    assert.deepEqual(two.tags, ["news", "weekly"]);
    assert.equal(two.send_at, null);
    assert.deepEqual(two.options, { pool: "marketing" });
    assert.deepEqual(one.content_hash, two.content_hash);
  });

  test("settings become options of the messages", async () => {
    const { rows } = await fixture.db.pool.query(
      `INSERT INTO unsubscribe_groups (project_id, name, description)
       VALUES ($1, 'a', 'a'), ($1, 'b', 'b') RETURNING id`,
      [tenant.projectId],
    );
    const [group, shown] = rows.map((row) => row.id as number);
    const [stored] = await send({
      asm: { group_id: group, groups_to_display: [shown] },
      mail_settings: {
        bypass_spam_management: { enable: true },
        bypass_bounce_management: { enable: true },
        bypass_unsubscribe_management: { enable: false },
        sandbox_mode: { enable: false },
        bcc: { enable: true, email: "copy@example.test" },
        spam_check: { enable: true, threshold: 5, post_to_url: "https://spam.example.test" },
      },
      tracking_settings: {
        click_tracking: { enable: true, enable_text: true },
        open_tracking: { enable: true, substitution_tag: "%open%" },
        ganalytics: { enable: true, utm_source: "news", utm_medium: "mail" },
        subscription_tracking: { enable: true, text: "Leave: <% %>", html: "<p><% Leave %></p>" },
      },
    });
    assert.deepEqual(stored.options, {
      bypass: ["complained", "bounced"],
      track: {
        clicks: "all",
        opens: true,
        pixelTag: "%open%",
        utm: { utm_source: "news", utm_medium: "mail" },
      },
      unsubscribe: { group, show: [shown], text: "Leave: <% %>", html: "<p><% Leave %></p>" },
    });
    assert.deepEqual(stored.recipients, [
      ["to", "ann@example.test", "Ann"],
      ["bcc", "copy@example.test", null],
    ]);
    const [plain] = await send({
      mail_settings: { bypass_list_management: { enable: true } },
      tracking_settings: {
        click_tracking: { enable: true },
        open_tracking: { enable: false },
        subscription_tracking: { enable: true, substitution_tag: "[leave]" },
      },
    });
    assert.deepEqual(plain.options, {
      bypass: ["bounced", "complained", "unsubscribed", "invalid", "manual"],
      track: { clicks: "html" },
      unsubscribe: { tag: "[leave]" },
    });
    assert.deepEqual(await errorsOf({ asm: { group_id: group, groups_to_display: [shown, -5] } }), [
      [
        "asm.groups_to_display",
        "All ASM groups to display must be valid ASM groups IDs on your account. You provided {-5}.",
      ],
    ]);
  });

  test("a sandboxed mail is checked and not stored", async () => {
    const count = async () => (await fixture.db.pool.query("SELECT count(*) FROM messages")).rows[0].count;
    const before = await count();
    const sandbox = { mail_settings: { sandbox_mode: { enable: true } } };
    const answer = await ask("/v3/mail/send", { ...validMail(tenant), ...sandbox });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.body, "");
    assert.equal(await count(), before);
    assert.deepEqual(await errorsOf({ ...sandbox, categories: 1 }), [
      ["categories", "Categories must be an array of strings."],
    ]);
  });

  test("substitutions and sections are filled in for each message", async () => {
    const site = newSite();
    const stored = await send({
      personalizations: ["ann", "bob"].map((name) => ({
        to: [{ email: `${name}@${site}` }],
        substitutions: {
          "%name%": name,
          "%greeting%": name === "ann" ? ":hello" : ":bye",
          "%break%": "a\r\nBcc: x",
        },
      })),
      subject: "For %name% %break%",
      sections: { ":hello": "Hello %name%!", ":bye": "Bye %name%." },
      content: [
        { type: "text/plain", value: "%greeting% {{name}} stays" },
        { type: "text/html", value: "<html><body><b>%greeting%</b></body></html>" },
      ],
      mail_settings: { footer: { enable: true, text: "-- %name%", html: "<i>Foot</i>" } },
    });
    assert.equal(new Set(stored.map((row) => row.content_hash.toString("hex"))).size, 1);
    const sent = await delivery.deliver(site);
    const ann = readable(sent.get(`ann@${site}`));
    assert.match(ann, /^Subject: For ann a Bcc: x\r$/m);
    assert.match(ann, /Hello ann! \{\{name\}\} stays\r\n-- ann\r/);
    assert.match(ann, /<b>Hello ann!<\/b><i>Foot<\/i><\/body>/);
    assert.match(readable(sent.get(`bob@${site}`)), /<b>Bye bob\.<\/b>/);
  });

  test("a legacy template takes the content and the subject in", async () => {
    const site = newSite();
    const templateId = await addTemplate("legacy", {
      subject: "Shop: <%subject%>",
      html_content: "<h1>-title-</h1><%body%>",
      plain_content: "-title-: <%body%>",
    });
    const to = [{ email: `ann@${site}` }];
    await send({
      personalizations: [{ to, substitutions: { "-title-": "News", "-n-": "7" } }],
      subject: "Nr -n-",
      content: [{ type: "text/html", value: "<p>Number -n- costs $&</p>" }],
      template_id: templateId,
    });
    const raw = readable((await delivery.deliver(site)).get(`ann@${site}`));
    assert.match(raw, /^Subject: Shop: Nr 7\r$/m);
    assert.match(raw, /<h1>News<\/h1><p>Number 7 costs \$&<\/p>/);
    assert.match(raw, /^News: \r$/m);
  });

  test("a dynamic template is rendered for each message, and equal ones share their content", async () => {
    const templateId = await addTemplate("dynamic", {
      subject: "Order {{order.id}}",
      html_content: "<p>{{name}}</p>",
      plain_content: "Dear {{name}}",
    });
    assert.match(templateId, /^d-[0-9a-f]{32}$/);
    const stored = await send({
      personalizations: ["Ann", "Bob", "Bob"].map((name, id) => ({
        to: [{ email: `u${id}@example.test` }],
        dynamic_template_data: { name, order: { id } },
      })),
      subject: "",
      content: undefined,
      template_id: templateId,
    });
    assert.deepEqual(
      stored.map((row) => [row.subject, row.content.html, row.content.text]),
      [
        ["Order 0", "<p>Ann</p>", "Dear Ann"],
        ["Order 1", "<p>Bob</p>", "Dear Bob"],
        ["Order 2", "<p>Bob</p>", "Dear Bob"],
      ],
    );
    assert.equal(new Set(stored.map((row) => row.content_hash.toString("hex"))).size, 2);
  });

  test("what a template cannot render names the variable and the line", async () => {
    const templateId = await addTemplate("dynamic", { subject: "Hi {{a.b}}", html_content: "x" });
    const change = {
      personalizations: [
        { to: [{ email: "a@example.test" }], dynamic_template_data: { a: { b: "fine" } } },
        { to: [{ email: "b@example.test" }], dynamic_template_data: { a: { b: "two\nlines" } } },
      ],
      template_id: templateId,
    };
    assert.deepEqual(await errorsOf(change), [
      [
        "personalizations.1.dynamic_template_data.a.b",
        "a.b contains a line break, which a subject cannot have (subject, line 1, column 6)",
      ],
    ]);
    const untitled = await addTemplate("dynamic", { html_content: "x" });
    assert.deepEqual(
      (await errorsOf({ subject: "", content: undefined, template_id: untitled })).map(
        ([field]: readonly string[]) => field,
      ),
      ["subject"],
    );
    const empty = (await ask("/v3/templates", { name: "empty", generation: "dynamic" })).json().id;
    assert.deepEqual(await errorsOf({ template_id: empty }), [["template_id", "Must be a valid template."]]);
    const stranger = await fixture.addTenant();
    const foreign = await fixture.app.inject({
      method: "POST",
      url: "/v3/mail/send",
      headers: stranger.headers,
      payload: { ...validMail(stranger), template_id: templateId },
    });
    assert.equal(foreign.json().errors[0].field, "template_id");
  });

  test("attachments and further forms of the content arrive", async () => {
    const site = newSite();
    await send({
      personalizations: [{ to: [{ email: `ann@${site}` }] }],
      content: [
        { type: "text/plain", value: "Meet" },
        { type: "text/html", value: '<img src="cid:logo">' },
        { type: "text/calendar", value: "BEGIN:VCALENDAR" },
      ],
      attachments: [
        {
          content: "iVBO\r\nRw0K",
          filename: "logo.png",
          type: "image/png",
          disposition: "inline",
          contentId: "logo",
        },
        { content: "aGVsbG8=", filename: "a.txt" },
      ],
    });
    const raw = (await delivery.deliver(site)).get(`ann@${site}`) ?? "";
    for (const expected of [
      /Content-Type: text\/calendar; charset=utf-8\r\n/,
      /Content-ID: <logo>/i,
      /Content-Disposition: inline; filename=/,
      /Content-Disposition: attachment; filename=/,
      /iVBORw0K/,
    ])
      assert.match(raw, expected);
  });

  test("texts that would grow without bound are refused, quickly", async () => {
    const change = {
      personalizations: [{ to: [{ email: "a@example.test" }], substitutions: { a: "x".repeat(9_000) } }],
      content: [{ type: "text/plain", value: "a".repeat(100_000) }],
    };
    const answer = await ask("/v3/mail/send", { ...validMail(tenant), ...change });
    assert.equal(answer.statusCode, 413);
    assert.equal(answer.json().errors[0].message, "content too large");
  });

  test("a thousand personalizations are one commit and one content", async () => {
    const stored = await send({
      personalizations: Array.from({ length: 1_000 }, (_, n) => ({
        to: [{ email: `u${n}@example.test` }],
        substitutions: { "-n-": String(n) },
      })),
      subject: "Nr -n-",
    });
    assert.equal(stored.length, 1_000);
    assert.deepEqual(
      stored.map((row) => row.subject).sort(),
      Array.from({ length: 1_000 }, (_, n) => `Nr ${n}`).sort(),
    );
    assert.equal(new Set(stored.map((row) => row.content_hash.toString("hex"))).size, 1);
    const { rows } = await fixture.db.pool.query(
      "SELECT count(DISTINCT xmin::text) AS n FROM messages WHERE request_id = $1",
      [stored[0].request_id],
    );
    assert.equal(rows[0].n, "1");
  });
});
