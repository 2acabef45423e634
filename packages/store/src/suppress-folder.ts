import type { PoolClient } from "pg";
import { recordAudit } from "./audit-log.ts";
import { insertSuppressionsSql, suppressionRow } from "./suppression-rows.ts";

/**
 * The folder that means something: mail about recipients of ours (a bounce, a reply) that is put there suppresses them, and mail that
 * is taken out lifts that again. It is there when somebody has made it. Only what the folder has put on record is lifted: what a
 * bounce or an unsubscription says is not for a mail program to undo.
 */
export const SUPPRESS_FOLDER = "Suppress";

/** Tells what the folder has put on record from what came through the API. */
const DETAIL = "Moved to the Suppress folder of a mailbox";

/** The recipients that messages of a locked folder are about. */
export async function subjectsOf(
  client: PoolClient,
  folderId: string,
  uids: readonly number[],
): Promise<readonly string[]> {
  const { rows } = await client.query<{ address: string }>({
    name: "subjects-of-mail",
    text: `SELECT DISTINCT unnest(about) AS address FROM mailbox_listings
            WHERE folder_id = $1 AND uid = ANY($2::bigint[]) AND about IS NOT NULL`,
    values: [folderId, uids],
  });
  return rows.map(({ address }) => address);
}

/** Suppresses the recipients that new messages of a locked `Suppress` are about, and writes each down. */
export async function suppressSubjects(
  client: PoolClient,
  mailboxId: string,
  folderId: string,
  uids: { readonly from: number; readonly count: number },
): Promise<void> {
  const added = Array.from({ length: uids.count }, (_, n) => uids.from + n);
  const subjects = await subjectsOf(client, folderId, added);
  if (subjects.length === 0) return;
  const projectId = await projectOf(client, mailboxId);
  const wanted = subjects.map((address) =>
    suppressionRow({ projectId, address, reason: "manual", detail: DETAIL, messageId: null }),
  );
  const { rows } = await client.query<{ address: string }>(
    `${insertSuppressionsSql("$1")} RETURNING suppressions.address`,
    [JSON.stringify(wanted)],
  );
  const actor = { projectId, keyId: null, remoteAddress: null };
  for (const { address } of rows) await recordAudit(client, actor, "suppression.created", address);
}

/** Lifts what `Suppress` has put on record for these recipients, unless mail about them is in such a folder of the project still. */
export async function liftSubjects(
  client: PoolClient,
  mailboxId: string,
  subjects: readonly string[],
): Promise<void> {
  if (subjects.length === 0) return;
  const projectId = await projectOf(client, mailboxId);
  const { rows } = await client.query<{ address: string }>(
    `WITH kept AS MATERIALIZED (
       SELECT DISTINCT unnest(listing.about) AS address FROM mailboxes
         JOIN folders ON folders.mailbox_id = mailboxes.id AND folders.name = $4
         JOIN mailbox_listings AS listing ON listing.folder_id = folders.id
        WHERE mailboxes.project_id = $1 AND listing.about && $2::text[]
     ), lifted AS MATERIALIZED (
       SELECT address FROM suppressions
        WHERE project_id = $1 AND address = ANY($2::text[]) AND reason = 'manual' AND group_id = 0 AND detail = $3
          AND address NOT IN (SELECT address FROM kept)
        ORDER BY address COLLATE "C" FOR UPDATE
     )
     DELETE FROM suppressions USING lifted
      WHERE project_id = $1 AND suppressions.address = lifted.address AND reason = 'manual' AND group_id = 0
     RETURNING suppressions.address`,
    [projectId, subjects, DETAIL, SUPPRESS_FOLDER],
  );
  const actor = { projectId, keyId: null, remoteAddress: null };
  for (const { address } of rows) await recordAudit(client, actor, "suppression.deleted", address);
}

async function projectOf(client: PoolClient, mailboxId: string): Promise<string> {
  const { rows } = await client.query<{ project_id: string }>(
    "SELECT project_id FROM mailboxes WHERE id = $1",
    [mailboxId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("a folder of no mailbox");
  return row.project_id;
}
