import assert from "node:assert/strict";
import { test } from "node:test";
import { NESTED, openDoor, PLAIN } from "./door-fixture.ts";
import { runForeign } from "./foreign-client.ts";

const PLAIN_WIRE = PLAIN.replaceAll("\n", "\r\n");

for (const [scheme, protocol, tls] of [
  ["imap", "imap", "starttls"],
  ["imaps", "imap", "implicit"],
  ["pop3", "pop3", "starttls"],
  ["pop3s", "pop3", "implicit"],
] as const) {
  test(`curl reads a message over ${scheme}`, { timeout: 30_000 }, async (t) => {
    await using door = await openDoor(protocol, { tls, plaintextAuth: "never" });
    door.mailbox.deliver("INBOX", PLAIN);
    const path = protocol === "imap" ? "INBOX;UID=1" : "1";
    const url = `${scheme}://127.0.0.1:${door.port}/${path}`;
    const run = await runForeign(t, "curl", ["-sS", "--ssl-reqd", "-k", "-u", "ann:secret", url]);
    if (run === null) return;
    assert.equal(run.errors, "");
    assert.equal(run.output, PLAIN_WIRE);
    assert.equal(door.mailbox.flags("INBOX", 1).includes("\\Seen"), protocol === "imap");
  });
}

const IMAPLIB = `
import imaplib, ssl, sys
context = ssl._create_unverified_context()
mailbox = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
mailbox.starttls(context)
assert mailbox.login("ann", "secret")[0] == "OK"
assert mailbox.select("INBOX") == ("OK", [b"2"])
assert mailbox.search(None, "SUBJECT", "hello") == ("OK", [b"1"])
assert mailbox.search(None, "ALL") == ("OK", [b"1 2"])
assert mailbox.sort("(REVERSE DATE)", "UTF-8", "ALL") == ("OK", [b"2 1"])
assert mailbox.thread("REFERENCES", "UTF-8", "ALL") == ("OK", [b"(1)(2)"])
assert mailbox.getquotaroot("INBOX")[0] == "OK"
kind, data = mailbox.fetch("1", "(RFC822)")
assert kind == "OK" and data[0][1].startswith(b"From: Ann"), data
assert mailbox.append("Drafts", "(\\\\Draft)", None, b"Subject: x\\r\\n\\r\\nbody\\r\\n")[0] == "OK"
assert mailbox.status("Drafts", "(MESSAGES)") == ("OK", [b'"Drafts" (MESSAGES 1)'])
assert mailbox.create("Neu")[0] == "OK"
assert mailbox.list('""', "N*")[1] == [b'(\\\\HasNoChildren) "/" "Neu"']
assert mailbox.copy("1", "Neu")[0] == "OK"
assert mailbox.store("1", "+FLAGS", "\\\\Deleted")[0] == "OK"
assert mailbox.expunge() == ("OK", [b"1"])
assert mailbox.close()[0] == "OK"
assert mailbox.logout()[0] == "BYE"
print("fine")
`;

test("Python's imaplib works a mailbox", { timeout: 30_000 }, async (t) => {
  await using door = await openDoor("imap", { plaintextAuth: "never" });
  door.mailbox.deliver("INBOX", PLAIN);
  door.mailbox.deliver("INBOX", NESTED);
  const run = await runForeign(t, "python3", ["-c", IMAPLIB, String(door.port)]);
  if (run === null) return;
  assert.deepEqual([run.output.trim(), run.errors], ["fine", ""]);
  assert.deepEqual(door.mailbox.uids("INBOX"), [2]);
});

const POPLIB = `
import poplib, ssl, sys
mailbox = poplib.POP3("127.0.0.1", int(sys.argv[1]))
assert "STLS" in mailbox.capa()
mailbox.stls(ssl._create_unverified_context())
mailbox.user("ann")
mailbox.pass_("secret")
assert mailbox.stat()[0] == 2
assert len(mailbox.list()[1]) == 2
assert mailbox.uidl()[1][1].endswith(b".2")
assert b".a line with a dot" in mailbox.retr(1)[1]
assert mailbox.top(1, 1)[1][-1] == b"Hello Bob,"
mailbox.dele(1)
mailbox.quit()
print("fine")
`;

test("Python's poplib works a mailbox", { timeout: 30_000 }, async (t) => {
  await using door = await openDoor("pop3", { plaintextAuth: "never" });
  door.mailbox.deliver("INBOX", PLAIN);
  door.mailbox.deliver("INBOX", NESTED);
  const run = await runForeign(t, "python3", ["-c", POPLIB, String(door.port)]);
  if (run === null) return;
  assert.deepEqual([run.output.trim(), run.errors], ["fine", ""]);
  assert.deepEqual(door.mailbox.uids("INBOX"), [2]);
});
