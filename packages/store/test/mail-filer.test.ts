import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "@waxwing/runtime";
import {
  createMailFiler,
  deleteFolder,
  mailContents,
  NoSuchFolderError,
  OverQuotaError,
  setMailboxQuota,
} from "../src/index.ts";
import { makeMail, makeMailbox, openFolder, openMailRoom } from "./mail-room.ts";

test("mail that is filed together is all there, with its events, and in fewer transactions than messages", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const bob = await makeMailbox(db, projectId, "bob@waxwing.test");
  const fileMail = createMailFiler(db);
  const event = { projectId, type: "received", messageId: null, ordinal: null, payload: {} };
  await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      // Every third text is the same.
      const mail = await makeMail(projectId, n % 3 === 0 ? "same" : `text ${n}`);
      const mailboxes = n % 2 === 0 ? [mailboxId] : [mailboxId, bob];
      await fileMail({
        mail,
        filings: mailboxes.map((id) => ({ mailboxId: id, folder: "INBOX" })),
        consequences: {
          events: [{ ...event, id: newId() }],
          bouncedRecipients: [],
          suppressions: [],
        },
      });
    }),
  );
  const inbox = await openFolder(db, mailboxId, "INBOX");
  assert.deepEqual(
    inbox?.messages.map(({ uid, modseq }) => [uid, modseq]),
    Array.from({ length: 30 }, (_, n) => [n + 1, n + 2]),
  );
  assert.deepEqual([inbox.uidNext, inbox.highestModseq], [31, 31]);
  assert.equal((await openFolder(db, bob, "INBOX"))?.messages.length, 15);
  const contents = await mailContents(
    db,
    { mailboxId, folderId: inbox.id },
    Array.from({ length: 30 }, (_, n) => n + 1),
  );
  const { rows } = await db.pool.query(
    `SELECT (SELECT count(*) FROM mailbox_contents)::int AS contents, (SELECT count(*) FROM events)::int AS events,
            (SELECT count(DISTINCT xmin::text) FROM mailbox_messages)::int AS transactions`,
  );
  assert.deepEqual([contents.size, rows[0].contents, rows[0].events], [30, 21, 30]);
  assert.ok(rows[0].transactions < 30, `${rows[0].transactions} transactions`);
});

test("a full mailbox, one that is gone and a folder that is missing concern their own mail only", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const full = await makeMailbox(db, projectId, "full@waxwing.test");
  await setMailboxQuota(db, { projectId, mailboxId: full }, { bytes: null, messages: 0 });
  await deleteFolder(db, mailboxId, "Junk");
  const fileMail = createMailFiler(db);
  const places = [
    { mailboxId, folder: "INBOX" },
    { mailboxId: full, folder: "INBOX" },
    { mailboxId, folder: "Junk" },
    { mailboxId: newId(), folder: "INBOX" },
    { mailboxId, folder: "INBOX" },
  ];
  const filed = await Promise.allSettled(
    places.map(async (place, n) =>
      fileMail({ mail: await makeMail(projectId, `text ${n}`), filings: [place] }),
    ),
  );
  assert.deepEqual(
    filed.map((result) => (result.status === "rejected" ? result.reason.constructor : "filed")),
    ["filed", OverQuotaError, "filed", NoSuchFolderError, "filed"],
  );
  assert.equal((await openFolder(db, mailboxId, "INBOX"))?.messages.length, 2);
  assert.equal((await openFolder(db, mailboxId, "Junk"))?.messages.length, 1);
  assert.equal((await openFolder(db, full, "INBOX"))?.messages.length, 0);
});
