import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createMetrics } from "@waxwing/runtime";
import { buildApi } from "../src/api.ts";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";
import { REFUSALS, validMail } from "./sendgrid-mail.ts";
import { SETTING_REFUSALS } from "./sendgrid-settings.ts";

const HELP = "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message.";

suite("the SendGrid dialect refuses in SendGrid's words", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let base: string;
  before(async () => {
    fixture = await openApiFixture({ maxSendBodyBytes: 200_000 });
    tenant = await fixture.addTenant();
    base = await fixture.app.listen({ port: 0, host: "127.0.0.1" });
  });
  after(() => fixture[Symbol.asyncDispose]());

  const ask = async (
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: string | Buffer<ArrayBuffer> } = {},
  ) => {
    const answer = await fetch(`${base}${path}`, { method: "POST", ...init });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text };
  };
  const json = () => ({ ...tenant.headers, "content-type": "application/json" });
  const send = (change: object) =>
    ask("/v3/mail/send", { headers: json(), body: JSON.stringify({ ...validMail(tenant), ...change }) });
  const countMessages = async () =>
    (await fixture.db.pool.query("SELECT count(*)::int AS n FROM messages")).rows[0].n;

  for (const [change, field, message] of [...REFUSALS, ...SETTING_REFUSALS]) {
    const name = JSON.stringify(change).slice(0, 70);
    test(`${field}: ${message.slice(0, 60)} (${name})`, async () => {
      const { status, headers, text } = await send(change);
      assert.equal(status, 400, text);
      assert.match(String(headers.get("content-type")), /^application\/json/);
      const { errors } = JSON.parse(text);
      assert.deepEqual(
        errors.map((error: object) => ({ ...error, help: null })),
        [{ message, field, help: null }],
      );
      const [{ help }] = errors;
      if (message === "Bad Request") assert.equal(help, null);
      else assert.ok(help.startsWith(HELP) && !/\.\d/.test(help), help);
    });
  }

  test("nothing of what was refused was stored", async () => {
    assert.equal(await countMessages(), 0);
  });

  test("the help of an address is that of its list", async () => {
    const { text } = await send({ personalizations: [{ to: [{ email: "x" }] }] });
    assert.equal(JSON.parse(text).errors[0].help, `${HELP}personalizations.to`);
    assert.equal(JSON.parse((await send({ from: { email: "x" } })).text).errors[0].help, `${HELP}from`);
  });

  test("everything that is wrong is answered at once, at most a hundred things", async () => {
    const { text } = await send({
      personalizations: [{ to: [{ email: "x" }], subject: "" }],
      from: {},
      content: [{ type: "text/plain", value: "" }],
      categories: [1],
      template_id: "nope",
      batch_id: "nope",
      asm: { group_id: 999 },
      extra: true,
    });
    assert.deepEqual(
      JSON.parse(text)
        .errors.map((error: { field: string }) => error.field)
        .sort(),
      [
        "asm.group_id",
        "batch_id",
        "categories",
        "content.0.value",
        "extra",
        "from.email",
        "personalizations.0.subject",
        "personalizations.0.to.0.email",
        "template_id",
      ],
    );
    const many = Array.from({ length: 1_000 }, () => ({ to: [{ email: "x" }] }));
    assert.equal(JSON.parse((await send({ personalizations: many })).text).errors.length, 100);
  });

  const refusal = (
    status: number,
    message: string,
    init: Parameters<typeof ask>[1],
    path = "/v3/mail/send",
  ) =>
    test(`${status} ${message}`, async () => {
      const answer = await ask(path, init);
      assert.equal(answer.status, status, answer.text);
      assert.deepEqual(JSON.parse(answer.text), { errors: [{ message, field: null, help: null }] });
      assert.equal(answer.headers.get("cache-control"), "no-store");
    });
  const JSON_TYPE = { "content-type": "application/json" };

  refusal(401, "authorization required", { headers: JSON_TYPE, body: "{}" });
  refusal(401, "The provided authorization grant is invalid, expired, or revoked", {
    headers: { ...JSON_TYPE, authorization: "Bearer SG.unknown.key" },
    body: "{}",
  });
  refusal(404, "not found", {}, "/v3/nothing/here");
  refusal(405, "method not allowed", { method: "DELETE" });
  refusal(400, "Bad Request", {}, "/v3/%zz");

  test("a key of another scope is forbidden", async () => {
    const headers = { ...(await fixture.addKey(tenant.projectId, ["events:read"])), ...JSON_TYPE };
    const answer = await ask("/v3/mail/send", { headers, body: JSON.stringify(validMail(tenant)) });
    assert.equal(answer.status, 403);
    assert.equal(JSON.parse(answer.text).errors[0].message, "access forbidden");
  });

  test("bodies that cannot be read are refused, compressed or not", async () => {
    const zipped = { ...json(), "content-encoding": "gzip" };
    const cases = [
      [400, "Bad Request", json(), '{"personalizations":'],
      [400, "Bad Request", json(), ""],
      [400, "Bad Request", json(), "[]"],
      [400, "Bad Request", json(), '{"__proto__":{}}'],
      [413, "content too large", json(), `"${"x".repeat(200_000)}"`],
      [413, "content too large", zipped, gzipSync(`"${"x".repeat(200_000)}"`)],
      [413, "content too large", zipped, gzipSync(Buffer.alloc(100_000_000))],
      [400, "Bad Request", zipped, "{}"],
      [400, "Bad Request", zipped, gzipSync(JSON.stringify(validMail(tenant))).subarray(0, 40)],
      [
        415,
        "Content-Type should be application/json.",
        { ...tenant.headers, "content-type": "text/plain" },
        "{}",
      ],
      [415, "Content-Encoding should be gzip.", { ...json(), "content-encoding": "br" }, "{}"],
      [415, "Invalid UTF8 in request", json(), Buffer.from([0x22, 0xff, 0x22])],
    ] as const;
    for (const [status, message, headers, body] of cases) {
      const answer = await ask("/v3/mail/send", { headers, body });
      assert.equal(answer.status, status, `${message}: ${answer.text}`);
      assert.equal(JSON.parse(answer.text).errors[0].message, message);
    }
    const fine = { headers: zipped, body: gzipSync(JSON.stringify(validMail(tenant))) };
    assert.equal((await ask("/v3/mail/send", fine)).status, 202);
  });

  test("a sender that is not verified is refused with what is missing, and nothing is kept", async () => {
    const before = await countMessages();
    const other = await fixture.addTenant();
    for (const change of [
      { from: { email: `shop@${other.domain}` } },
      {
        personalizations: [
          { to: [{ email: "a@b.test" }] },
          { to: [{ email: "a@b.test" }], from: { email: "a@b.test" } },
        ],
      },
    ]) {
      const { status, text } = await send(change);
      assert.equal(status, 403);
      const [{ message, field }] = JSON.parse(text).errors;
      assert.equal(field, "from");
      assert.match(
        message,
        /^The from address does not match a verified Sender Identity\. Mail cannot be sent until/,
      );
      assert.match(message, /publish its DNS records/);
    }
    assert.equal(await countMessages(), before);
  });

  test("what breaks on our side says so, with an incident for the log", async () => {
    const cases = [
      [500, "internal server error", new Error("a bug")],
      [503, "service unavailable", Object.assign(new Error("no"), { code: "ECONNREFUSED" })],
    ] as const;
    for (const [status, message, error] of cases) {
      const metrics = createMetrics({ processMetrics: false });
      const acceptTogether = () => Promise.reject(error);
      const app = await buildApi({ ...fixture.dependencies, metrics, acceptTogether });
      const answer = await app.inject({
        method: "POST",
        url: "/v3/mail/send",
        headers: tenant.headers,
        payload: validMail(tenant),
      });
      await app.close();
      assert.equal(answer.statusCode, status);
      const { errors, id } = answer.json();
      assert.deepEqual(errors, [{ message, field: null, help: null }]);
      assert.ok(fixture.logged.some((line) => line.includes(id)));
    }
  });

  test("odd values of every field are refused or taken, and never break anything", async () => {
    const oddities = [
      null,
      true,
      0,
      -1,
      1e300,
      "",
      "\0",
      "\ud800",
      "x".repeat(3_000),
      [],
      [[]],
      [null],
      {},
      { a: null },
      { "": "" },
    ];
    const fields = [
      ...Object.keys(validMail(tenant)),
      ..."reply_to reply_to_list attachments template_id sections headers categories custom_args send_at batch_id asm ip_pool_name mail_settings tracking_settings".split(
        " ",
      ),
    ];
    const ofPersonalization =
      "from to cc bcc subject headers substitutions dynamic_template_data custom_args send_at".split(" ");
    for (const odd of oddities) {
      for (const change of [
        ...fields.map((field) => ({ [field]: odd })),
        ...ofPersonalization.map((field) => ({
          personalizations: [{ to: [{ email: "a@b.test" }], [field]: odd }],
        })),
      ]) {
        const { status, text } = await send(change);
        assert.ok([202, 400].includes(status), `${status} ${JSON.stringify(change).slice(0, 200)} ${text}`);
      }
    }
  });
});
