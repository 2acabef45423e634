import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import Parse from "@sendgrid/inbound-mail-parser";
import { signWebhook, webhookKey } from "@waxwing/events";
import { openInboundDoor } from "./inbound-door.ts";
import { openPostHouse } from "./post-house.ts";
import { deliver } from "./smtp-conversation.ts";

const message = [
  "Message-ID: <1@example.test>",
  "From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.test>",
  "To: Support <support@waxwing.test>, second@example.test",
  "Cc: third@example.test",
  "Subject: =?utf-8?q?Sch=C3=B6ne_Gr=C3=BC=C3=9Fe?=",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: multipart/alternative; boundary=c",
  "",
  "--c",
  "Content-Type: text/plain; charset=iso-8859-1",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "W=F6rter",
  "--c",
  "Content-Type: text/html; charset=utf-8",
  "",
  "<p>Wörter</p>",
  "--c--",
  "--b",
  'Content-Type: image/png; name="a.png"',
  "Content-Disposition: inline",
  "Content-ID: <logo@example.test>",
  "Content-Transfer-Encoding: base64",
  "",
  Buffer.from([0, 1, 2, 255, 13, 10]).toString("base64"),
  "--b",
  "Content-Type: message/rfc822",
  "",
  "Subject: inner",
  "",
  "inner text",
  "--b--",
  "",
].join("\n");

const hook = (url: string, format: "waxwing" | "sendgrid", raw = false) =>
  ({ kind: "webhook", url, format, raw }) as const;

/** What its type leaves out. */
interface Attached {
  readonly filename: string;
  readonly type: string;
  readonly content: string;
}

/** Reads multipart/form-data as a program behind SendGrid does: fields, and files on a disk. */
const readForm = async (posted: { readonly headers: object; readonly body: Buffer }, folder: string) => {
  const headers = new Headers(posted.headers as Record<string, string>);
  const form = await new Response(new Uint8Array(posted.body), { headers }).formData();
  const body: Record<string, string> = {};
  const files: object[] = [];
  for (const [fieldname, value] of form) {
    if (typeof value === "string") body[fieldname] = value;
    else {
      const path = join(folder, fieldname);
      await writeFile(path, Buffer.from(await value.arrayBuffer()));
      files.push({ fieldname, originalname: value.name, mimetype: value.type, path });
    }
  }
  return { body, files };
};

test("a webhook is posted the mail, signed, with what was found out about it", async (t) => {
  const door = await openInboundDoor(t);
  const house = await openPostHouse(t, door);
  const route = await house.addRoute("support@waxwing.test", [
    hook(house.url, "waxwing"),
    { kind: "mailbox", address: "sales@waxwing.test" },
  ]);
  const to = ["support@waxwing.test", "support+1@waxwing.test"];
  assert.match((await deliver(door.port, { to, message })).data, /^250/);
  assert.deepEqual([...door.woken.routes], [route.id]);
  assert.deepEqual(
    (await door.filed()).map(({ mailbox }) => mailbox),
    ["sales@waxwing.test"],
  );
  await house.drain(route.id);
  assert.equal(house.posts.length, 1, "two addresses of one route are one post");
  const { headers = {}, body = Buffer.alloc(0) } = house.posts[0] ?? {};
  const expected = signWebhook({
    id: String(headers["webhook-id"]),
    nowMs: Number(headers["webhook-timestamp"]) * 1_000,
    body,
    keys: [webhookKey(house.secret)],
  });
  assert.equal(headers["webhook-signature"], expected["webhook-signature"]);
  const { data, type, route_id } = JSON.parse(body.toString());
  assert.equal(type, "inbound");
  assert.equal(route_id, route.id);
  assert.deepEqual(data.envelope.to, to);
  assert.equal(data.envelope.from, "ann@example.test");
  assert.deepEqual(data.authentication.dmarc, { result: "none", policy: "none", domain: "example.test" });
  const { message: posted } = data;
  assert.equal(posted.subject, "Schöne Grüße");
  assert.deepEqual(posted.from, [{ name: "Jürgen", address: "juergen@example.test" }]);
  assert.deepEqual(posted.to[0], { name: "Support", address: "support@waxwing.test" });
  assert.equal(posted.text.trim(), "Wörter");
  assert.equal(posted.html.trim(), "<p>Wörter</p>");
  const [image, inner] = posted.attachments;
  assert.deepEqual(
    { ...image, content: Buffer.from(image.content, "base64").toString("hex") },
    {
      filename: "a.png",
      type: "image/png",
      disposition: "inline",
      content_id: "logo@example.test",
      size_bytes: 6,
      content: "000102ff0d0a",
    },
  );
  assert.equal(inner.type, "message/rfc822");
  assert.match(Buffer.from(inner.content, "base64").toString(), /^Subject: inner/);
  assert.deepEqual(await house.outcomes(), [{ state: "delivered", attempts: 1, status: 200 }]);
  const { rows } = await door.db.pool.query("SELECT FROM inbound_mails");
  assert.equal(rows.length, 0, "the mail is kept until it was posted");
});

test("SendGrid's own parser reads what is posted in SendGrid's format", async (t) => {
  const door = await openInboundDoor(t);
  const house = await openPostHouse(t, door);
  const folder = await mkdtemp(join(tmpdir(), "waxwing-parse-"));
  t.after(() => rm(folder, { recursive: true }));
  const route = await house.addRoute("*@waxwing.test", [
    hook(house.url, "sendgrid"),
    hook(house.url, "sendgrid", true),
  ]);
  await deliver(door.port, { to: ["support@waxwing.test"], message });
  await house.drain(route.id);
  const forms = await Promise.all(house.posts.map((posted) => readForm(posted, folder)));
  const parsed = forms.find(({ body }) => body.email === undefined);
  const raw = forms.find(({ body }) => body.email !== undefined);
  assert.ok(parsed !== undefined && raw !== undefined);

  const keys = ["to", "from", "subject", "text", "html", "attachments", "sender_ip", "SPF", "dkim"];
  const reader = new Parse({ keys }, parsed);
  const { text, html, ...values } = reader.keyValues() as Record<string, string>;
  assert.deepEqual(values, {
    to: "Support <support@waxwing.test>, second@example.test",
    from: "Jürgen <juergen@example.test>",
    subject: "Schöne Grüße",
    attachments: "2",
    sender_ip: "127.0.0.1",
    SPF: "none",
    dkim: "{}",
  });
  assert.equal(text?.trim(), "Wörter");
  assert.equal(html?.trim(), "<p>Wörter</p>");
  assert.equal(reader.hasRawEmail(), false);
  const attachments = await new Promise<readonly Attached[]>((resolve) =>
    reader.attachments((list) => resolve(list as unknown as readonly Attached[])),
  );
  assert.deepEqual(
    attachments.map(({ filename, type }) => [filename, type]),
    [
      ["a.png", "image/png"],
      ["part-2.eml", "message/rfc822"],
    ],
  );
  assert.equal(Buffer.from(attachments[0]?.content ?? "", "base64").toString("hex"), "000102ff0d0a");
  const { body } = parsed;
  assert.deepEqual(JSON.parse(body.envelope ?? ""), {
    to: ["support@waxwing.test"],
    from: "ann@example.test",
  });
  assert.deepEqual(JSON.parse(body["content-ids"] ?? ""), { "logo@example.test": "attachment1" });
  assert.equal(JSON.parse(body["attachment-info"] ?? "").attachment1.filename, "a.png");
  assert.equal(JSON.parse(body.charsets ?? "").text, "UTF-8");
  assert.match(body.headers ?? "", /^Return-Path: <ann@example\.test>/);

  assert.equal(new Parse({ keys }, raw).hasRawEmail(), true);
  assert.match(raw.body.email ?? "", /Subject: =\?utf-8\?q\?Sch[\s\S]*--b--/);
  assert.equal(raw.body.text, undefined);
});

test("a post that fails is made again with the same id, until it is taken, gone or three days old", async (t) => {
  const door = await openInboundDoor(t);
  const house = await openPostHouse(t, door);
  const route = await house.addRoute("a@waxwing.test", [hook(house.url, "waxwing")]);
  await deliver(door.port, { to: ["a@waxwing.test"], message });
  house.answers.push(500, 404);
  await house.drain(route.id);
  assert.deepEqual(await house.outcomes(), [{ state: "pending", attempts: 1, status: 500 }]);
  await house.drain(route.id);
  assert.equal(house.posts.length, 1, "it is not due yet");
  assert.equal(house.alarms.length, 2);
  await house.clock.advance(5_000);
  await house.drain(route.id);
  await house.clock.advance(30_000);
  await house.drain(route.id);
  assert.deepEqual(await house.outcomes(), [{ state: "delivered", attempts: 3, status: 200 }]);
  assert.equal(new Set(house.posts.map(({ headers }) => headers["webhook-id"])).size, 1);

  await deliver(door.port, { to: ["a@waxwing.test"], message });
  house.answers.push(410);
  await house.drain(route.id);
  assert.deepEqual((await house.outcomes())[1], { state: "failed", attempts: 1, status: 410 });

  await deliver(door.port, { to: ["a@waxwing.test"], message });
  for (let tries = 0; tries < 40; tries += 1) {
    house.answers[0] = 503;
    await house.drain(route.id);
    await house.clock.advance(28_800_000);
  }
  assert.deepEqual((await house.outcomes())[2], { state: "failed", attempts: 17, status: 503 });
});

test("an endpoint that asks for time gets it, and no more than a day", async (t) => {
  const door = await openInboundDoor(t);
  const house = await openPostHouse(t, door);
  const route = await house.addRoute("a@waxwing.test", [hook(house.url, "waxwing")]);
  const due = async (): Promise<number> => {
    const { rows } = await door.db.pool.query<{ due: Date }>("SELECT due_at AS due FROM inbound_posts");
    return (rows[0]?.due.getTime() ?? 0) - house.clock.now();
  };
  await deliver(door.port, { to: ["a@waxwing.test"], message });
  const waits: number[] = [];
  for (const retryAfter of ["600", "1", "999999999"]) {
    house.answers.push({ status: 503, retryAfter });
    await house.drain(route.id);
    waits.push(await due());
    await house.clock.advance(waits.at(-1) ?? 0);
  }
  assert.deepEqual(waits, [600_000, 30_000, 86_400_000], "less than the usual wait is not asked for");
  await house.drain(route.id);
  assert.deepEqual(await house.outcomes(), [{ state: "delivered", attempts: 4, status: 200 }]);
});

test("SendGrid's format gives up on a 4xx, and an endpoint that fails leaves the rest waiting", async (t) => {
  const door = await openInboundDoor(t);
  const house = await openPostHouse(t, door);
  const picky = await house.addRoute("p@waxwing.test", [hook(house.url, "sendgrid")]);
  await deliver(door.port, { to: ["p@waxwing.test"], message });
  house.answers.push(400);
  await house.drain(picky.id);
  assert.deepEqual(await house.outcomes(), [{ state: "failed", attempts: 1, status: 400 }]);

  const down = await house.addRoute("d@waxwing.test", [hook(house.url, "waxwing")]);
  for (let n = 0; n < 9; n += 1)
    await deliver(door.port, { to: ["d@waxwing.test"], message: `X: ${n}\n\nx\n` });
  house.answers.push(...Array.from({ length: 9 }, () => 500));
  await house.drain(down.id);
  const tried = (await house.outcomes()).filter(
    ({ state, attempts }) => state === "pending" && attempts === 1,
  );
  assert.equal(tried.length, 4);
  assert.ok((house.alarms.at(-1) ?? 0) >= house.clock.now() + 30_000);
});
