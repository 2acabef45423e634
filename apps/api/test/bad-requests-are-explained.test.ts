import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

let fixture: ApiFixture;
let tenant: Tenant;

before(async () => {
  fixture = await openApiFixture({ maxSendBodyBytes: 1_000_000 });
  tenant = await fixture.addTenant();
});
after(() => fixture[Symbol.asyncDispose]());

const JSON_TYPE = { "content-type": "application/json" };

async function problemOf(payload: string | object, contentType = JSON_TYPE) {
  const answer = await fixture.app.inject({
    method: "POST",
    url: "/send",
    headers: { ...tenant.headers, ...contentType },
    payload,
  });
  assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
  const problem = answer.json();
  assert.equal(problem.status, answer.statusCode);
  return problem;
}

async function errorsOf(change: object): Promise<Record<string, string>> {
  const problem = await problemOf({ ...validBody(tenant), ...change });
  assert.equal(problem.type, "urn:waxwing:problem:invalid-request", JSON.stringify(problem));
  return Object.fromEntries(
    problem.errors.map((error: { field: string; message: string }) => [error.field, error.message]),
  );
}

test("schema problems are named by path, all at once, in words", async () => {
  assert.deepEqual(
    await errorsOf({
      from: 5,
      to: ["ann@example.test", 7, { name: "Bob" }, { email: "c@d.test", nickname: "C" }],
      subject: 5,
      text: null,
      headers: { "X-Foo": 1 },
      attachments: [{ filename: "a", content: "", disposition: "hidden" }],
      ttl_seconds: "60",
      priority: "high",
      template: 5,
      variables: [],
      colour: {},
      "a\nb": 1,
    }),
    {
      from: "must be a string or an object",
      "to[1]": "must be a string or an object",
      "to[2].email": "is required",
      "to[3].nickname": "is not a field that is known here",
      subject: "must be a string",
      text: "must be a string",
      "headers.X-Foo": "must be a string",
      "attachments[0].disposition": "must be attachment or inline",
      ttl_seconds: "must be a whole number",
      priority: "must be urgent, standard or bulk",
      template: "must be a string",
      variables: "must be an object",
      colour: "is not a field that is known here",
      '["a\\nb"]': "is not a field that is known here",
    },
  );
});

test("what a schema cannot say is named the same way", async () => {
  assert.deepEqual(
    await errorsOf({
      to: ["nobody", "a@example.test"],
      headers: { "X-Foo": "a\r\nBcc: x@y.test", "X\nY": "z" },
      send_at: "tomorrow",
    }),
    {
      send_at: "must be an ISO 8601 time with its offset, such as 2026-01-31T09:30:00Z",
      "to[0]": "has no @",
      "headers.X-Foo": "contains CR or LF",
      'headers["X\\nY"]': "has a name that is not 1 to 76 printable ASCII characters without a colon",
    },
  );
});

test("nothing is coerced, filled in or dropped", async () => {
  for (const change of [
    { to: true },
    { subject: 5 },
    { tags: "a" },
    { ttl_seconds: 1.5 },
    { metadata: { k: 1 } },
    { metadata: [] },
  ]) {
    assert.equal(Object.keys(await errorsOf(change)).length, 1, JSON.stringify(change));
  }
});

test("bodies that are no object are refused", async () => {
  for (const body of ["[]", "null", '"x"', "5", "true"]) {
    assert.deepEqual((await problemOf(body)).errors, [{ field: "body", message: "must be an object" }], body);
  }
  assert.equal((await problemOf("")).type, "urn:waxwing:problem:invalid-request");
});

test("malformed JSON is answered with its place", async () => {
  const cases = [
    ['{"a": b}', "unexpected character at position 6 (line 1, column 7)"],
    ['{\n"a": 1,\n}', "error at position 10 (line 3, column 1)"],
    ['{"a": 1', "error at position 7 (line 1, column 8)"],
    ["{", "error at position 1 (line 1, column 2)"],
    ["nul", "it ends too early, at position 3"],
    ['{"a": tru}', "unexpected character at position 9 (line 1, column 10)"],
    ["[1,]", "unexpected character at position 3 (line 1, column 4)"],
  ] as const;
  for (const [body, place] of cases) {
    const problem = await problemOf(body);
    assert.equal(problem.status, 400);
    assert.equal(problem.detail, `the body is not JSON: ${place}`, body);
  }
  assert.match((await problemOf('{"__proto__": {"x": 1}}')).detail, /__proto__/);
  assert.match((await problemOf('{"metadata": {"__proto__": "x"}}')).detail, /__proto__/);
  assert.match((await problemOf('{"constructor": {"prototype": {"x": 1}}}')).detail, /constructor/);
});

test("other types and encodings are 415, also form data", async () => {
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
  ]) {
    assert.equal((await problemOf("x", { "content-type": type })).status, 415, type);
  }
  assert.equal(
    (await problemOf("x", { "content-type": "application/json", "content-encoding": "gzip" } as never))
      .status,
    415,
  );
  const charset = { "content-type": "application/json; charset=utf-8" };
  assert.equal((await problemOf("{}", charset)).type, "urn:waxwing:problem:invalid-request");
});

test("too large is 413: the body, and the message inside", async () => {
  assert.equal(
    (await problemOf({ ...validBody(tenant), text: "x".repeat(1_000_000) })).type,
    "urn:waxwing:problem:too-large",
  );
});

test("hostile bodies cost no more than they weigh", async () => {
  const started = performance.now();
  const bodies = [
    `{"to":[${"1,".repeat(90_000)}1]}`,
    `[${"[".repeat(400_000)}`,
    `{"attachments":[${"{},".repeat(300_000)}{}]}`,
    `{${Array.from({ length: 80_000 }, (_, index) => `"k${index}":1`).join()}}`,
    `{"headers":{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join()}}}`,
    `{"subject":"${"\\".repeat(500_000)}`,
  ];
  for (const body of bodies) {
    const problem = await problemOf(body);
    assert.equal(problem.status, 400);
    assert.ok(problem.errors.length <= 100);
  }
  assert.ok(performance.now() - started < 5_000);
});

test("a query string is checked as well", async () => {
  const get = async (query: string) =>
    (await fixture.app.inject({ url: `/events?${query}`, headers: tenant.headers })).json().errors?.[0];
  assert.deepEqual(await get("limit=0"), { field: "limit", message: "must be at least 1" });
  assert.deepEqual(await get("limit=1001"), { field: "limit", message: "must be at most 1000" });
  assert.deepEqual(await get("limit=ten"), { field: "limit", message: "must be a whole number" });
  assert.deepEqual(await get("limit=1&limit=2"), { field: "limit", message: "must be a whole number" });
  assert.deepEqual(await get("page=2"), { field: "page", message: "is not a field that is known here" });
  for (const after of ["", "x", "AAAA", Buffer.from("1.2").toString("base64url"), "%00", "x".repeat(500)]) {
    assert.deepEqual(
      await get(`after=${after}`),
      { field: "after", message: "is not the next of an earlier answer" },
      after,
    );
  }
});

test("webhooks are checked", async () => {
  const errors = async (payload: object) => {
    const answer = await fixture.app.inject({
      method: "POST",
      url: "/webhooks",
      headers: tenant.headers,
      payload,
    });
    return answer.json().errors;
  };
  for (const url of [
    "ftp://a.test",
    "javascript:alert(1)",
    "//a.test",
    "a.test",
    "",
    "https://u:p@a.test",
    "https://a.test/ b",
    `https://a.test/${"x".repeat(3_000)}`,
  ]) {
    assert.equal((await errors({ url }))[0].field, "url", url);
  }
  assert.equal(
    (await errors({ url: "https://a.test", events: ["delivered", "exploded"] }))[0].field,
    "events[1]",
  );
});

test("unknown paths are 404, wrong methods 405 with what is allowed", async () => {
  const unknown = await fixture.app.inject({ url: "/nothing/here" });
  assert.equal(unknown.statusCode, 404);
  assert.equal(unknown.json().type, "urn:waxwing:problem:not-found");
  const wrong = await fixture.app.inject({
    method: "PUT",
    url: "/send?x=1",
    payload: "x",
    headers: { "content-type": "text/plain" },
  });
  assert.equal(wrong.statusCode, 405);
  assert.equal(wrong.headers.allow, "POST");
  const deleted = await fixture.app.inject({ method: "DELETE", url: "/messages/1" });
  assert.equal(deleted.headers.allow, "GET, HEAD, PATCH");
  assert.equal(
    (await fixture.app.inject({ url: "/messages/%zz" })).json().type,
    "urn:waxwing:problem:malformed-request",
  );
});

test("what the schema refuses and what only a reader sees are told in one answer", async () => {
  const errors = await errorsOf({
    to: ["x", "y@"],
    cc: [7],
    subject: "Hello\r\nBcc: z@z.test",
    priority: "high",
    colour: "blue",
    send_at: "soon",
  });
  assert.deepEqual(Object.keys(errors).sort(), [
    "cc[0]",
    "colour",
    "priority",
    "send_at",
    "subject",
    "to[0]",
    "to[1]",
  ]);
  assert.match(errors["to[0]"] ?? "", /has no @/);

  const withoutText = await problemOf({ from: `shop@${tenant.domain}`, to: "x", colour: "blue" });
  const fields = withoutText.errors.map(({ field }: { field: string }) => field);
  assert.ok(
    ["colour", "to", "subject"].every((field) => fields.includes(field)),
    fields.join(),
  );
});

test("a broken template is not followed by complaints about what it would have made", async () => {
  const problem = await problemOf({
    from: `shop@${tenant.domain}`,
    to: "ann@example.test",
    template: 5,
    variables: { a: 1 },
  });
  assert.deepEqual(
    problem.errors.map(({ field }: { field: string }) => field),
    ["template"],
  );
});
