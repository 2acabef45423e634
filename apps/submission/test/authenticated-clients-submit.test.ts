import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { createTransport } from "nodemailer";
import { apiKey, openSubmissionDoors, otherKey, plainKey, readingKey } from "./submission-doors.ts";

const run = promisify(execFile);

const transport = (port: number, secure: boolean, pass: string, user = "apikey") =>
  createTransport({
    host: "127.0.0.1",
    port,
    secure,
    requireTLS: !secure,
    auth: { user, pass },
    tls: { rejectUnauthorized: false },
  });

const isRefusal =
  (code: number, text: RegExp) =>
  (error: unknown): boolean => {
    const { responseCode, response } = error as { responseCode?: number; response?: string };
    assert.equal(responseCode, code);
    assert.match(response ?? "", text);
    return true;
  };

test("nodemailer submits over STARTTLS and implicit TLS, and the message is kept as sent", async (t) => {
  const doors = await openSubmissionDoors(t);
  for (const [port, secure, key] of [
    [doors.ports.submission, false, apiKey],
    [doors.ports.submissions, true, plainKey],
  ] as const) {
    const sent = await transport(port, secure, key).sendMail({
      envelope: {
        from: "anything@elsewhere.test",
        to: ["bob@example.test", "ann@Example.test", "hidden@x.test"],
      },
      from: "Shop <shop@waxwing.test>",
      to: "bob@example.test, ann@Example.test",
      subject: "Grüße",
      text: "line\n.\n..dots\n",
      attachments: [{ filename: "a.bin", content: Buffer.alloc(200_000, 1) }],
    });
    const [, id] = /^250 2\.0\.0 Ok: queued as ([0-9a-f-]{36})$/.exec(sent.response) ?? [];
    const message = (await doors.stored()).at(-1);
    assert.equal(message?.id, id);
    assert.equal(message?.subject, "Grüße");
    assert.deepEqual(message?.recipients, ["bob@example.test", "ann@example.test", "hidden@x.test"]);
    const text = message?.mime.toString() ?? "";
    assert.match(
      text,
      /^Received: from authenticated-client by mail\.waxwing\.test\r\n with ESMTPSA id \S+;\r\n .*\+0000\r\nFrom: Shop/,
    );
    assert.doesNotMatch(text, /127\.0\.0\.1|hidden@/);
    assert.match(text, /\r\n\.\r\n\.\.dots\r\n/);
  }

  assert.equal((await doors.stored()).length, 2);
  const { rows } = await doors.db.pool.query("SELECT count(*)::int AS n FROM events WHERE type = 'accepted'");
  assert.deepEqual(rows, [{ n: 6 }]);
});

test("curl submits over STARTTLS and implicit TLS; what is missing is added, Bcc is not passed on", async (t) => {
  if (spawnSync("sh", ["-c", "command -v curl"]).status !== 0) {
    assert.ok(!process.env.CI, "curl is not installed, and CI must have it");
    console.error("NOT TESTED: curl is not installed");
    return;
  }
  const doors = await openSubmissionDoors(t);
  const folder = await mkdtemp(join(tmpdir(), "waxwing-submission-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(
    join(folder, "mail.eml"),
    "From: shop@waxwing.test\r\nBcc: x@y.test\r\nSubject: curl\r\n\r\nHi\r\n",
  );
  for (const url of [
    `smtp://127.0.0.1:${doors.ports.submission}/client.test`,
    `smtps://127.0.0.1:${doors.ports.submissions}/client.test`,
  ]) {
    await run("curl", [
      ...["-sS", "--ssl-reqd", "--insecure", "--url", url, "--user", `apikey:${apiKey}`],
      ...["--mail-from", "", "--mail-rcpt", "bob@example.test", "--upload-file", join(folder, "mail.eml")],
    ]);
    const text = (await doors.stored()).at(-1)?.mime.toString() ?? "";
    assert.match(
      text,
      /\r\nDate: [^\r]+\r\nMessage-ID: <[^\r]+@waxwing\.test>\r\nFrom: shop@waxwing\.test\r\nSubject: curl/,
    );
  }
  assert.equal((await doors.stored()).length, 2);
});

test("who has no key that may send, sends nothing", async (t) => {
  const doors = await openSubmissionDoors(t);
  const mail = { from: "shop@waxwing.test", to: "bob@example.test", text: "Hi" };
  const wrong: readonly (readonly [title: string, pass: string, user: string])[] = [
    ["a wrong secret", `${apiKey.slice(0, -1)}x`, "apikey"],
    ["an unknown key", `SG.${"z".repeat(22)}.${"b".repeat(43)}`, "apikey"],
    ["another user name", apiKey, "admin"],
    ["a key without the scope", readingKey, "apikey"],
    ["an empty password", " ", "apikey"],
  ];
  for (const [title, pass, user] of wrong) {
    await assert.rejects(
      transport(doors.ports.submissions, true, pass, user).sendMail(mail),
      isRefusal(535, /^535 5\.7\.8/),
      title,
    );
  }
  assert.deepEqual(await doors.stored(), []);
  const log = doors.logged.join("");
  for (const secret of ["b".repeat(43), "d".repeat(43)]) assert.ok(!log.includes(secret));
});

test("a From that the project may not use is refused, naming it", async (t) => {
  const doors = await openSubmissionDoors(t);
  const cases: readonly (readonly [key: string, from: string, answer: RegExp])[] = [
    [apiKey, "ceo@bank.test", /^550 5\.7\.1 .*bank\.test/],
    [apiKey, "shop@unverified.test", /^550 5\.7\.1 .*unverified\.test/],
    [otherKey, "shop@waxwing.test", /^550 5\.7\.1 .*waxwing\.test/],
    [apiKey, "shop@waxwing.test, ceo@bank.test", /^550 5\.6\.0 .*2 senders/],
  ];
  for (const [key, from, answer] of cases) {
    const client = transport(doors.ports.submissions, true, key);
    const envelope = { from: "shop@waxwing.test", to: "bob@example.test" };
    const raw = `From: ${from}\r\nSubject: x\r\n\r\nHi\r\n`;
    await assert.rejects(client.sendMail({ envelope, raw }), isRefusal(550, answer), from);
  }
  assert.deepEqual(await doors.stored(), []);
});

test("a recipient that is no address is refused at once, the others go", async (t) => {
  const doors = await openSubmissionDoors(t);
  const sent = await transport(doors.ports.submissions, true, apiKey).sendMail({
    envelope: { from: "", to: ["bob@example.test", "bob@[192.0.2.1]", "bob@localhost"] },
    raw: "From: shop@waxwing.test\r\n\r\nHi\r\n",
  });
  assert.deepEqual(sent.accepted, ["bob@example.test"]);
  assert.deepEqual((await doors.stored())[0]?.recipients, ["bob@example.test"]);
});

test("without the database nothing is accepted, and the client may try again", async (t) => {
  const doors = await openSubmissionDoors(t);
  const client = transport(doors.ports.submissions, true, apiKey);
  const mail = { from: "shop@waxwing.test", to: "bob@example.test", text: "Hi" };
  await doors.db.pool.query("ALTER TABLE backlog RENAME TO away");
  await assert.rejects(client.sendMail(mail), isRefusal(451, /^451 4\.3\.0/));
  await doors.db.pool.query("ALTER TABLE api_keys RENAME TO keys_away");
  await assert.rejects(client.sendMail(mail), isRefusal(454, /^454 4\.7\.0/));
  await doors.db.pool.query("ALTER TABLE keys_away RENAME TO api_keys");
  await doors.db.pool.query("ALTER TABLE away RENAME TO backlog");
  await client.sendMail(mail);
  assert.equal((await doors.stored()).length, 1);
});

test("a repeated submission with its Idempotency-Key is answered with the first id, another message is refused", async (t) => {
  const doors = await openSubmissionDoors(t);
  const send = (html: string, key = apiKey) =>
    transport(doors.ports.submissions, true, key).sendMail({
      from: "shop@waxwing.test",
      to: "ann@example.test",
      subject: "Once",
      text: "Hi",
      html,
      headers: { "Idempotency-Key": "order-42" },
    });
  const answers = await Promise.all([send("<p>Hi</p>"), send("<p>Hi</p>"), send("<p>Hi</p>")]);
  assert.equal(new Set(answers.map(({ response }) => response)).size, 1);
  const stored = await doors.stored();
  assert.equal(stored.length, 1);
  assert.ok(answers[0]?.response.includes(stored[0]?.id ?? "none"));
  assert.doesNotMatch(stored[0]?.mime.toString() ?? "", /order-42/);
  await assert.rejects(send("<p>Ho</p>"), isRefusal(554, /5\.6\.0 .*Idempotency-Key/));
});
