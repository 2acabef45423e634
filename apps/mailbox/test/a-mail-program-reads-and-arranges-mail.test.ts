import assert from "node:assert/strict";
import { test } from "node:test";
import { connectImap, makeMessage, openMailboxHouse } from "./mailbox-house.ts";

const FORWARDED = `From: Carl <carl@example.test>
To: ann@waxwing.test
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: Thu, 5 Mar 2026 05:06:07 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="x"

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Sch=C3=B6ne Gr=C3=BC=C3=9Fe
--x
Content-Type: message/rfc822

Subject: inner

inside
--x--
`;

test("imapflow lists, reads, searches, marks, copies, moves and deletes mail that others filed", async () => {
  await using house = await openMailboxHouse();
  const process = await house.startProcess();
  await house.deliver("INBOX", makeMessage("first"));
  await house.deliver("INBOX", FORWARDED);
  const flow = await connectImap(process, { user: "Ann@Waxwing.TEST", pass: "correct horse" });

  const folders = await flow.list({ statusQuery: { messages: true, unseen: true } });
  assert.deepEqual(folders.map((folder) => `${folder.path} ${folder.specialUse ?? ""}`.trim()).sort(), [
    "Auto-replies",
    "Bounces",
    "Complaints",
    "Drafts \\Drafts",
    "INBOX \\Inbox",
    "Junk \\Junk",
    "Sent \\Sent",
    "Trash \\Trash",
  ]);
  const status = folders.find((folder) => folder.path === "INBOX")?.status;
  assert.deepEqual([status?.messages, status?.unseen], [2, 2]);

  await flow.mailboxOpen("INBOX");
  const messages = await flow.fetchAll("1:*", {
    envelope: true,
    bodyStructure: true,
    source: true,
    size: true,
  });
  assert.deepEqual(
    messages.map((message) => message.envelope?.subject),
    ["first", "Grüße"],
  );
  assert.equal(messages[1]?.source?.toString(), FORWARDED.replaceAll("\n", "\r\n"));
  assert.equal(messages[1]?.bodyStructure?.childNodes?.[1]?.envelope?.subject, "inner");
  const headers = await flow.fetchOne("2", { headers: ["subject"] });
  assert.match(String(headers === false ? "" : headers.headers), /^Subject: =\?utf-8/);
  const part = await flow.download("2", "1");
  let text = "";
  for await (const chunk of part.content ?? []) text += chunk;
  assert.equal(text.trim(), "Schöne Grüße");

  assert.deepEqual(await flow.search({ body: "SCHÖNE" }, { uid: true }), [2]);
  assert.deepEqual(await flow.search({ sentBefore: new Date("2026-03-05") }, { uid: true }), [1]);
  assert.deepEqual(await flow.search({ header: { "message-id": "first@" } }, { uid: true }), [1]);
  assert.equal(await flow.messageFlagsAdd("1", ["\\Flagged", "$Work"]), true);
  assert.deepEqual(await flow.search({ keyword: "$work" }, { uid: true }), [1]);

  await flow.mailboxCreate("Projects/Wing");
  const copied = await flow.messageCopy("1", "Projects/Wing");
  assert.equal(copied === false ? null : copied.uidMap?.get(1), 1);
  await flow.messageMove("2", "Trash");
  assert.deepEqual(await flow.search({ all: true }, { uid: true }), [1]);
  await flow.mailboxRename("Projects", "Done");
  const renamed = await flow.status("Done/Wing", { messages: true });
  assert.equal(renamed === false ? null : renamed.messages, 1);
  await flow.mailboxDelete("Done/Wing");
  const appended = await flow.append(
    "Drafts",
    makeMessage("draft"),
    ["\\Draft"],
    new Date("2020-01-02T03:04:05Z"),
  );
  assert.ok(appended !== false && appended.uid === 1);
  await assert.rejects(flow.append("Nowhere", makeMessage("draft")));
  await flow.messageDelete("1");
  assert.deepEqual(await flow.search({ all: true }, { uid: true }), []);
  await flow.mailboxOpen("Drafts");
  const draft = await flow.fetchOne("1", { internalDate: true, flags: true });
  assert.ok(draft !== false);
  assert.equal(new Date(draft.internalDate ?? 0).toISOString(), "2020-01-02T03:04:05.000Z");
  assert.ok(draft.flags?.has("\\Draft"));
  await flow.logout();
  assert.deepEqual(
    house.lines.filter((line) => line.includes('"level":50')),
    [],
  );
});

test("the header of a message of many megabytes is read without its body", async () => {
  await using house = await openMailboxHouse();
  const process = await house.startProcess();
  // Does not compress below the part that is read at first.
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed;
  };
  const body = Array.from({ length: 400_000 }, random).join("\n");
  const padding = Array.from({ length: 30_000 }, (_, n) => `X-${n}: ${random()}`).join("\n");
  await house.deliver("INBOX", makeMessage("long body", body));
  await house.deliver("INBOX", `${padding}\n${makeMessage("long header", body)}`);
  const flow = await connectImap(process);
  await flow.mailboxOpen("INBOX");
  const found = await flow.fetchAll("1:*", { headers: ["subject"] });
  assert.deepEqual(
    found.map((message) => String(message.headers).trim()),
    ["Subject: long body", "Subject: long header"],
  );
  const [whole] = await flow.fetchAll("1", { source: true });
  assert.equal(whole?.source?.toString(), makeMessage("long body", body).replaceAll("\n", "\r\n"));
  await flow.logout();
});
