import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { prepareCompose } from "@waxwing/outbound";
import { newId } from "@waxwing/runtime";
import { insertUnsubscribeGroup } from "@waxwing/store";
import { createTransport } from "nodemailer";
import { apiKey, openSubmissionDoors, type SubmissionDoors } from "./submission-doors.ts";

const run = promisify(execFile);
const settings = { timeout: 60_000 };

const transport = (doors: SubmissionDoors) =>
  createTransport({
    host: "127.0.0.1",
    port: doors.ports.submissions,
    secure: true,
    auth: { user: "apikey", pass: apiKey },
    tls: { rejectUnauthorized: false },
  });

const rowsOf = async (doors: SubmissionDoors) => {
  const { rows } = await doors.db.pool.query(
    "SELECT id, subject, tags, metadata, priority, send_at, expires_at, options, headers, request_id FROM messages ORDER BY id",
  );
  return rows;
};

test("nodemailer personalises by X-SMTPAPI, and each recipient's message is its own", settings, async (t) => {
  const doors = await openSubmissionDoors(t);
  const made = await insertUnsubscribeGroup(
    doors.db,
    { projectId: doors.projectId, keyId: null, remoteAddress: null },
    { name: "News", description: "", isDefault: false },
    10,
  );
  const group = made.kind === "done" ? made.group.id : assert.fail();
  const names = Array.from({ length: 40 }, (_, index) => `Käthe ${index}`);
  const sent = await transport(doors).sendMail({
    envelope: { from: "shop@waxwing.test", to: ["ignored@example.test"] },
    from: "Shop <shop@waxwing.test>",
    to: "ignored@example.test",
    subject: "Grüße, %name%",
    text: "Hallo %name%, %offer%",
    html: "<p>Hallo %name%, %offer%</p>",
    attachments: [{ filename: "a.txt", content: "%name% stays" }],
    headers: {
      "X-SMTPAPI": JSON.stringify({
        to: names.map((name, index) => `"${name}" <k${index}@example.test>`),
        sub: { "%name%": names, "%offer%": names.map(() => "%section%") },
        section: { "%section%": "zehn für %name%" },
        category: "newsletter",
        unique_args: { campaign: "7" },
        asm_group_id: group,
      }),
    },
  });
  assert.match(sent.response, /^250 2\.0\.0 Ok: queued as [0-9a-f-]{36} \(first of 40\)$/);
  const stored = await doors.stored();
  assert.deepEqual(
    stored.map(({ recipients }) => recipients),
    names.map((_, index) => [`k${index}@example.test`]),
  );
  const contents = await doors.db.pool.query("SELECT count(*)::int AS n FROM message_contents");
  assert.deepEqual(contents.rows, [{ n: 1 }]);
  const rows = await rowsOf(doors);
  assert.equal(new Set(rows.map(({ request_id }) => request_id)).size, 1);
  const last = rows.at(-1);
  assert.deepEqual([last.tags, last.metadata], [["newsletter"], { campaign: "7" }]);
  assert.equal(last.subject, "Grüße, Käthe 39");

  // What the worker makes of it.
  const content = stored.at(-1)?.mime ?? assert.fail();
  assert.doesNotMatch(content.toString(), /smtpapi/i);
  const { unsubscribe: _, ...options } = last.options;
  const compose = prepareCompose(
    {
      messageId: last.id,
      contentKind: "mime",
      headers: last.headers,
      subject: last.subject,
      startedAtMs: 0,
      options,
    },
    content,
  );
  const { header, body } = compose(() => "");
  assert.match(header.toString(), /^To: =\?utf-8\?\S+ <k39@example\.test>\r$/m);
  assert.doesNotMatch(header.toString(), /ignored@/);
  const text = body.toString().replace(/=\r\n/g, "");
  assert.match(text, /Hallo K=C3=A4the 39, zehn f=C3=BCr K=C3=A4the 39/);
  assert.match(text, /%name% stays|JW5hbWUlIHN0YXlz/);
});

test("swaks uses the twins of the API's options, and none of them goes out", settings, async (t) => {
  if (spawnSync("sh", ["-c", "command -v swaks"]).status !== 0) {
    assert.ok(!process.env.CI, "swaks is not installed, and CI must have it");
    console.error("NOT TESTED: swaks is not installed");
    return;
  }
  const doors = await openSubmissionDoors(t);
  const headers = [
    "X-Waxwing-Tags: a, b",
    'X-Waxwing-Metadata: {"order":"42"}',
    "X-Waxwing-Priority: bulk",
    "X-Waxwing-TTL: 60",
    "X-Waxwing-Track: opens",
    "Idempotency-Key: once",
  ];
  await run("swaks", [
    ...["--server", `127.0.0.1:${doors.ports.submission}`, "--tls"],
    ...["--auth-user", "apikey", "--auth-password", apiKey],
    ...["--from", "shop@waxwing.test", "--to", "bob@example.test"],
    ...headers.flatMap((header) => ["--add-header", header]),
  ]);
  const [row] = await rowsOf(doors);
  assert.deepEqual(
    [row.tags, row.metadata, row.priority, row.options.track],
    [["a", "b"], { order: "42" }, 2, { opens: true }],
  );
  assert.ok(row.expires_at instanceof Date);
  assert.doesNotMatch((await doors.stored())[0]?.mime.toString() ?? "", /X-Waxwing|Idempotency/i);
});

test("a template takes the place of the text, or says what it lacks", settings, async (t) => {
  const doors = await openSubmissionDoors(t);
  const [templateId, versionId] = [newId(), newId()];
  await doors.db.pool.query("INSERT INTO templates (id, project_id, name) VALUES ($1, $2, 't')", [
    templateId,
    doors.projectId,
  ]);
  await doors.db.pool.query(
    `INSERT INTO template_versions (id, template_id, name, subject, html, text, source_hash, strict, test_data)
     VALUES ($1, $2, 'v', 'Order {{n}}', '<b>{{name}}</b>', 'Dear {{name}}', 'x', true, '{}')`,
    [versionId, templateId],
  );
  await doors.db.pool.query("UPDATE templates SET active_version_id = $1", [versionId]);
  const send = (variables: object) =>
    transport(doors).sendMail({
      from: "shop@waxwing.test",
      to: "bob@example.test",
      subject: "replaced",
      text: "replaced",
      headers: {
        "X-Waxwing-Template": templateId,
        "X-Waxwing-Variables": JSON.stringify(variables),
      },
    });
  await send({ name: "Zoë & Co", n: 7 });
  const [stored] = await doors.stored();
  assert.equal(stored?.subject, "Order 7");
  const text = stored?.mime.toString() ?? "";
  assert.match(text, /multipart\/alternative/);
  assert.match(text, /Dear Zo=C3=AB & Co/);
  assert.match(text, /<b>Zo=C3=AB &amp; Co<\/b>/);
  assert.doesNotMatch(text, /replaced|X-Waxwing/);

  // A legacy template, which SendGrid's X-SMTPAPI names, stands around the message.
  await doors.db.pool.query("UPDATE templates SET generation = 'legacy'");
  await doors.db.pool.query(
    "UPDATE template_versions SET subject = 'Shop: <%subject%>', html = '<i><%body%></i>', text = '<%body%>'",
  );
  const templates = { settings: { enable: 1, template_id: templateId } };
  await transport(doors).sendMail({
    from: "shop@waxwing.test",
    to: "bob@example.test",
    subject: "inner",
    html: "<p>inner</p>",
    text: "inner",
    headers: { "X-SMTPAPI": JSON.stringify({ filters: { templates } }) },
  });
  const around = (await doors.stored()).at(-1);
  assert.equal(around?.subject, "Shop: inner");
  assert.match(around?.mime.toString() ?? "", /<i><p>inner<\/p><\/i>/);
  await doors.db.pool.query("UPDATE templates SET generation = 'dynamic'");
  await doors.db.pool.query("UPDATE template_versions SET html = '<b>{{name}}</b>'");
  await assert.rejects(send({ n: 7 }), /550 5\.6\.0 X-Waxwing-Template .*name/);
  assert.equal((await doors.stored()).length, 2);
});

test("what cannot be is refused with everything that is wrong, and nothing is kept", settings, async (t) => {
  const doors = await openSubmissionDoors(t);
  const send = (headers: Record<string, string>) =>
    transport(doors).sendMail({ from: "shop@waxwing.test", to: "b@example.test", text: "x", headers });
  await assert.rejects(send({ "X-SMTPAPI": "{nope" }), /550 5\.6\.0 X-SMTPAPI is not JSON/);
  await assert.rejects(
    send({ "X-Waxwing-TTL": "never", "X-Waxwing-Batch": "x", "X-Waxwing-Unsubscribe": "12345" }),
    /550 5\.6\.0 X-Waxwing-TTL .*; X-Waxwing-Batch names no batch/i,
  );
  await assert.rejects(send({ "X-Waxwing-Unsubscribe": "12345" }), /group 12345 is not there/);
  assert.deepEqual(await doors.stored(), []);
});
