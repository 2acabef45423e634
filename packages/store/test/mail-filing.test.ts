import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "@waxwing/runtime";
import pg from "pg";
import {
  decodeMail,
  deleteFolder,
  ensureProject,
  expungeMail,
  fileMail,
  findMessage,
  folderNews,
  insertMessages,
  listFolders,
  MAILBOX_CHANNEL,
  mailContents,
  mailRows,
  NoSuchFolderError,
  readTimeline,
} from "../src/index.ts";
import { makeMail, makeMailbox, openFolder, openMailRoom } from "./mail-room.ts";

test("a message filed in several folders is stored once and comes back as it was", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const bob = await makeMailbox(db, projectId, "bob@waxwing.test");
  const mail = await makeMail(projectId, "Subject: one\r\n\r\nHello\r\n", { flags: ["\\Seen", "\\seen"] });
  const places = await fileMail(db, {
    mail,
    filings: [
      { mailboxId, folder: "INBOX" },
      { mailboxId: bob, folder: "Bounces" },
      { mailboxId, folder: "INBOX" },
    ],
  });
  assert.deepEqual(
    places.map(({ uid, modseq }) => [uid, modseq]),
    [
      [1, 2],
      [1, 2],
      [2, 3],
    ],
  );
  const inbox = await openFolder(db, mailboxId, "INBOX");
  assert.deepEqual(inbox?.messages, [
    { uid: 1, flags: ["\\Seen"], modseq: 2 },
    { uid: 2, flags: ["\\Seen"], modseq: 3 },
  ]);
  assert.deepEqual([inbox.uidNext, inbox.highestModseq], [3, 3]);
  const ref = { mailboxId, folderId: inbox.id };
  const contents = await mailContents(db, ref, [1, 2, 3]);
  assert.deepEqual([...contents.keys()].sort(), [1, 2]);
  const content = contents.get(2);
  assert.ok(content !== undefined);
  assert.equal((await decodeMail(content, mail.sizeBytes)).toString(), "Subject: one\r\n\r\nHello\r\n");
  const [row] = await mailRows(db, ref, [2], { envelope: true, bodyStructure: false });
  assert.equal(row?.internalDate.getTime(), mail.internalDateMs);
  assert.deepEqual(row?.envelope, mail.envelope);
  assert.ok(row !== undefined && !("bodyStructure" in row));
  const stored = await db.pool.query("SELECT FROM mailbox_contents");
  assert.equal(stored.rowCount, 1);
});

test("a folder that the user has deleted is made again for mail, but not for an append", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const before = await openFolder(db, mailboxId, "Junk");
  await deleteFolder(db, mailboxId, "Junk");
  const mail = await makeMail(projectId, "text");
  await assert.rejects(
    fileMail(db, { mail, filings: [{ mailboxId, folder: "Junk", ifMissing: "refuse" }] }),
    NoSuchFolderError,
  );
  await assert.rejects(
    fileMail(db, { mail, filings: [{ mailboxId: newId(), folder: "INBOX" }] }),
    NoSuchFolderError,
  );
  await Promise.all(
    Array.from({ length: 5 }, () => fileMail(db, { mail, filings: [{ mailboxId, folder: "Junk" }] })),
  );
  const after = await openFolder(db, mailboxId, "Junk");
  assert.equal(after?.messages.length, 5);
  assert.ok((after?.uidValidity ?? 0) > (before?.uidValidity ?? 0), "a UIDVALIDITY never comes back");
  const junk = (await listFolders(db, mailboxId)).find((folder) => folder.name === "Junk");
  assert.equal(junk?.specialUse, "Junk");
});

test("a message is never filed in mailboxes of two projects", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const other = newId();
  await ensureProject(db, { id: other, name: "other" });
  const foreign = await makeMailbox(db, other, "eve@other.test");
  await assert.rejects(
    fileMail(db, {
      mail: await makeMail(projectId, "text"),
      filings: [
        { mailboxId, folder: "INBOX" },
        { mailboxId: foreign, folder: "INBOX" },
      ],
    }),
    /one project/,
  );
  assert.equal((await openFolder(db, mailboxId, "INBOX"))?.messages.length, 0);
});

test("text that PostgreSQL cannot hold does not keep mail out", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const mail = await makeMail(projectId, "text", {
    envelope: { subject: "a\0b\ud800c" },
    bodyStructure: { kind: "part", params: [["name", "\0"]] },
    preview: "x\0\udfff",
  });
  const [place] = await fileMail(db, { mail, filings: [{ mailboxId, folder: "INBOX" }] });
  const ref = { mailboxId, folderId: place?.folderId ?? "" };
  const [row] = await mailRows(db, ref, [1], { envelope: true, bodyStructure: true });
  assert.deepEqual(row?.envelope, { subject: "a\ufffdb\ufffdc" });
});

test("UIDs appear in the order of commits under 20 concurrent filings", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const filings = [{ mailboxId, folder: "INBOX" }];
  let done = false;
  const seen: number[][] = [];
  const reader = (async () => {
    while (!done) {
      const folder = await openFolder(db, mailboxId, "INBOX");
      const uids = folder?.messages.map((message) => message.uid) ?? [];
      seen.push(uids);
      assert.equal(folder?.uidNext, uids.length + 1);
    }
  })();
  const places = await Promise.all(
    Array.from({ length: 20 }, async (_, writer) => {
      const got: number[] = [];
      for (let n = 0; n < 5; n++) {
        const mail = await makeMail(projectId, `${writer} ${n}`);
        const [place] = await fileMail(db, { mail, filings });
        got.push(place?.uid ?? 0);
      }
      return got;
    }),
  );
  done = true;
  await reader;
  const all = places.flat().sort((a, b) => a - b);
  assert.deepEqual(
    all,
    Array.from({ length: 100 }, (_, n) => n + 1),
  );
  for (const uids of seen) assert.deepEqual(uids, all.slice(0, uids.length), "no reader saw n+1 before n");
});

test("a filing and its consequences are one transaction, announced after its commit", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const messageId = newId();
  const recipients = ["delivered@x.test", "queued@x.test"].map((address, ordinal) => ({
    ordinal,
    role: "to" as const,
    address,
    site: "x.test",
  }));
  await insertMessages(db, [
    {
      id: messageId,
      projectId,
      domainId: newId(),
      contentKind: "mime",
      contentHash: Buffer.alloc(32),
      contentZstd: Buffer.alloc(1),
      sizeBytes: 1,
      headers: { from: { address: "a@waxwing.test" }, to: [], cc: [], replyTo: [], custom: [] },
      subject: "",
      tags: [],
      metadata: {},
      priority: 1,
      acceptedAtMs: Date.now(),
      sendAtMs: null,
      expiresAtMs: null,
      options: {},
      requestId: null,
      batchId: null,
      recipients,
      events: [],
    },
  ]);
  await db.pool.query("UPDATE recipients SET state = 'delivered' WHERE ordinal = 0");
  const event = {
    projectId,
    id: newId(),
    type: "bounced",
    messageId,
    ordinal: 0,
    payload: { reply: "550 \0" },
  };
  const consequences = {
    events: [event],
    bouncedRecipients: [
      { messageId, ordinal: 0, reply: "550 no such user" },
      { messageId, ordinal: 1, reply: "550 no such user" },
    ],
    suppressions: ["first", "second"].map((detail) => ({
      projectId,
      address: "Delivered@X.test",
      reason: "bounced" as const,
      detail,
      messageId,
    })),
  };
  const mail = await makeMail(projectId, "a bounce");
  const listener = new pg.Client({ connectionString: room.url });
  await listener.connect();
  try {
    await listener.query(`LISTEN ${MAILBOX_CHANNEL}`);
    const heard: (string | undefined)[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    listener.on("notification", (notification) => {
      heard.push(notification.payload);
      resolve();
    });
    await assert.rejects(
      fileMail(db, {
        mail,
        filings: [{ mailboxId, folder: "Bounces" }],
        consequences: { ...consequences, events: [event, event] },
      }),
      "an event that is there twice",
    );
    assert.equal((await openFolder(db, mailboxId, "Bounces"))?.uidNext, 1, "nothing of it was kept");
    const [place] = await fileMail(db, { mail, filings: [{ mailboxId, folder: "Bounces" }], consequences });
    await promise;
    assert.deepEqual(heard, [`${place?.folderId} ${place?.modseq}`]);
  } finally {
    await listener.end();
  }
  const found = await findMessage(db, projectId, messageId);
  assert.deepEqual(
    found?.recipients.map((recipient) => [recipient.state, recipient.reply]),
    [
      ["bounced", "550 no such user"],
      ["queued", null],
    ],
  );
  assert.equal((await readTimeline(db, projectId, messageId)).length, 1);
  const suppressed = await db.pool.query("SELECT address, reason, detail FROM suppressions");
  assert.equal(suppressed.rows.length, 1);
  assert.equal(suppressed.rows[0].address, "delivered@x.test");
});

test("what was expunged is news to whoever knew it, and to nobody of another mailbox", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const filings = [{ mailboxId, folder: "INBOX" }];
  for (const text of ["1", "2", "3"]) await fileMail(db, { mail: await makeMail(projectId, text), filings });
  const inbox = await openFolder(db, mailboxId, "INBOX");
  const ref = { mailboxId, folderId: inbox?.id ?? "" };
  const foreign = { mailboxId: await makeMailbox(db, projectId, "bob@waxwing.test"), folderId: ref.folderId };
  assert.deepEqual(await expungeMail(db, foreign, { kind: "uids", uids: [1, 2, 3] }), []);
  assert.deepEqual(await expungeMail(db, ref, { kind: "deleted" }), []);
  assert.deepEqual(await expungeMail(db, ref, { kind: "uids", uids: [3, 1, 9] }), [1, 3]);
  const news = await folderNews(db, ref, inbox?.highestModseq ?? 0);
  assert.deepEqual(news, { highestModseq: 5, uidNext: 4, changed: [], vanished: [1, 3] });
  assert.deepEqual((await folderNews(db, ref, 5))?.vanished, []);
  assert.equal(await folderNews(db, foreign, 0), null);
  assert.equal((await mailRows(db, foreign, [2], { envelope: false, bodyStructure: false })).length, 0);
  assert.equal((await mailContents(db, foreign, [2])).size, 0);
});
