import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { type MailboxSession, type SearchKey, searchByFetch } from "@waxwing/protocols";
import { hashApiKeySecret, newId } from "@waxwing/runtime";
import { findMailbox, forgetExpunged, insertApiKey, setMailboxQuota } from "@waxwing/store";
import { collect, message, openSessions } from "./session-house.ts";

const LISTING = {
  envelope: false,
  bodyStructure: false,
  raw: "none",
  objectIds: true,
  preview: true,
} as const;

const raw = (fields: string, body = "Hello there\r\n") => ({
  raw: Buffer.from(`${fields}\r\n\r\n${body}`),
  flags: [],
  internalDate: null,
});

async function rowsOf(session: MailboxSession, folder: string) {
  const opened = await session.open(folder);
  return collect(session.fetch(opened?.id ?? "", [...(opened?.uids ?? [])], LISTING));
}

suite("what a mailbox remembers", { timeout: 60_000 }, () => {
  test("ids of messages and threads stay when mail is copied and moved; the save date does not", async () => {
    await using house = await openSessions();
    const ann = await house.logIn("ann@x.test");
    const inbox = (await ann.open("INBOX"))?.id ?? "";
    await ann.append("INBOX", [
      raw("Message-ID: <first@x.test>\r\nSubject: one"),
      raw("Message-ID: <2@x.test>\r\nIn-Reply-To: <first@x.test>\r\nSubject: two"),
      raw("Message-ID: <3@x.test>\r\nReferences: <first@x.test> <2@x.test>\r\nSubject: three"),
      raw("Subject: alone", "<p>no text part</p>"),
    ]);
    const before = await rowsOf(ann, "INBOX");
    assert.equal(new Set(before.map((row) => row.emailId)).size, 4);
    assert.deepEqual(
      before.map((row) => row.threadId === before[0]?.threadId),
      [true, true, true, false],
    );
    assert.equal(before[0]?.preview, "Hello there");
    await ann.copy(inbox, [1], "Trash");
    await ann.move(inbox, [2], "Trash");
    const [copy, moved] = await rowsOf(ann, "Trash");
    assert.deepEqual([copy?.emailId, copy?.threadId], [before[0]?.emailId, before[0]?.threadId]);
    assert.deepEqual([moved?.emailId, moved?.preview], [before[1]?.emailId, "Hello there"]);
    assert.ok((moved?.saveDate?.getTime() ?? 0) > (before[1]?.saveDate?.getTime() ?? 0));
    assert.equal(moved?.internalDate.getTime(), before[1]?.internalDate.getTime());
    const key = { kind: "email-id", id: copy?.emailId ?? "" } as const;
    assert.deepEqual(await ann.search(inbox, key, [1, 3, 4]), [1]);
    assert.deepEqual(await ann.search(inbox, { ...key, id: "M-none" }, [1, 3, 4]), []);
    const thread = { kind: "thread-id", id: before[2]?.threadId ?? "" } as const;
    assert.deepEqual(await ann.search(inbox, thread, [1, 3, 4]), [1, 3]);
  });

  test("several appends, and a replacement, are one change or none", async () => {
    await using house = await openSessions();
    const ann = await house.logIn("ann@x.test");
    const inbox = (await ann.open("INBOX"))?.id ?? "";
    const mailboxId = (await findMailbox(house.db, "ann@x.test"))?.id ?? "";
    const mailbox = { projectId: house.projectId, mailboxId };
    assert.ok(await setMailboxQuota(house.db, mailbox, { bytes: null, messages: 3 }));
    assert.ok(
      !(await setMailboxQuota(house.db, { ...mailbox, projectId: mailboxId }, { bytes: 1, messages: 1 })),
    );
    const two = await ann.append("INBOX", [message("a"), message("b")]);
    assert.deepEqual(two.kind === "ok" && two.uids, [1, 2]);
    assert.equal((await ann.append("INBOX", [message("c"), message("d")])).kind, "over-quota");
    assert.equal((await ann.copy(inbox, [1, 2], "Trash")).kind, "over-quota");
    assert.equal((await ann.append("Nowhere", [message("c")])).kind, "no-such-folder");
    assert.deepEqual([...((await ann.open("INBOX"))?.uids ?? [])], [1, 2]);
    assert.equal((await ann.append("INBOX", [message("c")])).kind, "ok");
    // What is replaced makes room.
    const replaced = await ann.replace(inbox, 1, "Drafts", message("a, again"));
    assert.deepEqual(replaced.kind === "ok" && replaced.uid, 1);
    assert.equal((await ann.replace(inbox, 1, "Drafts", message("twice"))).kind, "no-such-message");
    assert.equal((await ann.move(inbox, [2], "Trash")).kind, "ok");
    const quota = await ann.quota();
    assert.deepEqual(quota.messages, { used: 3, limit: 3 });
    await ann.storeFlags(inbox, [3], { mode: "add", flags: ["\\Deleted", "\\Seen"], unchangedSince: null });
    const status = await ann.status("INBOX");
    assert.deepEqual([status?.messages, status?.unseen, status?.deleted], [1, 0, 1]);
    assert.equal(status?.deletedBytes, status?.sizeBytes);
    await ann.expunge(inbox, { kind: "deleted" });
    assert.deepEqual(
      await house.db.pool.query("SELECT FROM mailbox_listings").then((found) => found.rowCount),
      2,
    );
    const empty = await ann.status("INBOX");
    assert.deepEqual([empty?.messages, empty?.deleted, empty?.sizeBytes, empty?.deletedBytes], [0, 0, 0, 0]);
  });

  test("the columns find what the messages say, whatever the program asks", async () => {
    await using house = await openSessions();
    const ann = await house.logIn("ann@x.test");
    const inbox = (await ann.open("INBOX"))?.id ?? "";
    await ann.append("INBOX", [
      raw("From: =?utf-8?Q?J=C3=BCrgen?= <j@shop.test>\r\nTo: ann@x.test\r\nSubject: Order 7\r\n folded"),
      raw(
        "From: bob@x.test\r\nSubject: shop.test is down\r\nX-Waxwing-Message-Id: abc-def",
        "the ORDER came\r\n",
      ),
      raw("From: bob@x.test\r\nCc: j@shop.test\r\nX-Other: Order 7", "nothing\r\n"),
      raw(`Subject: long\r\nReferences: ${"<0123456789@x.test> ".repeat(600)}\r\nFrom: last@shop.test`),
    ]);
    await ann.storeFlags(inbox, [2], { mode: "add", flags: ["\\Seen", "$Work"], unchangedSince: null });
    const header = (name: string, value: string): SearchKey => ({ kind: "header", name, value });
    const today = new Date().toISOString().slice(0, 10);
    const keys: readonly SearchKey[] = [
      header("from", "JÜRGEN"),
      header("from", "shop.test"),
      header("subject", "order 7 FOLDED"),
      header("subject", ""),
      header("cc", ""),
      header("x-other", "order"),
      header("x-waxwing-message-id", "abc-def"),
      header("subject", "%"),
      header("subject", "\0"),
      header("subject", "\ud800"),
      { kind: "not", key: header("from", "shop.test") },
      { kind: "or", left: header("from", "jürgen"), right: { kind: "flag", flag: "$work" } },
      { kind: "and", keys: [header("from", "bob"), { kind: "not", key: { kind: "flag", flag: "\\Seen" } }] },
      { kind: "text", value: "order" },
      { kind: "body", value: "order" },
      { kind: "internal-date", is: "on", date: today },
      { kind: "internal-date", is: "before", date: today },
      { kind: "save-date", is: "since", date: today },
      { kind: "larger", sizeBytes: 1_000 },
      { kind: "modseq", atLeast: 3 },
      { kind: "uids", ranges: [{ first: 2, last: 3 }] },
    ];
    for (const key of keys) {
      const found = await ann.search(inbox, key, [1, 2, 3, 4]);
      const read = await searchByFetch(ann, inbox, key, [1, 2, 3, 4]);
      assert.deepEqual(found, read, JSON.stringify(key));
    }
    assert.deepEqual(await ann.search(inbox, header("from", "shop.test"), [1, 2, 3, 4]), [1, 4]);
    assert.deepEqual(await ann.search(inbox, { kind: "text", value: "order" }, [2, 3]), [2, 3]);
  });

  test("who comes back after expunges were forgotten is told what there is", async () => {
    await using house = await openSessions();
    const ann = await house.logIn("ann@x.test");
    await ann.append("INBOX", [message("a"), message("b"), message("c")]);
    const opened = await ann.open("INBOX");
    const { id = "", highestModseq = 0 } = opened ?? {};
    await ann.expunge(id, { kind: "uids", uids: [2] });
    const known = await ann.changesSince(id, highestModseq);
    assert.deepEqual(known?.vanished, { kind: "uids", uids: [2] });
    assert.equal(await forgetExpunged(house.db, 3_600_000), 0);
    assert.equal(await forgetExpunged(house.db, -1_000), 1);
    const forgotten = await ann.changesSince(id, highestModseq);
    assert.deepEqual(forgotten?.vanished, { kind: "forgotten", present: Uint32Array.of(1, 3) });
    const now = await ann.changesSince(id, known?.highestModseq ?? 0);
    assert.deepEqual(now?.vanished, { kind: "uids", uids: [] });
  });

  test("a folder opened again shows what has come and gone, also by another session", async () => {
    await using house = await openSessions();
    const [ann, other] = [await house.logIn("ann@x.test"), await house.logIn("ann@x.test")];
    await ann.append("INBOX", [message("a"), message("b")]);
    const first = await ann.open("INBOX");
    assert.equal((await other.open("INBOX"))?.uids, first?.uids, "sessions share what has not changed");
    assert.equal(first?.firstUnseenUid, 1);
    await other.storeFlags(first?.id ?? "", [1], { mode: "add", flags: ["\\Seen"], unchangedSince: null });
    await other.append("INBOX", [message("c")]);
    await other.expunge(first?.id ?? "", { kind: "uids", uids: [2] });
    const again = await ann.open("INBOX");
    assert.deepEqual([[...(again?.uids ?? [])], again?.uidNext, again?.firstUnseenUid], [[1, 3], 4, 3]);
    assert.deepEqual([...(first?.uids ?? [])], [1, 2], "what was given out stays as it was");
  });

  test("annotations belong to a folder or to the mailbox, and go with it", async () => {
    await using house = await openSessions();
    const [ann, bob] = [await house.logIn("ann@x.test"), await house.logIn("bob@x.test")];
    const { metadata } = ann;
    assert.ok(metadata !== undefined);
    await ann.createFolder("Work", null);
    const value = Buffer.from([0, 255, 10]);
    const set = (folder: string | null, ...changes: readonly (readonly [string, Buffer | null])[]) =>
      metadata.set(folder, new Map(changes));
    assert.equal((await set(null, ["/private/comment", value])).kind, "ok");
    assert.equal((await set("Work", ["/private/comment", value], ["/private/color", value])).kind, "ok");
    assert.equal((await set("Work", ["/private/color", null])).kind, "ok");
    assert.equal((await set("Nowhere", ["/private/comment", value])).kind, "no-such-folder");
    const many = Array.from({ length: 1_000 }, (_, n) => [`/private/${n}`, value] as const);
    assert.equal((await set(null, ...many)).kind, "too-many");
    assert.deepEqual([...((await metadata.get("Work")) ?? [])], [["/private/comment", value]]);
    assert.deepEqual([...((await bob.metadata?.get(null)) ?? [])], []);
    await ann.deleteFolder("Work");
    await ann.createFolder("Work", null);
    assert.deepEqual([...((await metadata.get("Work")) ?? [])], []);
    assert.deepEqual([...((await metadata.get(null)) ?? [])], [["/private/comment", value]]);
  });

  test("an API key that may change mailboxes opens those of its project, and no others", async () => {
    await using house = await openSessions();
    const makeKey = async (scopes: string[]) => {
      const secret = randomBytes(32).toString("base64url");
      const publicId = randomBytes(16).toString("base64url");
      const actor = { projectId: house.projectId, keyId: null, remoteAddress: null };
      const key = { id: newId(), publicId, secretHash: hashApiKeySecret(secret), name: "k", scopes };
      assert.ok(await insertApiKey(house.db, actor, key, 10));
      return `SG.${publicId}.${secret}`;
    };
    const logIn = async (username: string, token: string) => {
      const shown = {
        kind: "bearer",
        mechanism: "OAUTHBEARER",
        remoteAddress: "::1",
        encrypted: true,
        service: "imap",
      } as const;
      return (await house.backend.authenticate({ ...shown, username, token })).kind;
    };
    const key = await makeKey(["mailboxes:write"]);
    assert.equal(await logIn("ann@x.test", key), "ok");
    assert.equal(await logIn("ann@x.test", await makeKey(["send"])), "refused");
    assert.equal(await logIn("nobody@x.test", key), "refused");
    assert.equal(await logIn("ann\0@x.test", key), "refused");
    assert.equal(await logIn("ann@x.test", `${key}x`), "refused");
    assert.equal(await logIn("ann@x.test", "eyJ.a.b"), "refused");
    await house.db.pool.query(
      `WITH other AS (INSERT INTO projects (id, name) VALUES (gen_random_uuid(), 'other') RETURNING id)
       UPDATE mailboxes SET project_id = other.id FROM other WHERE address = 'bob@x.test'`,
    );
    assert.equal(await logIn("bob@x.test", key), "refused");
  });
});
