import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { openInboundDoor } from "./inbound-door.ts";
import { deliver } from "./smtp-conversation.ts";

const run = promisify(execFile);
const to = ["inbox@waxwing.test"];

/** A program a developer may lack: said loudly, and in CI its absence fails the test. */
const isMissing = (program: string): boolean => {
  if (spawnSync("sh", ["-c", `command -v ${program}`]).status === 0) return false;
  assert.ok(!process.env.CI, `${program} is not installed, and CI must have it`);
  console.error(`NOT TESTED: ${program} is not installed`);
  return true;
};

const smtplib = `
import smtplib, ssl, sys
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as client:
    client.starttls(context=context)
    client.sendmail("ann@example.test", ["inbox@waxwing.test"], open(sys.argv[2], "rb").read())
`;

const clients: readonly (readonly [
  program: string,
  args: (port: number, file: string) => readonly string[],
])[] = [
  [
    "swaks",
    (port, file) => [
      ...["--server", `127.0.0.1:${port}`, "--tls", "--data", `@${file}`],
      ...["--from", "ann@example.test", "--to", "inbox@waxwing.test"],
    ],
  ],
  [
    "curl",
    (port, file) => [
      ...["-sS", "--ssl-reqd", "--insecure", "--url", `smtp://127.0.0.1:${port}/client.test`],
      ...["--mail-from", "ann@example.test", "--mail-rcpt", "inbox@waxwing.test", "--upload-file", file],
    ],
  ],
  ["python3", (port, file) => ["-c", smtplib, String(port), file]],
];

for (const [program, args] of clients) {
  test(`${program} delivers over STARTTLS`, async (t) => {
    if (isMissing(program)) return;
    const door = await openInboundDoor(t);
    const folder = await mkdtemp(join(tmpdir(), "waxwing-inbound-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "message.eml");
    await writeFile(file, `From: ann@example.test\r\nSubject: ${program}\r\n\r\n.dot\r\n`);
    await run(program, args(door.port, file));
    const [filed] = await door.filed();
    assert.match(filed?.text ?? "", /with ESMTPS id [\s\S]*?\r\n tls TLS_\w+;[\s\S]*\r\n\r\n\.dot\r\n/);
  });
}

test("8-bit, SMTPUTF8 and bytes that are no text are kept as they came", async (t) => {
  const door = await openInboundDoor(t);
  await deliver(door.port, {
    from: "grüße@beispiel.test",
    parameters: "BODY=8BITMIME SMTPUTF8",
    to,
    message: "From: Jürgen <grüße@beispiel.test>\nSubject: Schöne Grüße 🐦\n\nWörter.\n",
  });
  const latin1 = Buffer.concat([
    Buffer.from("From: ann@example.test\r\nSubject: caf\xe9\r\n\r\n", "latin1"),
    Buffer.from([0xff, 0xfe, 0x80, 0x0d, 0x0a]),
  ]);
  await deliver(door.port, { parameters: "BODY=8BITMIME", to, message: latin1 });
  const [first, second] = await door.events("received");
  assert.equal(first?.payload.subject, "Schöne Grüße 🐦");
  assert.equal(first?.payload.from, "grüße@beispiel.test");
  assert.equal(second?.payload.subject, "café");
  const [utf8] = await door.filed();
  assert.match(utf8?.text ?? "", /^Return-Path: <grüße@beispiel\.test>\r\n/);
  assert.match(utf8?.text ?? "", /with UTF8SMTP id/);
});

const repeat = (piece: string, bytes: number): string => piece.repeat(Math.ceil(bytes / piece.length));
const hostile: readonly (readonly [title: string, message: string])[] = [
  ["nothing", ""],
  ["no header", "\n\nhello\n"],
  ["no sender", "Subject: x\n\nx\n"],
  ["NULs in encoded words", "From: =?utf-8?q?=00=00?= <a@b.test>\nSubject: =?utf-8?q?=00a=00?=\n\nx\n"],
  ["half a character", `From: a@b.test\nSubject: ${"x".repeat(511)}🐦🐦\n\nx\n`],
  ["surrogates in UTF-16", "From: a@b.test\nSubject: =?utf-16le?b?PdgA2A==?=\n\nx\n"],
  ["a very long subject", `From: a@b.test\nSubject: ${repeat("word\n ", 500_000)}\n\nx\n`],
  ["many senders", `From: ${repeat("a@b.test,\n ", 100_000)}z@b.test\n\nx\n`],
  [
    "many References",
    `From: a@b.test\nReferences: ${repeat("<018f0000-0000-7000-8000-000000000000@waxwing.test>\n ", 200_000)}\n\nx\n`,
  ],
  ["deep parts", `${repeat("Content-Type: multipart/mixed; boundary=b\n\n--b\n", 50_000)}x\n`],
  ["NULs in parameters", "Content-Type: text/plain; name*=utf-8''%00%00\nFrom: a@b.test\n\nx\n"],
  [
    "a report of nobody",
    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed\n",
  ],
  [
    "a report of many",
    `Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\n${repeat("Final-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.1.1\n\n", 300_000)}`,
  ],
  [
    "a report with controls",
    "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: \u0007\u001b[2J\n",
  ],
];

test("no message is too odd to be filed", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test"]);
  for (const [title, message] of hostile) {
    const mail = { from: "", to: [...to, ...sent.returnPaths], message };
    assert.match((await deliver(door.port, mail)).data, /^250/, title);
  }
  assert.equal((await door.filed()).length, hostile.length);
  assert.deepEqual(
    door.logged.filter((line) => line.includes("failed")),
    [],
  );
});
