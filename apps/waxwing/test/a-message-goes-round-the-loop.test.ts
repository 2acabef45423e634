import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { ImapFlow } from "imapflow";
import { createTransport } from "nodemailer";
import {
  API_KEY,
  clientOf,
  freePort,
  MAILBOX_PASSWORD,
  startWaxwing,
  temporaryDataDir,
  until,
  type WaxwingProcess,
} from "./waxwing-process.ts";
import { openWebhookEndpoint } from "./webhook-endpoint.ts";

const run = promisify(execFile);
const hasCurl = spawnSync("curl", ["--version"]).status === 0;
if (!hasCurl && process.env.CI !== undefined) throw new Error("CI must have curl");
const needsCurl = hasCurl ? false : "curl is not installed: its part of this test does not run";

suite("a message goes round the loop", { timeout: 180_000 }, () => {
  let waxwing: WaxwingProcess;
  let dataDir: Awaited<ReturnType<typeof temporaryDataDir>>;
  before(async () => {
    dataDir = await temporaryDataDir();
    const inbound = await freePort();
    waxwing = await startWaxwing({
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_INBOUND_LISTEN: `127.0.0.1:${inbound}`,
      WAXWING_ROUTES: `.test=127.0.0.1:${inbound}`,
      WAXWING_WEBHOOK_PRIVATE_ADDRESSES: "allow",
    });
  });
  after(async () => {
    const { code } = await waxwing.stop();
    await dataDir[Symbol.asyncDispose]();
    assert.equal(code, 0, waxwing.lines.slice(-8).join("\n"));
  });

  /** Reads the newest message with this subject from the inbox, over IMAPS, once it is there. */
  const fromInbox = async (
    subject: string,
  ): Promise<{ readonly source: string; readonly headers: string }> => {
    const client = new ImapFlow({
      host: "127.0.0.1",
      port: waxwing.doors.imaps ?? 0,
      secure: true,
      auth: { user: "inbox@waxwing.test", pass: MAILBOX_PASSWORD },
      tls: { rejectUnauthorized: false },
      logger: false,
    });
    await client.connect();
    try {
      await client.mailboxOpen("INBOX");
      const uids = await until(
        `the message "${subject}"`,
        async () => (await client.search({ subject }, { uid: true })) || [],
        (found) => found.length > 0,
      );
      const message = await client.fetchOne(
        String(uids.at(-1)),
        { source: true, envelope: true },
        { uid: true },
      );
      assert.ok(message !== false && message.source !== undefined);
      assert.equal(message.envelope?.subject, subject);
      const source = message.source.toString();
      return { source, headers: source.slice(0, source.indexOf("\r\n\r\n")) };
    } finally {
      await client.logout();
    }
  };

  const assertVerified = (headers: string): void => {
    assert.match(headers, /^Authentication-Results: mail\.waxwing\.test/m);
    assert.match(headers, /dkim=pass/);
    assert.match(headers, /^Return-Path: <b\+[a-z2-7]{44}@bounces\.waxwing\.test>/m);
    assert.match(headers, /^DKIM-Signature: [\s\S]*?c=relaxed\/relaxed/m);
    // Oversigned: From stands once more in h= than in the header.
    const signed = /[;\s]h=([^;]*);/.exec(headers.slice(headers.indexOf("DKIM-Signature")))?.[1] ?? "";
    assert.equal(signed.split(":").filter((name) => name.trim().toLowerCase() === "from").length, 2);
  };

  test("HTTP: accepted, signed, delivered, verified, filed, read over IMAPS, told by webhook", async () => {
    await using endpoint = await openWebhookEndpoint();
    const webhook = await clientOf(waxwing.doors).webhooks.create({ url: endpoint.url });
    endpoint.trust(webhook.secret ?? "");
    const sent = await clientOf(waxwing.doors).send({
      from: "Grüße Shop <shop@waxwing.test>",
      to: "inbox@waxwing.test",
      subject: "Bestellung №7 – bestätigt",
      text: "Danke.\n",
      html: "<p>Danke.</p>",
      attachments: [
        { filename: "rechnung.txt", content: Buffer.from("42 EUR").toString("base64"), type: "text/plain" },
      ],
      metadata: { order: "7" },
    });
    assert.deepEqual(sent.recipients, [{ id: `${sent.id}.0`, email: "inbox@waxwing.test" }]);
    const { source, headers } = await fromInbox("Bestellung №7 – bestätigt");
    assertVerified(headers);
    assert.match(source, /multipart\/mixed/);
    assert.match(source, new RegExp(Buffer.from("42 EUR").toString("base64")));
    const message = await until(
      "delivered",
      () => clientOf(waxwing.doors).messages.get(sent.id),
      ({ recipients }) => recipients[0]?.state === "delivered",
    );
    assert.deepEqual(
      message.timeline.map(({ type }) => type),
      ["accepted", "processed", "delivered"],
    );
    await until(
      "the webhooks",
      async () => endpoint.received.filter((event) => event.message_id === sent.id).map(({ type }) => type),
      (types) => types.length === 3,
    );
    const told = endpoint.received.filter((event) => event.message_id === sent.id);
    assert.deepEqual(
      told.map(({ type }) => type),
      ["accepted", "processed", "delivered"],
    );
    assert.deepEqual(told[2]?.data.metadata, { order: "7" });
    assert.equal(endpoint.badSignatures(), 0);
    await until(
      "the received event",
      async () => endpoint.received.some(({ type }) => type === "received"),
      (there) => there,
    );
  });

  for (const door of ["submission", "submissions"] as const) {
    test(`nodemailer through ${door}`, async () => {
      const transport = createTransport({
        host: "127.0.0.1",
        port: waxwing.doors[door] ?? 0,
        secure: door === "submissions",
        requireTLS: true,
        auth: { user: "apikey", pass: API_KEY },
        tls: { rejectUnauthorized: false },
      });
      const info = await transport.sendMail({
        from: "shop@waxwing.test",
        to: "inbox@waxwing.test",
        subject: `By nodemailer through ${door}`,
        text: "As it was submitted.",
      });
      transport.close();
      assert.match(info.response, /^250 2\.0\.0 Ok: queued as [0-9a-f-]{36}/);
      const { source, headers } = await fromInbox(`By nodemailer through ${door}`);
      assertVerified(headers);
      assert.match(source, /\r\n\r\nAs it was submitted\.\r\n/);
    });
  }

  test("curl submits over SMTP and reads over IMAPS and POP3S", { skip: needsCurl }, async () => {
    const file = join(dataDir.path, "by-curl.eml");
    await writeFile(
      file,
      "From: shop@waxwing.test\r\nTo: inbox@waxwing.test\r\nSubject: By curl\r\n\r\nPlain SMTP.\r\n",
    );
    const { doors } = waxwing;
    await run("curl", [
      ...["-sS", "--ssl-reqd", "-k", `smtp://127.0.0.1:${doors.submission}`, "--user", `apikey:${API_KEY}`],
      ...["--mail-from", "shop@waxwing.test", "--mail-rcpt", "inbox@waxwing.test", "-T", file],
    ]);
    const { source } = await fromInbox("By curl");
    // What the submission had not: added, because RFC 6409 §8 asks for it.
    assert.match(source, /^Message-ID: </m);
    assert.match(source, /^Date: /m);
    const login = ["-sS", "-k", "--user", `inbox@waxwing.test:${MAILBOX_PASSWORD}`];
    const imap = await run("curl", [
      ...login,
      `imaps://127.0.0.1:${doors.imaps}/INBOX`,
      "-X",
      'SEARCH SUBJECT "By curl"',
    ]);
    assert.match(imap.stdout, /\* SEARCH \d+/);
    const listing = await run("curl", [...login, `pop3s://127.0.0.1:${doors.pop3s}/`]);
    const count = listing.stdout.trim().split("\n").length;
    assert.ok(count > 0);
    const newest = await run("curl", [...login, `pop3s://127.0.0.1:${doors.pop3s}/${count}`]);
    assert.equal(newest.stdout, source);
  });

  test("garbage and unfinished handshakes at every door leave the process alive", async () => {
    const { connect } = await import("node:net");
    await Promise.all(
      Object.values(waxwing.doors).flatMap((port) =>
        ["\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "GET / HTTP/1.1\r\n\r\n", "\0\0\0\0\r\n", ""].map(
          (bytes) =>
            new Promise<void>((resolve) => {
              const socket = connect(port, "127.0.0.1", () => {
                socket.write(bytes, () => socket.resetAndDestroy());
              });
              socket.on("error", () => undefined);
              socket.once("close", () => resolve());
            }),
        ),
      ),
    );
    assert.equal((await fetch(`http://127.0.0.1:${waxwing.doors.http}/health/ready`)).status, 200);
    assert.equal(waxwing.child.exitCode, null);
  });
});
