import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, suite, test } from "node:test";
import sendgridClient from "@sendgrid/client";
import sendgrid from "@sendgrid/mail";
import { decodeContent } from "@waxwing/store";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

/** Of their own: those of the modules are shared by all who import them. */
const MailService = sendgrid.constructor as new () => typeof sendgrid;
const Client = sendgridClient.constructor as new () => typeof sendgridClient;

type MailData = Extract<Parameters<typeof sendgrid.send>[0], { readonly from: unknown }>;

suite("SendGrid's own mail client works unmodified", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let tenant: Tenant;
  let baseUrl: string;
  let mailer: typeof sendgrid;
  before(async () => {
    fixture = await openApiFixture();
    tenant = await fixture.addTenant();
    baseUrl = `${await fixture.app.listen({ port: 0, host: "127.0.0.1" })}/`;
    mailer = mailerFor(tenant.key);
  });
  after(() => fixture[Symbol.asyncDispose]());

  /** A new one each time: the client writes into what it is given. */
  const message = (change: Partial<MailData> = {}): MailData =>
    Object.assign(
      {
        to: "Ann <ann@example.test>",
        from: { email: `shop@${tenant.domain}`, name: "Shop" },
        subject: "Hello",
        text: "Hi Ann",
        html: "<p>Hi Ann</p>",
      },
      change,
    );
  const clientFor = (key: string) => {
    const client = new Client();
    // In this order: setApiKey sets the address of SendGrid.
    client.setApiKey(key);
    client.setDefaultRequest("baseUrl", baseUrl);
    return client;
  };
  const mailerFor = (key: string) => {
    const service = new MailService();
    service.setClient(clientFor(key));
    return service;
  };
  /** What was stored for an answer's request. */
  const storedFor = async (answer: { readonly headers: unknown }) => {
    const id = (answer.headers as Readonly<Record<string, string>>)["x-message-id"] ?? "";
    const { rows } = await fixture.db.pool.query(
      `SELECT messages.*, zstd, (SELECT array_agg(role || ' ' || address ORDER BY ordinal)
                                  FROM recipients WHERE message_id = messages.id) AS recipients
         FROM messages JOIN message_contents ON hash = content_hash
        WHERE request_id = $1 AND project_id = $2 ORDER BY messages.id`,
      [Buffer.from(id, "base64url").toString("hex"), tenant.projectId],
    );
    return await Promise.all(
      rows.map(async (row) => ({ ...row, content: JSON.parse((await decodeContent(row.zstd)).toString()) })),
    );
  };
  const refusalOf = async (sending: Promise<unknown>) => {
    try {
      await sending;
    } catch (error) {
      return error as Error & {
        code: number;
        response: { body: { errors: readonly { message: string }[] } };
      };
    }
    throw new assert.AssertionError({ message: "it was sent" });
  };

  test("send answers 202, an empty body and the message's id", async () => {
    const [answer, body] = await mailer.send(message());
    assert.equal(answer.statusCode, 202);
    assert.equal(body, "");
    const [stored] = await storedFor(answer);
    assert.equal(stored.subject, "Hello");
    assert.deepEqual(stored.recipients, ["to ann@example.test"]);
    assert.deepEqual(stored.content, { text: "Hi Ann", html: "<p>Hi Ann</p>", attachments: [] });
  });

  test("sendMultiple makes a message for each, an array of mails a request for each", async () => {
    const to = ["a@example.test", "b@example.test"];
    const [multiple] = await mailer.sendMultiple(message({ to }));
    assert.deepEqual(
      (await storedFor(multiple)).map((row) => row.recipients),
      [["to a@example.test"], ["to b@example.test"]],
    );
    const [together] = await mailer.send(message({ to, cc: "c@example.test" }));
    assert.deepEqual(
      (await storedFor(together)).map((row) => row.recipients),
      [["to a@example.test", "to b@example.test", "cc c@example.test"]],
    );
    const answers = (await mailer.send([message(), message({ subject: "Two" })])) as unknown as [
      Awaited<ReturnType<typeof mailer.send>>,
      Awaited<ReturnType<typeof mailer.send>>,
    ];
    assert.deepEqual(
      await Promise.all(answers.map(async ([answer]) => (await storedFor(answer))[0].subject)),
      ["Hello", "Two"],
    );
  });

  test("isMultiple with substitutions, custom arguments, categories and a time", async () => {
    const sendAt = Math.floor(Date.now() / 1_000) + 600;
    const [answer] = await mailer.send(
      message({
        to: ["a@example.test", "b@example.test"],
        subject: "Hello {{name}}",
        substitutions: { name: "you" },
        customArgs: { order: "7" },
        categories: ["news"],
        sendAt,
      }),
      true,
    );
    const stored = await storedFor(answer);
    assert.equal(stored.length, 2);
    for (const row of stored) {
      assert.equal(row.subject, "Hello you");
      assert.deepEqual(row.options.substitutions, { "{{name}}": "you" });
      assert.deepEqual(row.metadata, { order: "7" });
      assert.deepEqual(row.tags, ["news"]);
      assert.equal(row.send_at.getTime(), sendAt * 1_000);
    }
  });

  test("a dynamic template without a subject of its own request", async () => {
    const client = clientFor(tenant.key);
    const body = { name: randomBytes(4).toString("hex"), generation: "dynamic" };
    const [, made] = await client.request({ method: "POST", url: "/v3/templates", body });
    const { id: templateId } = made as { id: string };
    await client.request({
      method: "POST",
      url: `/v3/templates/${templateId}/versions`,
      body: {
        name: "v1",
        active: 1,
        subject: "Order {{order.id}}",
        html_content: "<p>{{name}}</p>",
        plain_content: "{{name}}",
      },
    });
    const [answer] = await mailer.send({
      to: "a@example.test",
      from: `shop@${tenant.domain}`,
      templateId,
      dynamicTemplateData: { name: "Ann", order: { id: 7 } },
    });
    const [stored] = await storedFor(answer);
    assert.equal(stored.subject, "Order 7");
    assert.equal(stored.content.html, "<p>Ann</p>");
  });

  test("an inline attachment in camel case, and headers that come as HTTP headers too", async () => {
    const [answer] = await mailer.send(
      message({
        headers: {
          "X-Order": "7",
          References: "<0123456789012345678901234567890123456789@example.test> ".repeat(500).trim(),
        },
        attachments: [
          // The client's types know only content_id; its documentation and what it sends know both.
          {
            content: "aGk=",
            filename: "a.png",
            type: "image/png",
            disposition: "inline",
            contentId: "logo",
          } as never,
        ],
      }),
    );
    const [stored] = await storedFor(answer);
    assert.equal(stored.headers.custom[0][1], "7");
    assert.deepEqual(stored.content.attachments, [
      { filename: "a.png", type: "image/png", disposition: "inline", contentId: "logo", content: "aGk=" },
    ]);
    assert.equal((answer.headers as Record<string, string>)["x-order"], undefined);
  });

  test("the sandbox answers 200", async () => {
    const [answer] = await mailer.send(message({ mailSettings: { sandboxMode: { enable: true } } }));
    assert.equal(answer.statusCode, 200);
  });

  test("a refusal is an error that says everything", async () => {
    const refused = await refusalOf(mailer.send(message({ to: "nobody", subject: "" })));
    assert.equal(refused.code, 400);
    assert.equal(refused.message, "Bad Request");
    assert.deepEqual(
      refused.response.body.errors.map((error) => error.message),
      [
        "Does not contain a valid address.",
        "The subject of your email must be a string at least one character in length.",
      ],
    );
    assert.match(
      String(refused),
      /Does not contain a valid address\.\n {4}personalizations\.0\.to\.0\.email/,
    );
  });

  test("keys that are wrong, or may not send, say so", async () => {
    const unknown = await refusalOf(mailerFor(`SG.${"x".repeat(22)}.${"y".repeat(43)}`).send(message()));
    assert.equal(unknown.code, 401);
    assert.match(String(unknown), /The provided authorization grant is invalid, expired, or revoked/);
    const { authorization } = await fixture.addKey(tenant.projectId, ["events:read"]);
    const forbidden = await refusalOf(mailerFor(authorization.slice("Bearer ".length)).send(message()));
    assert.equal(forbidden.code, 403);
    assert.match(String(forbidden), /access forbidden/);
    const foreign = await refusalOf(mailer.send(message({ from: "shop@example.test" })));
    assert.equal(foreign.code, 403);
    assert.match(String(foreign), /does not match a verified Sender Identity/);
  });

  test("setApiKey forgets the address: the order of the calls matters, as docs/sendgrid.md warns", () => {
    const addressOf = (client: typeof sendgridClient) =>
      String((client.createRequest({ url: "/v3/mail/send" }) as { baseURL?: string }).baseURL);
    const client = new Client();
    client.setDefaultRequest("baseUrl", baseUrl);
    client.setApiKey(tenant.key);
    assert.equal(addressOf(client), "https://api.sendgrid.com/");
    assert.equal(addressOf(clientFor(tenant.key)), baseUrl);
    // What the types of the mailer do not tell, and its documentation does.
    const { client: own } = mailer as unknown as { client: typeof sendgridClient };
    assert.equal(addressOf(own), baseUrl);
  });
});
