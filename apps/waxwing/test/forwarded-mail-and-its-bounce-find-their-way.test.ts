import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { startSmtpSink } from "@waxwing/testkit";
import { sayMail } from "./raw-smtp.ts";
import { call, startWaxwing, temporaryDataDir } from "./waxwing-process.ts";

suite("forwarded mail and its bounce find their way", { timeout: 120_000 }, () => {
  test("mail for a route leaves signed with a rewritten sender, and a bounce to that reaches who wrote it", async () => {
    await using sink = await startSmtpSink();
    await using dataDir = await temporaryDataDir();
    await using waxwing = await startWaxwing({
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_ROUTES: `far.example=127.0.0.1:${sink.port},sender.example=127.0.0.1:${sink.port}`,
    });
    const { inbound = 0 } = waxwing.doors;
    await call(waxwing.doors, "/inbound-routes", {
      pattern: "team@waxwing.test",
      actions: [{ type: "forward", to: ["ann@far.example"] }],
    });

    const mail = "From: bob@sender.example\r\nTo: team@waxwing.test\r\nSubject: Hello\r\n\r\nFrom Bob.\r\n";
    assert.match(
      await sayMail(inbound, { from: "bob@sender.example", to: "team@waxwing.test", message: mail }),
      /^250/,
    );
    const [forwarded] = await sink.waitForMessages(1, 30_000);
    assert.deepEqual(forwarded?.rcptTo, ["ann@far.example"]);
    const reversePath = forwarded.mailFrom;
    assert.match(reversePath, /^SRS0=[a-z2-7]{10}=[a-z2-7]{2}=sender\.example=bob@bounces\.waxwing\.test$/);
    const text = forwarded.raw.toString();
    assert.match(text, /^DKIM-Signature: [\s\S]*d=waxwing\.test/m);
    assert.match(text, /^X-Waxwing-Forwarded-For: team@waxwing\.test\r$/m);
    assert.ok(text.endsWith(mail), "the message stays as it is below what is added");

    const bounce = [
      "From: mailer-daemon@far.example",
      "Subject: Undelivered Mail",
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      "",
      "--b",
      "Content-Type: message/delivery-status",
      "",
      "Reporting-MTA: dns; mx.far.example",
      "",
      "Final-Recipient: rfc822; ann@far.example",
      "Action: failed",
      "Status: 5.1.1",
      "",
      "--b--",
      "",
    ].join("\r\n");
    assert.match(await sayMail(inbound, { from: "", to: reversePath, message: bounce }), /^250/);
    const [, back] = await sink.waitForMessages(2, 30_000);
    assert.deepEqual([back?.mailFrom, back?.rcptTo], ["", ["bob@sender.example"]]);
    assert.ok(back?.raw.toString().endsWith(bounce));
  });
});
