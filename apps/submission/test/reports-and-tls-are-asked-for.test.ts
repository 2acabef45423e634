import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { createTransport } from "nodemailer";
import { apiKey, openSubmissionDoors, type SubmissionDoors } from "./submission-doors.ts";

const run = promisify(execFile);
const settings = { timeout: 60_000 };

const optionsOf = async (doors: SubmissionDoors) => {
  const { rows } = await doors.db.pool.query<{ options: object }>("SELECT options FROM messages ORDER BY id");
  return rows.map(({ options }) => options);
};

const SMTPLIB = `
import smtplib, ssl, sys
port, key = int(sys.argv[1]), sys.argv[2]
tls = ssl._create_unverified_context()
client = smtplib.SMTP("127.0.0.1", port, local_hostname="client.test")
client.ehlo()
assert not client.has_extn("requiretls"), "REQUIRETLS before TLS"
client.starttls(context=tls)
client.ehlo()
for name in ["pipelining", "8bitmime", "smtputf8", "enhancedstatuscodes", "size", "dsn", "requiretls"]:
    assert client.has_extn(name), name
client.login("apikey", key)
mail = "From: shop@waxwing.test\\r\\nSubject: x\\r\\n\\r\\nHi\\r\\n"
client.sendmail("shop@waxwing.test", ["a@example.test"], mail,
                mail_options=["RET=HDRS", "ENVID=order+2B42"],
                rcpt_options=["NOTIFY=SUCCESS,DELAY", "ORCPT=rfc822;old@example.test"])
client.sendmail("shop@waxwing.test", ["a@example.test"], mail, mail_options=["REQUIRETLS"])
client.sendmail("", ["a@example.test"], mail)
client.sendmail("other@elsewhere.test", ["a@example.test"], mail, rcpt_options=["NOTIFY=FAILURE"])
for bad in (["RET=ALL"], ["ENVID=a b"], ["REQUIRETLS=1"], ["ENVID=x+0D+0A"]):
    code, text = client.mail("shop@waxwing.test", bad)
    assert code in (501, 555), (bad, code, text)
client.mail("shop@waxwing.test")
for bad in (["NOTIFY=NEVER,FAILURE"], ["NOTIFY=MAYBE"], ["ORCPT=x"]):
    code, text = client.rcpt("a@example.test", bad)
    assert code in (501, 555), (bad, code, text)
client.quit()
`;

test(
  "Python's smtplib asks for reports and for TLS, and what is no parameter is refused",
  settings,
  async (t) => {
    if (spawnSync("sh", ["-c", "command -v python3"]).status !== 0) {
      assert.ok(!process.env.CI, "python3 is not installed, and CI must have it");
      console.error("NOT TESTED: python3 is not installed");
      return;
    }
    const doors = await openSubmissionDoors(t);
    await run("python3", ["-c", SMTPLIB, String(doors.ports.submission), apiKey]);
    const byDefault = { dsn: { returnTo: "shop@waxwing.test", recipients: [] } };
    assert.deepEqual(await optionsOf(doors), [
      {
        dsn: {
          returnTo: "shop@waxwing.test",
          ret: "headers",
          envelopeId: "order+2B42",
          recipients: [{ ordinal: 0, notify: ["success", "delay"], orcpt: "rfc822;old@example.test" }],
        },
      },
      { ...byDefault, requireTls: true },
      {},
      {},
    ]);
  },
);

test("nodemailer asks for reports", settings, async (t) => {
  const doors = await openSubmissionDoors(t);
  await createTransport({
    host: "127.0.0.1",
    port: doors.ports.submissions,
    secure: true,
    auth: { user: "apikey", pass: apiKey },
    tls: { rejectUnauthorized: false },
  }).sendMail({
    from: "shop@waxwing.test",
    to: "bob@example.test",
    text: "Hi",
    dsn: { id: "e1", return: "full", notify: "never", recipient: "bob@example.test" },
  });
  const [options] = await optionsOf(doors);
  assert.deepEqual(options, {
    dsn: {
      returnTo: "shop@waxwing.test",
      ret: "full",
      envelopeId: "e1",
      recipients: [{ ordinal: 0, notify: ["never"], orcpt: "rfc822;bob@example.test" }],
    },
  });
});
