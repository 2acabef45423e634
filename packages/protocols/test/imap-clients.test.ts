import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { ImapFlow } from "imapflow";
import { NESTED, openDoor, PLAIN } from "./door-fixture.ts";

function client(port: number, secure: boolean): ImapFlow {
  return new ImapFlow({
    host: "127.0.0.1",
    port,
    secure,
    auth: { user: "ann", pass: "secret" },
    tls: { rejectUnauthorized: false },
    logger: false,
  });
}

for (const tls of ["starttls", "implicit"] as const) {
  test(`imapflow works a mailbox over ${tls}`, async () => {
    await using door = await openDoor("imap", { tls, plaintextAuth: "never" });
    door.mailbox.deliver("INBOX", PLAIN);
    door.mailbox.deliver("INBOX", NESTED);
    const flow = client(door.port, tls === "implicit");
    await flow.connect();
    assert.equal(flow.secureConnection, true);

    const folders = await flow.list({ statusQuery: { messages: true, unseen: true } });
    const inbox = folders.find((folder) => folder.path === "INBOX");
    assert.equal(inbox?.status?.messages, 2);
    assert.equal(folders.find((folder) => folder.specialUse === "\\Sent")?.path, "Sent");

    const opened = await flow.mailboxOpen("INBOX");
    assert.equal(opened.exists, 2);
    const messages = await flow.fetchAll("1:*", {
      envelope: true,
      bodyStructure: true,
      flags: true,
      source: true,
    });
    assert.deepEqual(
      messages.map((message) => message.envelope?.subject),
      ["Hello", "Grüße"],
    );
    assert.equal(messages[1]?.bodyStructure?.childNodes?.length, 3);
    assert.equal(messages[1]?.source?.toString(), NESTED.replaceAll("\n", "\r\n"));

    const text = await flow.download("2", "1.1");
    let body = "";
    for await (const chunk of text.content ?? []) body += chunk;
    assert.equal(body.trim(), "Schöne Grüße");

    assert.deepEqual(await flow.search({ subject: "grüße" }, { uid: true }), [2]);
    assert.equal(await flow.messageFlagsAdd("1", ["\\Flagged"]), true);
    assert.deepEqual(door.mailbox.flags("INBOX", 1), ["\\Flagged"]);
    await flow.mailboxCreate("Entwürfe & mehr");
    const copied = await flow.messageCopy("1", "Entwürfe & mehr");
    assert.equal(copied === false ? null : copied.uidMap?.get(1), 1);
    assert.deepEqual(door.mailbox.uids("Entwürfe & mehr"), [1]);
    await flow.messageMove("1", "Trash");
    assert.deepEqual(door.mailbox.uids("INBOX"), [2]);
    const appended = await flow.append("Drafts", PLAIN, ["\\Draft"]);
    assert.equal(appended === false ? null : appended.uid, 1);
    await flow.messageDelete("1");
    assert.deepEqual(door.mailbox.uids("INBOX"), []);
    await flow.mailboxRename("Entwürfe & mehr", "Alt");
    await flow.mailboxDelete("Alt");
    assert.deepEqual(door.events, []);
    await flow.logout();
  });
}

test("imapflow hears of news while it idles", async () => {
  await using door = await openDoor("imap");
  door.mailbox.deliver("INBOX", PLAIN);
  const flow = client(door.port, false);
  await flow.connect();
  await flow.mailboxOpen("INBOX");
  const idling = flow.idle();
  const exists = once(flow, "exists");
  door.mailbox.deliver("INBOX", NESTED);
  const [news] = await exists;
  assert.equal(news.count, 2);
  assert.deepEqual(await flow.search({ all: true }), [1, 2]);
  await idling;
  await flow.logout();
});

test("a wrong password is an authentication failure to imapflow", async () => {
  await using door = await openDoor("imap");
  const flow = new ImapFlow({
    host: "127.0.0.1",
    port: door.port,
    secure: false,
    auth: { user: "ann", pass: "no" },
    tls: { rejectUnauthorized: false },
    logger: false,
  });
  await assert.rejects(flow.connect(), (error: Error & { authenticationFailed?: boolean }) => {
    assert.equal(error.authenticationFailed, true);
    return true;
  });
  assert.equal(door.events.at(0)?.kind, "login-refused");
});
