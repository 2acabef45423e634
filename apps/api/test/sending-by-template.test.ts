import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { decodeContent, findMessage } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

suite("templates", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;

  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
  });
  after(() => fixture[Symbol.asyncDispose]());

  const ask = (method: "GET" | "POST" | "PATCH" | "DELETE", url: string, payload?: object, who = tenant) =>
    fixture.app.inject({ method, url, headers: who.headers, ...(payload !== undefined && { payload }) });

  const addTemplate = async (version?: object) => {
    const id: string = (await ask("POST", "/templates", { name: "Welcome" })).json().id;
    if (version === undefined) return { id, version: "" };
    const added = await ask("POST", `/templates/${id}/versions`, { name: "First", ...version });
    assert.equal(added.statusCode, 201, added.body);
    return { id, version: added.json().id as string };
  };

  const send = (body: object) => {
    const { subject: _subject, text: _text, ...rest } = validBody(tenant);
    return ask("POST", "/send", { ...rest, ...body });
  };

  /** What of an accepted message is kept to be composed. */
  const contentOf = async (id: string) => {
    const stored = await findMessage(fixture.db, tenant.projectId, id);
    const { rows } = await fixture.db.pool.query(
      "SELECT zstd FROM message_contents JOIN messages ON messages.content_hash = message_contents.hash WHERE messages.id = $1",
      [id],
    );
    const content = JSON.parse((await decodeContent(rows[0].zstd)).toString());
    return { subject: stored?.message.subject, html: content.html, text: content.text };
  };

  test("a message is made from the active version", async () => {
    const { id } = await addTemplate({
      subject: "Order {{order.id}}",
      html: "<p>Hi {{insert name 'default=you'}}</p>{{#each order.items}}<li>{{title}}</li>{{/each}}",
      text: "Hi {{insert name 'default=you'}}",
    });
    const variables = { name: "<Ann>", order: { id: "<7>", items: [{ title: "Tea & milk" }] } };
    const answer = await send({ template: id, variables });
    assert.equal(answer.statusCode, 202, answer.body);
    assert.deepEqual(await contentOf(answer.json().id), {
      subject: "Order <7>",
      html: "<p>Hi &lt;Ann&gt;</p><li>Tea &amp; milk</li>",
      text: "Hi <Ann>",
    });
    const own = await send({ template: id, subject: "Mine" });
    assert.equal((await contentOf(own.json().id)).subject, "Mine");
  });

  test("versions are added, changed, activated and deleted, and each change counts at once", async () => {
    const { id, version } = await addTemplate({ subject: "One", text: "1" });
    const subjectNow = async () => (await contentOf((await send({ template: id })).json().id)).subject;
    assert.equal(await subjectNow(), "One");
    const second = (
      await ask("POST", `/templates/${id}/versions`, { name: "B", subject: "Two", text: "2" })
    ).json();
    assert.equal(second.active, false);
    assert.equal(await subjectNow(), "One");
    const activated = await ask("POST", `/templates/${id}/versions/${second.id}/activate`);
    assert.equal(activated.json().active, true);
    assert.equal(await subjectNow(), "Two");
    const changed = await ask("PATCH", `/templates/${id}/versions/${second.id}`, { subject: "Three" });
    assert.equal(changed.json().text, "2");
    assert.equal(await subjectNow(), "Three");
    const shown = (await ask("GET", `/templates/${id}`)).json();
    assert.equal(shown.active_version_id, second.id);
    assert.deepEqual(
      shown.versions.map((each: { name: string; active: boolean }) => [each.name, each.active]),
      [
        ["First", false],
        ["B", true],
      ],
    );
    assert.equal((await ask("PATCH", `/templates/${id}`, { name: "Renamed" })).json().name, "Renamed");
    assert.equal((await ask("GET", `/templates/${id}/versions/${version}`)).json().subject, "One");
    assert.equal((await ask("DELETE", `/templates/${id}/versions/${second.id}`)).statusCode, 204);
    const refused = (await send({ template: id })).json();
    assert.deepEqual(refused.errors, [{ field: "template", message: "has no active version" }]);
    assert.equal((await ask("DELETE", `/templates/${id}`)).statusCode, 204);
    assert.equal((await ask("GET", `/templates/${id}/versions/${version}`)).statusCode, 404);
    const { templates } = (await ask("GET", "/templates")).json();
    assert.ok(!templates.some((template: { id: string }) => template.id === id));
  });

  test("a version of another template is not there", async () => {
    const one = await addTemplate({ text: "1" });
    const other = await addTemplate({ text: "2" });
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/activate"],
    ] as const) {
      assert.equal(
        (await ask(method, `/templates/${one.id}/versions/${other.version}${path}`)).statusCode,
        404,
      );
    }
    const stranger = await fixture.addTenant();
    const foreign = await ask("POST", `/templates/${one.id}/render`, { version: one.version }, stranger);
    assert.equal(foreign.statusCode, 404);
    const sent = await ask(
      "POST",
      "/send",
      { ...validBody(stranger), text: undefined, template: one.id },
      stranger,
    );
    assert.deepEqual(sent.json().errors, [
      { field: "template", message: "names no template of this project" },
    ]);
  });

  test("a source that does not parse is refused with its place, in every part at once", async () => {
    const { id } = await addTemplate();
    const answer = await ask("POST", `/templates/${id}/versions`, {
      name: "v",
      subject: "{{name",
      html: "<p>\n  {{#if a}}x{{/each}}",
      text: "{{> other}}",
    });
    assert.equal(answer.statusCode, 400);
    assert.deepEqual(answer.json().errors, [
      { field: "subject", message: "line 1, column 3: the tag is never closed: expected }}" },
      { field: "html", message: "line 2, column 6: {{#if}} is closed by {{/each}}: expected {{/if}}" },
      { field: "text", message: "line 1, column 1: partials ({{> ...}}) are not supported" },
    ]);
    assert.deepEqual((await ask("GET", `/templates/${id}`)).json().versions, []);
    const empty = (await ask("POST", `/templates/${id}/versions`, { name: "v" })).json();
    assert.deepEqual(empty.errors, [{ field: "html", message: "or text is required" }]);
  });

  test("what cannot be rendered names the variables and lines, and nothing is queued", async () => {
    const { id } = await addTemplate({
      subject: "Hi {{name}}",
      html: "\n{{order.total}} {{#each items}}{{sku}}{{/each}}",
      strict: true,
    });
    const before = await fixture.db.pool.query("SELECT count(*) FROM messages");
    const answer = await send({
      template: id,
      variables: { name: "Ann\r\nBcc: x@example.test", items: [{ sku: "a" }, {}] },
      html: "<p>",
      tags: [""],
    });
    assert.equal(answer.statusCode, 400);
    assert.deepEqual(answer.json().errors, [
      { field: "html", message: "cannot be given beside a template, which makes it" },
      {
        field: "variables.name",
        message: "contains a line break, which a subject cannot have (subject, line 1, column 6)",
      },
      { field: "variables.order.total", message: "is missing (html, line 2, column 3)" },
      { field: "variables.items[1].sku", message: "is missing (html, line 2, column 34)" },
      { field: "tags[0]", message: "is empty" },
    ]);
    assert.deepEqual((await fixture.db.pool.query("SELECT count(*) FROM messages")).rows, before.rows);
  });

  test("a subject is needed from somewhere, and variables need a template", async () => {
    const { id } = await addTemplate({ html: "x" });
    assert.deepEqual((await send({ template: id })).json().errors, [
      { field: "subject", message: "is required: the template has none" },
    ]);
    assert.deepEqual((await send({ text: "x", variables: {} })).json().errors, [
      { field: "subject", message: "is required, unless there is a template" },
      { field: "variables", message: "need a template" },
    ]);
  });

  test("a template is tried out with its test data or others, and nothing is sent", async () => {
    const { id, version } = await addTemplate({
      subject: "Hi {{name}}",
      html: "{{name}}",
      test_data: { name: "Test & Co" },
    });
    assert.deepEqual((await ask("POST", `/templates/${id}/render`, {})).json(), {
      subject: "Hi Test & Co",
      html: "Test &amp; Co",
      text: null,
    });
    const other = await ask("POST", `/templates/${id}/render`, { version, variables: { name: "Bob" } });
    assert.equal(other.json().subject, "Hi Bob");
  });

  test("a template that would explode is cut off", async () => {
    const { id } = await addTemplate({
      subject: "x",
      html: "{{#each a}}{{#each @root.a}}{{#each @root.a}}x{{/each}}{{/each}}{{/each}}",
    });
    const answer = await send({ template: id, variables: { a: Array.from({ length: 1_000 }, () => 1) } });
    assert.equal(answer.statusCode, 400);
    assert.deepEqual(answer.json().errors, [
      { field: "template", message: "takes more than 200000 steps to render" },
    ]);
  });

  test("templates have scopes of their own", async () => {
    const headers = await fixture.addKey(tenant.projectId, ["send", "templates:read"]);
    const read = await fixture.app.inject({ url: "/templates", headers });
    assert.equal(read.statusCode, 200);
    const payload = { name: "x" };
    const write = await fixture.app.inject({ method: "POST", url: "/templates", headers, payload });
    assert.equal(write.statusCode, 403);
  });
});
