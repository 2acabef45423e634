import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { createTransport } from "nodemailer";
import { openMailRoom } from "./mail-room.ts";

const run = promisify(execFile);

/** A program a developer may lack: said loudly, and in CI its absence fails the test. */
const missing = (t: TestContext, program: string): boolean => {
  if (spawnSync("sh", ["-c", `command -v ${program}`]).status === 0) return false;
  assert.ok(!process.env.CI, `${program} is not installed, and CI must have it`);
  console.error(`NOT TESTED: ${program} is not installed ("${t.name}")`);
  t.skip(`${program} is not installed`);
  return true;
};

const transport = (port: number, secure: boolean, more: object = {}) =>
  createTransport({
    host: "127.0.0.1",
    port,
    secure,
    auth: { user: "ann", pass: "secret" },
    tls: { rejectUnauthorized: false },
    ...more,
  });

const doors = [
  { name: "STARTTLS", tls: "starttls" },
  { name: "implicit TLS", tls: "implicit" },
] as const;

for (const { name, tls } of doors) {
  test(`nodemailer submits over ${name}`, async (t) => {
    const room = await openMailRoom(t, { kind: "submission", tls, sizeLimitBytes: 4 * 1024 * 1024 });
    for (const authMethod of ["PLAIN", "LOGIN"]) {
      const client = transport(room.port, tls === "implicit", { authMethod });
      const sent = await client.sendMail({
        from: "shop@waxwing.test",
        to: ["ann@example.test", "nobody@example.test"],
        subject: "Grüße",
        text: "line\n.\n..dots\n",
        attachments: [{ filename: "a.bin", content: Buffer.alloc(1024 * 1024, 1) }],
        dsn: {
          id: "env+1=x",
          return: "headers",
          notify: ["failure", "delay"],
          recipient: "ann@example.test",
        },
      });
      assert.deepEqual(sent.accepted, ["ann@example.test"]);
      assert.deepEqual(sent.rejected, ["nobody@example.test"]);
      assert.match(sent.response, /^250 2\.0\.0 Ok: queued as q\d$/);
      client.close();
      const message = room.received.at(-1);
      assert.equal(message?.session.principal, "ann");
      assert.match(message.session.tls?.version ?? "", /^TLSv1\.[23]$/);
      assert.match(message.session.tls?.cipher ?? "", /^TLS_/);
      assert.equal(message.session.protocol, "ESMTPSA");
      assert.equal(message.envelope.sender.ret, "HDRS");
      assert.equal(message.envelope.sender.envid, "env+2B1+3Dx");
      assert.deepEqual(message.envelope.recipients[0]?.notify, ["FAILURE", "DELAY"]);
      assert.equal(message.envelope.recipients[0]?.orcpt, "rfc822;ann@example.test");
      assert.ok(message.raw.length > 1024 * 1024);
    }
  });

  test(`curl submits over ${name}`, async (t) => {
    if (missing(t, "curl")) return;
    const room = await openMailRoom(t, { kind: "submission", tls });
    const folder = await mkdtemp(join(tmpdir(), "waxwing-smtp-"));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, "message.eml");
    await writeFile(file, "Subject: curl\r\n\r\n.dot\r\n");
    const url = `${tls === "implicit" ? "smtps" : "smtp"}://127.0.0.1:${room.port}/client.test`;
    const envelope = ["--mail-from", "a@a.test", "--mail-rcpt", "b@b.test"];
    const login = ["-u", "ann:secret"];
    await run("curl", ["-sS", "-k", "--ssl-reqd", url, ...login, ...envelope, "-T", file]);
    assert.equal(room.received[0]?.raw.toString(), "Subject: curl\r\n\r\n.dot\r\n");
    assert.equal(room.received[0]?.session.helo, "client.test");
    await assert.rejects(
      run("curl", ["-sS", "-k", "--ssl-reqd", url, "-u", "ann:no", ...envelope, "-T", file]),
    );
  });

  test(`swaks delivers over ${name}`, async (t) => {
    if (missing(t, "swaks")) return;
    const room = await openMailRoom(t, { tls });
    const security = tls === "implicit" ? ["--tls-on-connect"] : ["--tls"];
    const { stdout } = await run("swaks", [
      ...["--server", "127.0.0.1", "--port", String(room.port), ...security],
      ...["--from", "<>", "--to", "b@b.test", "--helo", "client.test", "--body", "hello"],
    ]);
    assert.match(stdout, /250 2\.0\.0 Ok: queued as q1/);
    assert.equal(room.received[0]?.envelope.sender.address, "");
    assert.equal(room.received[0]?.session.protocol, "ESMTPS");
  });
}

test("nodemailer reads what was refused", async (t) => {
  const room = await openMailRoom(t, { kind: "submission" });
  const wrong = transport(room.port, false, { auth: { user: "ann", pass: "no" } });
  await assert.rejects(wrong.verify(), { responseCode: 535 });
  const plain = transport(room.port, false, { ignoreTLS: true });
  await assert.rejects(plain.sendMail({ from: "a@a.test", to: "b@b.test", text: "x" }), {
    responseCode: 530,
  });
  const large = transport(room.port, false);
  await assert.rejects(large.sendMail({ from: "a@a.test", to: "b@b.test", text: "x".repeat(100_000) }), {
    responseCode: 552,
  });
  assert.equal(room.received.length, 0);
  for (const client of [wrong, plain, large]) client.close();
});

test("smtp-source delivers many messages at once", async (t) => {
  if (missing(t, "smtp-source")) return;
  const room = await openMailRoom(t);
  const load = [
    "-c",
    "-s",
    "5",
    "-m",
    "50",
    "-f",
    "a@a.test",
    "-t",
    "b@b.test",
    `inet:127.0.0.1:${room.port}`,
  ];
  await run("smtp-source", load);
  assert.equal(room.received.length, 50);
});

test("a non-ASCII address travels with SMTPUTF8", async (t) => {
  const room = await openMailRoom(t, { kind: "submission" });
  const client = transport(room.port, false);
  await client.sendMail({ from: "a@a.test", to: "jürgen@bücher.test", text: "x" });
  client.close();
  assert.equal(room.received[0]?.envelope.sender.smtpUtf8, true);
  assert.match(room.received[0]?.envelope.recipients[0]?.address ?? "", /^jürgen@/);
  assert.equal(room.received[0]?.session.protocol, "UTF8SMTPSA");
});
