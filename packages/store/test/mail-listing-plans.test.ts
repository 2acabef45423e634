import assert from "node:assert/strict";
import { test } from "node:test";
import { fileMail, folderHead, folderNews, folderUids, mailRows, openDatabase } from "../src/index.ts";
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
      `WITH listings AS (
         INSERT INTO mailbox_listings SELECT folder_id, n, envelope, body_structure, preview
           FROM mailbox_listings, generate_series(2, 10000) AS n WHERE folder_id = $1)
       INSERT INTO mailbox_messages
       SELECT folder_id, n, n + 1, '{\\Seen}', internal_date, size_bytes, content_hash, saved_at, thread_id, fields
         FROM mailbox_messages, generate_series(2, 10000) AS n WHERE folder_id = $1`,
      [place?.folderId],
    );
  }
  await db.pool.query("VACUUM ANALYZE mailbox_messages, mailbox_listings");
  const inbox = await folderHead(db, mailboxId, "INBOX");
  const ref = { mailboxId, folderId: inbox?.id ?? "" };
  assert.equal((await folderUids(db, ref))?.uids.length, 10_000);
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
    [`"folder-head"('${mailboxId}', 'INBOX')`, /Index Only Scan using mailbox_messages_unseen/],
    [
      `"folder-uids"('${mailboxId}', '${ref.folderId}')`,
      /Index Only Scan using mailbox_messages_folder_id_uid_pk/,
    ],
    [`"mail-rows list envelope bodyStructure"('${mailboxId}', '${ref.folderId}', '{${uids}}')`, byUid],
    [`"folder-news"('${mailboxId}', '${ref.folderId}', 9990)`, /mailbox_messages_modseq/],
  ] as const) {
    const plan = await explain(call);
    assert.match(plan, index, call);
    assert.doesNotMatch(plan, /mailbox_contents|Seq Scan on mailbox_(messages|listings)/, call);
  }
});
