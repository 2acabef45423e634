import assert from "node:assert/strict";
import { test } from "node:test";
import { fileMail, folderNews, mailRows, openDatabase, openFolder } from "../src/index.ts";
import { makeMail, openMailRoom } from "./mail-room.ts";

test("listing ten thousand messages goes by the folder's index and never near contents", async () => {
  await using room = await openMailRoom();
  const { projectId, mailboxId } = room;
  // One connection, so that the statements explained are those that ran.
  await using db = openDatabase({ url: room.url, poolSize: 1, onError: () => {} });
  const mail = await makeMail(projectId, "text");
  for (const folder of ["INBOX", "Trash", "Junk", "Sent"]) {
    const [place] = await fileMail(db, { mail, filings: [{ mailboxId, folder }] });
    await db.pool.query(
      `INSERT INTO mailbox_messages
       SELECT folder_id, n, n + 1, '{\\Seen}', internal_date, size_bytes, content_hash, envelope, body_structure, preview
         FROM mailbox_messages, generate_series(2, 10000) AS n WHERE folder_id = $1`,
      [place?.folderId],
    );
  }
  await db.pool.query("ANALYZE mailbox_messages");
  const inbox = await openFolder(db, mailboxId, "INBOX");
  assert.equal(inbox?.messages.length, 10_000);
  const ref = { mailboxId, folderId: inbox?.id ?? "" };
  const uids = Array.from({ length: 500 }, (_, n) => n * 20 + 1);
  assert.equal((await mailRows(db, ref, uids, { envelope: true, bodyStructure: true })).length, 500);
  assert.equal((await folderNews(db, ref, 9_990))?.changed.length, 11);

  await db.pool.query("SET plan_cache_mode = force_generic_plan");
  const explain = async (call: string) => {
    const { rows } = await db.pool.query<{ "QUERY PLAN": string }>(`EXPLAIN EXECUTE ${call}`);
    return rows.map((row) => row["QUERY PLAN"]).join("\n");
  };
  const byUid = /mailbox_messages_folder_id_uid_pk/;
  for (const [call, index] of [
    [`"open-folder"('${mailboxId}', 'INBOX')`, /Index Scan using mailbox_messages_/],
    [`"mail-rows"('${mailboxId}', '${ref.folderId}', '{${uids}}', true, true)`, byUid],
    [`"folder-news"('${mailboxId}', '${ref.folderId}', 9990)`, /mailbox_messages_modseq/],
  ] as const) {
    const plan = await explain(call);
    assert.match(plan, index, call);
    assert.doesNotMatch(plan, /mailbox_contents|Seq Scan on mailbox_messages/, call);
  }
});
