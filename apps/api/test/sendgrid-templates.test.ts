import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { listenForSendgrid, type SendgridAnswer, type SendgridCaller } from "./sendgrid-caller.ts";

interface ShownVersion {
  readonly id: string;
  readonly template_id: string;
  readonly active: number;
  readonly name: string;
  readonly subject: string;
  readonly html_content: string;
  readonly plain_content: string;
  readonly generate_plain_content: boolean;
  readonly test_data?: string;
}
interface ShownTemplate {
  readonly id: string;
  readonly name: string;
  readonly generation: string;
  readonly versions: readonly ShownVersion[];
}

suite("SendGrid's templates, through its own client", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let clientOf: (key: string) => SendgridCaller;
  before(async () => {
    fixture = await openApiFixture();
    clientOf = await listenForSendgrid(fixture);
  });
  after(() => fixture[Symbol.asyncDispose]());

  const open = async (
    scopes: readonly string[] = ["*"],
  ): Promise<{ tenant: Tenant; call: SendgridCaller }> => {
    const tenant = await fixture.addTenant({ scopes });
    return { tenant, call: clientOf(tenant.key) };
  };
  const bodyOf = <Body>(answer: SendgridAnswer, status = 200): Body => {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return answer.body as Body;
  };
  const fieldsOf = (answer: SendgridAnswer): readonly (string | null)[] =>
    bodyOf<{ errors: { field: string | null }[] }>(answer, 400).errors.map(({ field }) => field);

  test("a dynamic template is made, versioned, activated, tried natively, copied and deleted", async () => {
    const { tenant, call } = await open();
    const made = bodyOf<ShownTemplate>(
      await call("POST", "/templates", { name: "Order", generation: "dynamic" }),
      201,
    );
    assert.match(made.id, /^d-[0-9a-f]{32}$/);
    assert.deepEqual(
      { ...made, id: "", updated_at: "" },
      { id: "", name: "Order", generation: "dynamic", updated_at: "", versions: [] },
    );
    const url = `/templates/${made.id}`;
    const first = {
      name: "First",
      subject: "Order {{order}}",
      html_content: "<p>Thank you, {{name}}.</p>",
      test_data: '{"name":"Ann","order":42}',
    };
    const one = bodyOf<ShownVersion>(await call("POST", `${url}/versions`, first), 201);
    assert.equal(one.template_id, made.id);
    assert.equal(one.active, 1, "the first is active");
    assert.equal(one.plain_content, "Thank you, {{name}}.");
    assert.equal(one.generate_plain_content, true);
    assert.deepEqual(JSON.parse(one.test_data ?? ""), { name: "Ann", order: 42 });
    const second = { ...first, name: "Second", active: 1, plain_content: "Hi {{name}}", editor: "design" };
    const two = bodyOf<ShownVersion>(await call("POST", `${url}/versions`, second), 201);
    assert.equal(two.active, 1);
    assert.equal(two.plain_content, "Hi {{name}}");

    const whole = bodyOf<ShownTemplate>(await call("GET", url));
    assert.deepEqual(
      whole.versions.map(({ name, active }) => [name, active]),
      [
        ["First", 0],
        ["Second", 1],
      ],
    );
    assert.equal(whole.versions[0]?.html_content, first.html_content);
    const activated = bodyOf<ShownVersion>(await call("POST", `${url}/versions/${one.id}/activate`));
    assert.equal(activated.active, 1);
    assert.equal(bodyOf<ShownVersion>(await call("GET", `${url}/versions/${two.id}`)).active, 0);

    const changed = bodyOf<ShownVersion>(
      await call("PATCH", `${url}/versions/${two.id}`, {
        generate_plain_content: true,
        html_content: "<b>New</b>",
      }),
    );
    assert.equal(changed.plain_content, "New", "made from the html again");
    const ended = await call("PATCH", `${url}/versions/${two.id}`, { generate_plain_content: false });
    assert.equal(bodyOf<ShownVersion>(ended).plain_content, "New", "what was made last stays");
    const plain = { generate_plain_content: false, plain_content: "Mine" };
    assert.equal(
      bodyOf<ShownVersion>(await call("PATCH", `${url}/versions/${two.id}`, plain)).plain_content,
      "Mine",
    );

    const native = await fixture.app.inject({
      method: "POST",
      url: `/templates/${uuidOf(made.id)}/render`,
      headers: tenant.headers,
      payload: {},
    });
    assert.deepEqual(native.json(), { subject: "Order 42", html: "<p>Thank you, Ann.</p>", text: null });

    const copy = bodyOf<ShownTemplate>(await call("POST", url, { name: "Copied" }), 201);
    assert.notEqual(copy.id, made.id);
    assert.deepEqual(
      copy.versions.map(({ name, active }) => [name, active]),
      [
        ["First", 1],
        ["Second", 0],
      ],
    );
    assert.equal(bodyOf<ShownTemplate>(await call("PATCH", url, { name: "Orders" })).name, "Orders");
    assert.equal((await call("DELETE", `${url}/versions/${one.id}`)).status, 204);
    assert.equal((await call("GET", `${url}/versions/${one.id}`)).status, 404);
    assert.equal((await call("DELETE", url)).status, 204);
    assert.equal((await call("GET", url)).status, 404);
    assert.equal(bodyOf<ShownTemplate>(await call("GET", `/templates/${copy.id}`)).versions.length, 2);
  });

  test("a legacy template may say anything, and has a UUID", async () => {
    const { call } = await open();
    const made = bodyOf<ShownTemplate>(await call("POST", "/templates", { name: "Old" }), 201);
    assert.equal(made.generation, "legacy");
    assert.match(made.id, /^[0-9a-f]{8}-/);
    const version = {
      name: "v",
      subject: "<%subject%>",
      html_content: "<%body%> {{#if -name- %x%",
      plain_content: "<%body%>",
    };
    const kept = bodyOf<ShownVersion>(await call("POST", `/templates/${made.id}/versions`, version), 201);
    assert.equal(kept.html_content, version.html_content);
    assert.deepEqual(
      fieldsOf(await call("POST", `/templates/${made.id}/versions`, { ...version, html_content: "\u0000" })),
      ["html_content"],
    );
  });

  test("lists are of a generation, whole or in pages", async () => {
    const { call } = await open();
    for (let n = 0; n < 5; n++) await call("POST", "/templates", { name: `d${n}`, generation: "dynamic" });
    await call("POST", "/templates", { name: "old" });
    type Page = {
      result: ShownTemplate[];
      _metadata: { self: string; prev?: string; next?: string; count: number };
    };
    const legacy = bodyOf<{ templates: ShownTemplate[] }>(await call("GET", "/templates"));
    assert.deepEqual(
      legacy.templates.map(({ name }) => name),
      ["old"],
    );
    const both = bodyOf<{ templates: ShownTemplate[] }>(
      await call("GET", "/templates?generations=legacy,dynamic"),
    );
    assert.equal(both.templates.length, 6);
    const names: string[] = [];
    let path = "/templates?generations=dynamic&page_size=2";
    for (;;) {
      const { result, _metadata } = bodyOf<Page>(await call("GET", path));
      names.push(...result.map(({ name }) => name));
      assert.equal(_metadata.count, 5);
      assert.equal(_metadata.prev === undefined, names.length <= 2);
      if (_metadata.next === undefined) break;
      const next = new URL(_metadata.next);
      path = `${next.pathname.slice("/v3".length)}${next.search}`;
    }
    assert.deepEqual(names, ["d0", "d1", "d2", "d3", "d4"]);
    assert.deepEqual(fieldsOf(await call("GET", "/templates?generations=new")), ["generations"]);
    assert.deepEqual(fieldsOf(await call("GET", "/templates?page_size=2&page_token=x")), ["page_token"]);
    assert.deepEqual(fieldsOf(await call("GET", "/templates?page_size=201")), ["page_size"]);
  });

  test("what is wrong with a version is named, all of it", async () => {
    const { call } = await open();
    const { id } = bodyOf<ShownTemplate>(
      await call("POST", "/templates", { name: "t", generation: "dynamic" }),
      201,
    );
    const url = `/templates/${id}/versions`;
    const wrong = { name: "v", subject: "{{#if", html_content: "{{/each}}", test_data: "[1]" };
    assert.deepEqual(fieldsOf(await call("POST", url, wrong)), ["subject", "html_content", "test_data"]);
    assert.deepEqual(fieldsOf(await call("POST", url, { name: "v", active: 2, editor: "pen" })), [
      "active",
      "editor",
    ]);
    assert.deepEqual(fieldsOf(await call("POST", url, { subject: "x" })), ["name"]);
    for (const test_data of [
      "{",
      '"x"',
      `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
      `{"a":"\\u0000"}`,
    ])
      assert.deepEqual(fieldsOf(await call("POST", url, { name: "v", subject: "s", test_data })), [
        "test_data",
      ]);
    assert.deepEqual(fieldsOf(await call("POST", "/templates", { name: "" })), ["name"]);
  });

  test("templates of other projects are not there, and scopes are SendGrid's", async () => {
    const { call } = await open();
    const { id } = bodyOf<ShownTemplate>(
      await call("POST", "/templates", { name: "t", generation: "dynamic" }),
      201,
    );
    const version = bodyOf<ShownVersion>(
      await call("POST", `/templates/${id}/versions`, { name: "v", subject: "s" }),
      201,
    );
    const foreign = (await open()).call;
    const one = `/templates/${id}/versions/${version.id}`;
    for (const path of [
      `/templates/${id}`,
      one,
      "/templates/d-x",
      "/templates/1",
      `/templates/${id}/versions/1`,
    ])
      assert.equal((await foreign("GET", path)).status, 404, path);
    assert.equal((await foreign("PATCH", `/templates/${id}`, { name: "mine" })).status, 404);
    assert.equal((await foreign("POST", `/templates/${id}`, {})).status, 404);
    assert.equal(
      (await foreign("POST", `/templates/${id}/versions`, { name: "v", subject: "s" })).status,
      404,
    );
    assert.equal((await foreign("PATCH", one, { name: "mine" })).status, 404);
    assert.equal((await foreign("POST", `${one}/activate`)).status, 404);
    assert.equal((await foreign("DELETE", one)).status, 404);
    assert.equal((await foreign("DELETE", `/templates/${id}`)).status, 404);
    const maker = await open(["templates.create"]);
    assert.equal((await maker.call("POST", "/templates", { name: "t" })).status, 201);
    assert.equal((await maker.call("GET", "/templates")).status, 403);
    const native = {
      method: "POST",
      url: "/templates",
      headers: maker.tenant.headers,
      payload: { name: "t" },
    } as const;
    assert.equal((await fixture.app.inject(native)).statusCode, 403, "our scope would let it delete, too");
  });
});

function uuidOf(id: string): string {
  return id.slice(2).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
