import type { PoolClient } from "pg";
import { eventRow, insertEventsSql, insertNew, type NewEvent, type NewMessage } from "./accept.ts";
import type { Database } from "./database.ts";
import { insertFolder, lockFolderTree } from "./folders-create.ts";
import { insertInboundMail, type NewInboundMail } from "./inbound-posts.ts";
import { type FiledMail, insertMail, storeContents } from "./mail-insertion.ts";
import { refuseOverQuota } from "./mail-quota.ts";
import { announceFolders, countMail, inMailTransaction, storableJson } from "./mail-transaction.ts";
import { STANDARD_FOLDERS } from "./mailboxes.ts";
import { countSoftBounces } from "./soft-bounces.ts";
import { insertSuppressionsSql, type NewSuppression, suppressionRow } from "./suppression-rows.ts";

/** A folder that gets the message. */
export interface Filing {
  readonly mailboxId: string;
  /** Folder name, such as `INBOX` or `Bounces`. */
  readonly folder: string;
  /** A folder that is not there is made (the default), so that no mail is lost to a deletion; or the filing is refused. */
  readonly ifMissing?: "create" | "refuse";
  /** `ignore`: a full mailbox gets it too. */
  readonly quota?: "enforce" | "ignore";
}

/** What else becomes true with the filing, in its transaction. */
export interface FilingConsequences {
  readonly events: readonly NewEvent[];
  /** Recipients whose mail came back after it was accepted: those still `delivered` become `bounced`. */
  readonly bouncedRecipients: readonly {
    readonly messageId: string;
    readonly ordinal: number;
    readonly reply: string;
    /** As it is counted (see `countSoftBounces`), when the reason may pass. */
    readonly softBounce?: { readonly projectId: string; readonly address: string };
  }[];
  /** What webhooks of inbound routes are to be posted. */
  readonly inboundMail?: NewInboundMail;
  /** What is forwarded. */
  readonly messages?: readonly NewMessage[];
  /** What is on record already, for the same reason, stays as it is. */
  readonly suppressions: readonly NewSuppression[];
  /** Who left a group, or all mail; told only where it is new. */
  readonly unsubscriptions?: readonly { readonly suppression: NewSuppression; readonly event: NewEvent }[];
}

/** Where a message went. */
export interface FiledPlace {
  readonly folderId: string;
  readonly uid: number;
  readonly modseq: number;
  readonly uidValidity: number;
}

/** A filing names a mailbox that does not exist, or a folder that does not and must not be made. */
export class NoSuchFolderError extends Error {
  override readonly name = "NoSuchFolderError";
  readonly filing: Filing;

  constructor(filing: Filing) {
    super(`there is no folder ${JSON.stringify(filing.folder)} in mailbox ${filing.mailboxId}`);
    this.filing = filing;
  }
}

/** How often a folder may vanish between being made and being used. */
const MAX_TRIES = 5;

/**
 * Files one message in any number of folders of one project, with all consequences, in one transaction: when it resolves,
 * everything is durable (an inbound 250 means committed). Without filings only the consequences are recorded.
 *
 * @returns where it went, in the order of `filings`
 * @throws NoSuchFolderError, OverQuotaError; nothing is filed then
 */
export async function fileMail(
  db: Database,
  wanted: {
    readonly mail: FiledMail;
    readonly filings: readonly Filing[];
    readonly consequences?: FilingConsequences;
  },
): Promise<readonly FiledPlace[]> {
  const { mail, filings, consequences } = wanted;
  for (let tries = 1; ; tries++) {
    try {
      return await inMailTransaction(db, async (client) => {
        const places = filings.length === 0 ? [] : await file(client, mail, filings);
        if (consequences !== undefined) await recordConsequences(client, consequences);
        return places;
      });
    } catch (error) {
      if (!(error instanceof NoSuchFolderError) || error.filing.ifMissing === "refuse" || tries >= MAX_TRIES)
        throw error;
      // In a transaction of its own: the mailbox is locked before its folders, never after.
      await makeFolder(db, error.filing);
    }
  }
}

async function file(
  client: PoolClient,
  mail: FiledMail,
  filings: readonly Filing[],
): Promise<readonly FiledPlace[]> {
  // Before the folders are locked: others must not wait for these bytes to travel.
  await storeContents(client, [mail]);
  const places = await takePlaces(client, mail, filings);
  await insertMail(
    client,
    places.map((place) => ({ ...place, mail })),
  );
  await announceFolders(client, places);
  return places;
}

interface PlaceRow {
  id: string;
  mailbox_id: string;
  project_id: string;
  name: string;
  uid_next: string;
  highest_modseq: string;
  uid_validity: string;
  has_quota: boolean;
}

/** Locks the folders and hands out a UID and a modseq per filing. */
async function takePlaces(
  client: PoolClient,
  mail: FiledMail,
  filings: readonly Filing[],
): Promise<readonly FiledPlace[]> {
  const each = countMail([mail]);
  const { rows } = await client.query<PlaceRow>({
    name: "take-places",
    text: `WITH wanted AS (
             SELECT mailbox_id, folder, count(*)::integer AS n
               FROM unnest($1::uuid[], $2::text[]) AS w(mailbox_id, folder) GROUP BY mailbox_id, folder
           ), locked AS MATERIALIZED (
             SELECT folders.id, wanted.n FROM folders
               JOIN wanted ON wanted.mailbox_id = folders.mailbox_id AND wanted.folder = folders.name
              ORDER BY folders.id FOR NO KEY UPDATE OF folders
           )
           UPDATE folders SET uid_next = uid_next + locked.n, highest_modseq = highest_modseq + locked.n,
                  messages = messages + locked.n, unseen = unseen + locked.n * $3, deleted = deleted + locked.n * $4,
                  deleted_bytes = deleted_bytes + locked.n * $5, size_bytes = size_bytes + locked.n * $6
             FROM locked, mailboxes WHERE folders.id = locked.id AND mailboxes.id = folders.mailbox_id
           RETURNING folders.id, folders.mailbox_id, mailboxes.project_id, folders.name,
                     folders.uid_next - locked.n AS uid_next, folders.highest_modseq - locked.n AS highest_modseq,
                     folders.uid_validity,
                     mailboxes.quota_bytes IS NOT NULL OR mailboxes.quota_messages IS NOT NULL AS has_quota`,
    values: [
      filings.map((filing) => filing.mailboxId),
      filings.map((filing) => filing.folder),
      each.unseen,
      each.deleted,
      each.deletedBytes,
      each.sizeBytes,
    ],
  });
  // The content's address holds one project's id: filing it under another would let tenants meet.
  if (new Set(rows.map((row) => row.project_id)).size > 1) {
    throw new Error("one message is filed in mailboxes of one project");
  }
  const next = new Map(
    rows.map((row) => [
      `${row.mailbox_id}/${row.name}`,
      {
        folderId: row.id,
        uid: Number(row.uid_next),
        modseq: Number(row.highest_modseq),
        uidValidity: Number(row.uid_validity),
      },
    ]),
  );
  const places = filings.map((filing) => {
    const place = next.get(`${filing.mailboxId}/${filing.folder}`);
    if (place === undefined) throw new NoSuchFolderError(filing);
    place.modseq += 1;
    return { ...place, uid: place.uid++ };
  });
  const limited = new Set(rows.filter((row) => row.has_quota).map((row) => row.mailbox_id));
  const enforced = filings.filter(({ mailboxId, quota }) => quota !== "ignore" && limited.has(mailboxId));
  if (enforced.length > 0) {
    await refuseOverQuota(
      client,
      enforced.map(({ mailboxId }) => mailboxId),
    );
  }
  return places;
}

async function makeFolder(db: Database, filing: Filing): Promise<void> {
  const standard = STANDARD_FOLDERS.find((folder) => folder.name === filing.folder);
  await inMailTransaction(db, async (client) => {
    if (!(await lockFolderTree(client, filing.mailboxId))) {
      throw new NoSuchFolderError({ ...filing, ifMissing: "refuse" });
    }
    const { rows } = await client.query<{ special_use: string }>(
      "SELECT special_use FROM folders WHERE mailbox_id = $1 AND special_use IS NOT NULL",
      [filing.mailboxId],
    );
    const specialUse = standard?.specialUse ?? null;
    const isUsed = rows.some((row) => row.special_use === specialUse);
    await insertFolder(client, {
      mailboxId: filing.mailboxId,
      name: filing.folder,
      specialUse: isUsed ? null : specialUse,
    });
  });
}

async function recordConsequences(client: PoolClient, consequences: FilingConsequences): Promise<void> {
  const { inboundMail, messages = [] } = consequences;
  if (inboundMail !== undefined) await insertInboundMail(client, inboundMail);
  if (messages.length > 0) await insertNew(client, messages);
  const { events, bouncedRecipients, suppressions, unsubscriptions = [] } = consequences;
  for (const { suppression, event } of unsubscriptions) {
    const row = storableJson([suppressionRow(suppression)]);
    const { rowCount } = await client.query(insertSuppressionsSql("$1"), [row]);
    if (rowCount !== 0) await client.query(insertEventsSql("$1"), [storableJson([eventRow(event)])]);
  }
  if (events.length + bouncedRecipients.length + suppressions.length === 0) return;
  const { rows: bounced } = await client.query<{ message_id: string; ordinal: number }>({
    name: "record-filing-consequences",
    text: RECORD_CONSEQUENCES,
    values: [
      storableJson(events.map(eventRow)),
      storableJson(
        bouncedRecipients.map(({ messageId, ordinal, reply }) => ({ message_id: messageId, ordinal, reply })),
      ),
      storableJson(suppressions.map(suppressionRow)),
    ],
  });
  await countSoftBounces(
    client,
    bouncedRecipients.flatMap(({ messageId, ordinal, softBounce }) => {
      const isNew = bounced.some((row) => row.message_id === messageId && row.ordinal === ordinal);
      return softBounce === undefined || !isNew ? [] : [{ ...softBounce, messageId }];
    }),
  );
}

const RECORD_CONSEQUENCES = `
WITH bounced AS MATERIALIZED (
  SELECT recipients.message_id, recipients.ordinal, b.reply
    FROM json_to_recordset($2::json) AS b(message_id uuid, ordinal integer, reply text)
    JOIN recipients ON recipients.message_id = b.message_id AND recipients.ordinal = b.ordinal
   WHERE recipients.state = 'delivered'
   ORDER BY recipients.message_id, recipients.ordinal
     FOR NO KEY UPDATE OF recipients
), new_states AS (
  UPDATE recipients SET state = 'bounced', reply = bounced.reply, updated_at = now() FROM bounced
   WHERE recipients.message_id = bounced.message_id AND recipients.ordinal = bounced.ordinal
), new_suppressions AS (${insertSuppressionsSql("$3")}
), new_events AS (${insertEventsSql("$1")}
)
SELECT message_id, ordinal FROM bounced`;
