import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage } from "@waxwing/message";
import { foldSearchFields } from "@waxwing/protocols";
import {
  deleteExpiredMail,
  encodeContent,
  fileMail,
  findMailbox,
  listAuditLog,
  listSuppressions,
  suppress,
} from "@waxwing/store";
import { openSessions } from "./session-house.ts";

const options = { timeout: 60_000 };

/** Ann's mailbox with a folder `Suppress` and bounces as inbound mail files them, each with the recipients it is about. */
async function openBounces(bounces: readonly (readonly string[])[]) {
  const house = await openSessions();
  const { db, projectId } = house;
  const mailboxId = (await findMailbox(db, "ann@x.test"))?.id ?? "";
  for (const [n, about] of bounces.entries()) {
    const raw = Buffer.from(`Subject: bounce ${n}\r\n\r\nNo such user\r\n`);
    const parsed = parseMessage(raw);
    await fileMail(db, {
      mail: {
        ...(await encodeContent(projectId, raw)),
        envelope: parsed.envelope,
        bodyStructure: parsed.bodyStructure,
        preview: parsed.textPreview,
        fields: foldSearchFields(raw),
        thread: parsed,
        internalDateMs: Date.now(),
        flags: [],
        about,
      },
      filings: [{ mailboxId, folder: "Bounces" }],
    });
  }
  const session = await house.logIn("ann@x.test");
  await session.createFolder("Suppress", null);
  const idOf = async (name: string) => (await session.open(name))?.id ?? "";
  const suppressed = async () =>
    (await listSuppressions(db, projectId, {}, { after: null, limit: 10 })).map(
      ({ address, reason }) => `${address} ${reason}`,
    );
  return {
    ...house,
    session,
    mailboxId,
    suppressed,
    bounces: await idOf("Bounces"),
    folder: await idOf("Suppress"),
  };
}

test(
  "mail moved to Suppress suppresses whom it is about, until all of it is taken out",
  options,
  async () => {
    await using house = await openBounces([["bob@example.test"], ["bob@example.test"], []]);
    const { session, bounces, folder, suppressed } = house;
    await session.move(bounces, [1, 2, 3], "Suppress");
    assert.deepEqual(await suppressed(), ["bob@example.test manual"]);
    await session.move(folder, [1], "INBOX");
    assert.deepEqual(await suppressed(), ["bob@example.test manual"]);
    // As programs move that do not know MOVE.
    await session.copy(folder, [2], "Bounces");
    await session.expunge(folder, { kind: "uids", uids: [2] });
    assert.deepEqual(await suppressed(), []);
    const page = { before: null, limit: 10, actionPrefix: "suppression" };
    assert.deepEqual(
      (await listAuditLog(house.db, house.projectId, page)).map(
        ({ action, target }) => `${action} ${target}`,
      ),
      ["suppression.deleted bob@example.test", "suppression.created bob@example.test"],
    );
    // A copy knows still whom it is about.
    await session.move(bounces, [4], "Suppress");
    assert.deepEqual(await suppressed(), ["bob@example.test manual"]);
  },
);

test("what others have put on record is not lifted", options, async () => {
  await using house = await openBounces([["bob@example.test"]]);
  const { db, projectId, session, bounces, folder, suppressed } = house;
  for (const reason of ["bounced", "manual"] as const) {
    await suppress(db, { projectId, address: "bob@example.test", reason, detail: null, messageId: null });
  }
  await session.move(bounces, [1], "Suppress");
  await session.move(folder, [1], "Bounces");
  assert.deepEqual(await suppressed(), ["bob@example.test bounced", "bob@example.test manual"]);
});

test(
  "mail is deleted by the age that its mailbox keeps it to, and what it has suppressed stays",
  options,
  async () => {
    await using house = await openBounces([["bob@example.test"], []]);
    const { db, session, bounces, suppressed } = house;
    await session.move(bounces, [1, 2], "Suppress");
    await db.pool.query("UPDATE mailbox_messages SET saved_at = now() - interval '8 days' WHERE uid = 1");
    assert.equal(await deleteExpiredMail(db), 0);
    await db.pool.query("UPDATE mailboxes SET retention_days = 7 WHERE id = $1", [house.mailboxId]);
    assert.equal(await deleteExpiredMail(db), 1);
    assert.deepEqual([...((await session.open("Suppress"))?.uids ?? [])], [2]);
    assert.deepEqual(await suppressed(), ["bob@example.test manual"]);
  },
);
