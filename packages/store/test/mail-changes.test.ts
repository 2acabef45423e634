import assert from "node:assert/strict";
import { test } from "node:test";
import {
  copyMail,
  createFolder,
  deleteFolder,
  deleteMailbox,
  deleteOrphanedContents,
  ensureMailbox,
  expungeMail,
  fileMail,
  findMailbox,
  folderNews,
  folderStatuses,
  listFolders,
  mailContents,
  moveMail,
  renameFolder,
  setFolderSubscribed,
  storeMailFlags,
} from "../src/index.ts";
import { type MailRoom, makeMail, openFolder, openMailRoom, uidsOf } from "./mail-room.ts";

async function fill(room: MailRoom, count: number, folder = "INBOX") {
  const { db, projectId, mailboxId } = room;
  for (let n = 1; n <= count; n++) {
    await fileMail(db, {
      mail: await makeMail(projectId, `${folder} ${n}`),
      filings: [{ mailboxId, folder }],
    });
  }
  const opened = await openFolder(db, mailboxId, folder);
  return { mailboxId, folderId: opened?.id ?? "" };
}

const namesOf = async (room: MailRoom) =>
  (await listFolders(room.db, room.mailboxId)).map((folder) => folder.name);

test("a mailbox starts with its folders; its address has one owner, in any case", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const folders = await listFolders(db, mailboxId);
  assert.deepEqual(
    folders.map(({ name, specialUse }) => [name, specialUse]),
    [
      ["Auto-replies", null],
      ["Bounces", null],
      ["Complaints", null],
      ["Drafts", "Drafts"],
      ["INBOX", null],
      ["Junk", "Junk"],
      ["Sent", "Sent"],
      ["Trash", "Trash"],
    ],
  );
  const again = await ensureMailbox(db, { projectId, address: "ANN@waxwing.test", passwordHash: "other" });
  assert.ok(
    again.kind === "exists" && again.mailbox.id === mailboxId && again.mailbox.passwordHash === "none",
  );
  assert.equal((await findMailbox(db, "Ann@Waxwing.test"))?.id, mailboxId);
  const statuses = await folderStatuses(db, mailboxId);
  assert.equal(new Set(statuses.map((status) => status.uidValidity)).size, 8);
  assert.equal(await deleteMailbox(db, room.mailboxId, mailboxId), false, "of another project");
  assert.equal(await deleteMailbox(db, projectId, mailboxId), true);
  assert.deepEqual(await listFolders(db, mailboxId), []);
});

test("flags change with one modseq; UNCHANGEDSINCE leaves alone what changed later", async () => {
  await using room = await openMailRoom();
  const { db } = room;
  const ref = await fill(room, 3);
  const add = { mode: "add", flags: ["\\Seen"], unchangedSince: null } as const;
  assert.deepEqual(await storeMailFlags(db, ref, [1, 3], add), {
    updated: [
      { uid: 1, flags: ["\\Seen"], modseq: 5 },
      { uid: 3, flags: ["\\Seen"], modseq: 5 },
    ],
    conflicting: [],
  });
  const unchanged = await storeMailFlags(db, ref, [1, 99], add);
  assert.deepEqual(unchanged.updated, [{ uid: 1, flags: ["\\Seen"], modseq: 5 }]);
  const conditional = { mode: "replace", flags: ["\\Deleted"], unchangedSince: 4 } as const;
  assert.deepEqual(await storeMailFlags(db, ref, [1, 2, 3], conditional), {
    updated: [{ uid: 2, flags: ["\\Deleted"], modseq: 6 }],
    conflicting: [1, 3],
  });
  const [status] = await folderStatuses(db, room.mailboxId, "INBOX");
  assert.deepEqual(
    { ...status, id: "", uidValidity: 0 },
    {
      id: "",
      name: "INBOX",
      messages: 3,
      unseen: 1,
      deleted: 1,
      deletedBytes: 7,
      sizeBytes: 21,
      uidNext: 4,
      uidValidity: 0,
      highestModseq: 6,
    },
  );
  assert.deepEqual(await expungeMail(db, ref, { kind: "deleted-among", uids: [1, 3] }), []);
  assert.deepEqual(await expungeMail(db, ref, { kind: "deleted" }), [2]);
});

test("flags stored by many at once are all there, are counted, and have a modseq each", async () => {
  await using room = await openMailRoom();
  const { db } = room;
  const ref = await fill(room, 4);
  const results = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      storeMailFlags(db, ref, [(n % 4) + 1, ((n + 1) % 4) + 1], {
        mode: "add",
        flags: [n < 4 ? "\\Seen" : `word${n % 8}`],
        unchangedSince: null,
      }),
    ),
  );
  const now = await openFolder(db, room.mailboxId, "INBOX");
  for (const { uid, flags } of now?.messages ?? []) {
    const words = Array.from({ length: 36 }, (_, n) => n + 4)
      .filter((n) => (n % 4) + 1 === uid || ((n + 1) % 4) + 1 === uid)
      .map((n) => `word${n % 8}`);
    assert.deepEqual(flags.toSorted(), ["\\Seen", ...new Set(words)].toSorted());
  }
  const [status] = await folderStatuses(db, room.mailboxId, "INBOX");
  assert.deepEqual([status?.unseen, status?.messages], [0, 4]);
  // Each change has told its own modseq; who changed nothing tells the one that was there.
  const told = results.flatMap(({ updated }) => updated.map(({ modseq }) => modseq));
  assert.equal(Math.max(...told), status?.highestModseq);
});

test("copies and moves keep flags, share contents and tell both UIDs", async () => {
  await using room = await openMailRoom();
  const { db, mailboxId } = room;
  const ref = await fill(room, 3);
  await fill(room, 1, "Trash");
  await storeMailFlags(db, ref, [2], { mode: "add", flags: ["\\Flagged"], unchangedSince: null });
  const copied = await copyMail(db, ref, [2, 3, 7], "Trash");
  assert.ok(copied.kind === "ok");
  assert.deepEqual(copied.pairs, [
    [2, 2],
    [3, 3],
  ]);
  const moved = await moveMail(db, ref, [1, 2], "Trash");
  assert.deepEqual(moved.kind === "ok" && moved.pairs, [
    [1, 4],
    [2, 5],
  ]);
  const trash = await openFolder(db, mailboxId, "Trash");
  assert.deepEqual(
    trash?.messages.map(({ uid, flags }) => [uid, flags.join()]),
    [
      [1, ""],
      [2, "\\Flagged"],
      [3, ""],
      [4, ""],
      [5, "\\Flagged"],
    ],
  );
  assert.deepEqual((await folderNews(db, ref, 5))?.vanished, [1, 2]);
  const within = await moveMail(db, ref, [3], "INBOX");
  assert.deepEqual(within.kind === "ok" && within.pairs, [[3, 4]]);
  assert.deepEqual(await copyMail(db, ref, [4], "Nowhere"), { kind: "no-such-folder" });
  const contents = await db.pool.query("SELECT FROM mailbox_contents");
  assert.equal(contents.rowCount, 4);
});

test("moves in both directions at once do not wait for each other in a circle", async () => {
  await using room = await openMailRoom();
  const { db } = room;
  const inbox = await fill(room, 20);
  const trash = await fill(room, 20, "Trash");
  const moves = Array.from({ length: 20 }, (_, n) => [
    moveMail(db, inbox, [n + 1], "Trash"),
    moveMail(db, trash, [n + 1], "INBOX"),
  ]);
  for (const result of await Promise.all(moves.flat())) assert.equal(result.kind, "ok");
  const counts = await folderStatuses(db, room.mailboxId);
  assert.equal(
    counts.reduce((sum, status) => sum + status.messages, 0),
    40,
  );
});

test("folders are created, renamed with what lies below, and deleted without it", async () => {
  await using room = await openMailRoom();
  const { db, mailboxId } = room;
  const make = (name: string, specialUse: string | null = null) =>
    createFolder(db, { mailboxId, name, specialUse });
  assert.equal((await make("Work")).kind, "created");
  assert.equal((await make("Work")).kind, "exists");
  assert.equal((await make("Old", "Trash")).kind, "cannot");
  assert.equal((await make("Old", "Archive")).kind, "created");
  assert.equal((await make("Work/2026/March")).kind, "created");
  assert.equal((await make("Workshop")).kind, "created");
  assert.equal((await renameFolder(db, mailboxId, "Work", "Work/Inner")).kind, "cannot");
  assert.equal((await renameFolder(db, mailboxId, "Work", "Old")).kind, "exists");
  assert.equal((await renameFolder(db, mailboxId, "Nowhere", "There")).kind, "no-such-folder");
  assert.equal((await renameFolder(db, mailboxId, "Work", "Done")).kind, "ok");
  assert.equal(
    (await renameFolder(db, mailboxId, "Done/2026", "Done/2025")).kind,
    "ok",
    "a level that is a name",
  );
  const names = await namesOf(room);
  assert.ok(names.includes("Done") && names.includes("Done/2025/March") && names.includes("Workshop"));
  assert.equal((await renameFolder(db, mailboxId, "Done", "x".repeat(1_000))).kind, "cannot");
  assert.equal((await deleteFolder(db, mailboxId, "Done")).kind, "ok");
  assert.equal((await deleteFolder(db, mailboxId, "Done")).kind, "no-such-folder");
  assert.equal((await deleteFolder(db, mailboxId, "INBOX")).kind, "cannot");
  assert.ok((await namesOf(room)).includes("Done/2025/March"));
  assert.equal((await setFolderSubscribed(db, mailboxId, "Done/2025/March", false)).kind, "ok");
  assert.equal((await setFolderSubscribed(db, mailboxId, "Done", false)).kind, "no-such-folder");
});

test("renaming INBOX moves its messages and leaves it empty, its inferiors stay", async () => {
  await using room = await openMailRoom();
  const { db, mailboxId } = room;
  await createFolder(db, { mailboxId, name: "INBOX/Lists", specialUse: null });
  const ref = await fill(room, 2);
  assert.equal((await renameFolder(db, mailboxId, "INBOX", "Old/Mail")).kind, "ok");
  const inbox = await openFolder(db, mailboxId, "INBOX");
  assert.deepEqual([inbox?.messages, inbox?.uidNext], [[], 3]);
  assert.deepEqual((await folderNews(db, ref, 3))?.vanished, [1, 2]);
  const old = await openFolder(db, mailboxId, "Old/Mail");
  assert.deepEqual(await uidsOf(db, mailboxId, old?.id ?? ""), [1, 2]);
  assert.notEqual(old?.uidValidity, inbox?.uidValidity);
  const [place] = await fileMail(db, {
    mail: await makeMail(room.projectId, "next"),
    filings: [{ mailboxId, folder: "Old/Mail" }],
  });
  assert.deepEqual([place?.uid, (place?.modseq ?? 0) > (old?.highestModseq ?? 0)], [3, true]);
  assert.ok((await namesOf(room)).includes("INBOX/Lists"));
});

test("orphaned contents go, while filings of the same bytes never lose theirs", async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const ref = await fill(room, 2);
  await copyMail(db, ref, [1], "Trash");
  await expungeMail(db, ref, { kind: "uids", uids: [1, 2] });
  assert.equal(await deleteOrphanedContents(db), 1);
  const mail = await makeMail(projectId, "the same bytes, again and again");
  const filings = [{ mailboxId, folder: "INBOX" }];
  let filing = true;
  const cleaner = (async () => {
    while (filing) await deleteOrphanedContents(db);
  })();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let n = 0; n < 15; n++) {
        const [place] = await fileMail(db, { mail, filings });
        const uid = place?.uid ?? 0;
        assert.equal((await mailContents(db, ref, [uid])).size, 1, "filed means readable");
        await expungeMail(db, ref, { kind: "uids", uids: [uid] });
      }
    }),
  );
  filing = false;
  await cleaner;
  await deleteOrphanedContents(db);
  const left = await db.pool.query("SELECT FROM mailbox_contents");
  assert.equal(left.rowCount, 1);
});
