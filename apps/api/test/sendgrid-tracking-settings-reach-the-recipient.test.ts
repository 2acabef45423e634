import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { insertUnsubscribeGroup } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { addSigningDomain, type Delivery, LINK_BASE, linksIn, openDelivery, readable } from "./delivery.ts";

suite("SendGrid's tracking settings reach the recipient", { timeout: 60_000 }, () => {
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
  /** What Ann reads of a message with these further fields. */
  const received = async (mail: Record<string, unknown>, text: string, html: string): Promise<string> => {
    const site = `sg${++sites}.example`;
    const answer = await fixture.app.inject({
      method: "POST",
      url: "/v3/mail/send",
      headers: tenant.headers,
      body: {
        personalizations: [{ to: [{ email: `ann@${site}` }] }],
        from: { email: `shop@${domain}` },
        subject: "Hello",
        content: [
          { type: "text/plain", value: text },
          { type: "text/html", value: html },
        ],
        ...mail,
      },
    });
    assert.equal(answer.statusCode, 202, answer.body);
    return readable((await delivery.deliver(site)).get(`ann@${site}`));
  };

  test("open and click tracking with their tags, and Google Analytics", async () => {
    const raw = await received(
      {
        tracking_settings: {
          open_tracking: { enable: true, substitution_tag: "%open%" },
          click_tracking: { enable: true, enable_text: false },
          ganalytics: { enable: true, utm_source: "shop", utm_campaign: "spring sale" },
        },
      },
      "https://shop.example/",
      '<p>%open%<a href="https://shop.example/?a=1">Shop</a></p>',
    );
    assert.match(raw, /<p><img src="https:\/\/links\.platform\.example\/o\//);
    assert.match(raw, /\r\nhttps:\/\/shop\.example\/\r\n/);
    const [path = ""] = linksIn(raw, "c");
    const click = await fixture.app.inject({ url: path });
    const to = "https://shop.example/?a=1&utm_source=shop&utm_campaign=spring%20sale";
    assert.equal(click.headers.location, to);
  });

  test("subscription tracking puts the link where its tag stands, or into a footer", async () => {
    const tagged = await received(
      { tracking_settings: { subscription_tracking: { enable: true, substitution_tag: "[stop]" } } },
      "Stop: [stop]",
      '<a href="[stop]">Stop</a>',
    );
    assert.equal(linksIn(tagged, "u").length, 3, "header, text and html");
    assert.equal(new Set(linksIn(tagged, "u")).size, 1);
    const footers = {
      text: "Stop here: <% %>",
      html: "<p>Stop <% here %></p>",
    };
    const footed = await received(
      { tracking_settings: { subscription_tracking: { enable: true, ...footers } } },
      "Hi",
      "<body>Hi</body>",
    );
    assert.ok(footed.includes(`Stop here: ${LINK_BASE}/u/`));
    assert.match(footed, /<p>Stop <a href="[^"]+\/u\/[\w-]+">here<\/a><\/p><\/body>/);
  });

  test("asm's placeholders are links of the group, and one click leaves it", async () => {
    const actor = { projectId: tenant.projectId, keyId: null, remoteAddress: null };
    const content = { name: "News", description: "News of the shop", isDefault: false };
    const added = await insertUnsubscribeGroup(fixture.db, actor, content, 10);
    assert.ok(added.kind === "done");
    const raw = await received(
      { asm: { group_id: added.group.id, groups_to_display: [added.group.id] } },
      "<%asm_group_unsubscribe_raw_url%>",
      '<%asm_group_unsubscribe_url%> <a href="<%asm_preferences_raw_url%>">Choose</a>',
    );
    assert.doesNotMatch(raw, /<%|%>/);
    assert.match(raw, />Unsubscribe From This List<\/a>/);
    const [path = ""] = linksIn(raw, "u");
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const done = await fixture.app.inject({
      method: "POST",
      url: path,
      headers,
      payload: "List-Unsubscribe=One-Click",
    });
    assert.equal(done.statusCode, 200);
    const { body } = await fixture.app.inject({
      url: `/v3/asm/groups/${added.group.id}/suppressions`,
      headers: tenant.headers,
    });
    assert.match(body, /^\["ann@sg\d+\.example"\]$/);
  });

  test("a placeholder that a substitution brings is a link, too", async () => {
    const site = `sg${++sites}.example`;
    const answer = await fixture.app.inject({
      method: "POST",
      url: "/v3/mail/send",
      headers: tenant.headers,
      body: {
        personalizations: [
          {
            to: [{ email: `ann@${site}` }],
            substitutions: { "-stop-": "<%asm_global_unsubscribe_raw_url%>" },
          },
        ],
        from: { email: `shop@${domain}` },
        subject: "Hello",
        content: [{ type: "text/plain", value: "-stop-" }],
      },
    });
    assert.equal(answer.statusCode, 202, answer.body);
    const raw = (await delivery.deliver(site)).get(`ann@${site}`);
    assert.equal(linksIn(raw, "u").length, 2);
  });
});
