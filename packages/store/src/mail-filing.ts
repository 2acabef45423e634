import type { PoolClient } from "pg";
import { eventRow, insertEventsSql, insertNew, type NewEvent, type NewMessage } from "./accept.ts";
import type { Database } from "./database.ts";
import { insertFolder, lockFolderTree } from "./folders-create.ts";
import { insertInboundMail, type NewInboundMail } from "./inbound-posts.ts";
import { type FiledMail, insertMail, storeContents } from "./mail-insertion.ts";
import { type FiledPlace, type Filing, NoSuchFolderError, takePlaces } from "./mail-places.ts";
import { inMailTransaction, storableJson } from "./mail-transaction.ts";
import { STANDARD_FOLDERS } from "./mailboxes.ts";
import { countSoftBounces } from "./soft-bounces.ts";
import { insertSuppressionsSql, type NewSuppression, suppressionRow } from "./suppression-rows.ts";

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

/** How often a folder may vanish between being made and being used. */
const MAX_TRIES = 5;

/** A message to be filed, with what follows from it. */
export interface WantedFiling {
  readonly mail: FiledMail;
  readonly filings: readonly Filing[];
  readonly consequences?: FilingConsequences;
}

/**
 * Files one message in any number of folders of one project, with all consequences, in one transaction: when it resolves,
 * everything is durable (an inbound 250 means committed). Without filings only the consequences are recorded.
 *
 * @returns where it went, in the order of `filings`
 * @throws NoSuchFolderError, OverQuotaError; nothing is filed then
 */
export async function fileMail(db: Database, wanted: WantedFiling): Promise<readonly FiledPlace[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await inMailTransaction(db, async (client) => {
        const [places = []] = await fileInTransaction(client, [wanted]);
        if (wanted.consequences !== undefined) await recordConsequences(client, wanted.consequences);
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

/**
 * Files messages of which nothing but events follows, all in one transaction; a folder that is missing is not made.
 *
 * @throws NoSuchFolderError, OverQuotaError; nothing of any of them is filed then
 */
export async function fileTogether(db: Database, wanted: readonly WantedFiling[]): Promise<void> {
  await inMailTransaction(db, async (client) => {
    await fileInTransaction(client, wanted);
    const events = wanted.flatMap(({ consequences }) => consequences?.events ?? []);
    await recordConsequences(client, { events, bouncedRecipients: [], suppressions: [] });
  });
}

async function fileInTransaction(
  client: PoolClient,
  wanted: readonly WantedFiling[],
): Promise<readonly (readonly FiledPlace[])[]> {
  const filed = wanted.filter(({ filings }) => filings.length > 0);
  if (filed.length === 0) return wanted.map(() => []);
  // Before the folders are locked: others must not wait for these bytes to travel.
  await storeContents(
    client,
    filed.map(({ mail }) => mail),
  );
  const places = await takePlaces(client, wanted);
  const placed = wanted.flatMap(({ mail }, index) =>
    (places[index] ?? []).map((place) => ({ ...place, mail })),
  );
  await insertMail(client, placed);
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
