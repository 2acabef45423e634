import type { Database } from "./database.ts";
import type { MailSummary } from "./folders.ts";
import type { FolderRef } from "./mail-transaction.ts";

/** A message as FETCH shows it, without its bytes. What is optional is present if wanted. */
export interface MailRow extends MailSummary {
  readonly internalDate: Date;
  /** When it came into the folder; null: before that was kept. */
  readonly savedAt: Date | null;
  readonly sizeBytes: number;
  /** As they were filed. */
  readonly envelope?: unknown;
  readonly bodyStructure?: unknown;
  /** As IMAP sends them; null: made of the values, which are there instead. */
  readonly sentEnvelope?: string | null;
  readonly sentStructure?: string | null;
  /** See `mailbox_listings.header`. */
  readonly header?: string | null;
  /** The message, where it is stored as text. */
  readonly plain?: string | null;
  readonly preview?: string;
  /** See `mailbox_messages.fields`. */
  readonly fields?: string | null;
  readonly contentHash?: Buffer;
  readonly threadId?: Buffer | null;
}

/** What rows shall have beyond what is always there. */
export interface MailWanted {
  readonly envelope?: boolean;
  readonly bodyStructure?: boolean;
  readonly sentEnvelope?: boolean;
  readonly sentStructure?: boolean;
  readonly header?: boolean;
  /** For a few messages only: it is 32 KB of each at most. */
  readonly plain?: boolean;
  readonly preview?: boolean;
  readonly fields?: boolean;
  /** `contentHash` and `threadId`. */
  readonly objectIds?: boolean;
}

/** The columns of each wish; those of `mailbox_listings` take a look there. */
const COLUMNS = {
  envelope: "listing.envelope",
  bodyStructure: "listing.body_structure",
  sentEnvelope: "listing.sent_envelope, CASE WHEN listing.sent_envelope IS NULL THEN listing.envelope END",
  sentStructure:
    "listing.sent_structure, CASE WHEN listing.sent_structure IS NULL THEN listing.body_structure END",
  header: "listing.header",
  plain: "(SELECT plain FROM mailbox_contents WHERE hash = message.content_hash)",
  preview: "listing.preview",
  fields: "message.fields",
  objectIds: "encode(message.content_hash, 'hex'), encode(message.thread_id, 'hex')",
} as const satisfies Record<keyof MailWanted, string>;

type Wish = keyof typeof COLUMNS;
const LISTED: readonly Wish[] = [
  "envelope",
  "bodyStructure",
  "sentEnvelope",
  "sentStructure",
  "header",
  "preview",
];
const WISHES: readonly Wish[] = [...LISTED, "fields", "plain", "objectIds"];

/**
 * Rows by ascending UID; UIDs that are gone are left out. Reads no contents. Ask for some thousands at a time.
 *
 * @param uids ascending
 */
export async function mailRows(
  db: Database,
  ref: FolderRef,
  uids: readonly number[],
  wanted: MailWanted,
): Promise<readonly MailRow[]> {
  const first = uids[0];
  const last = uids.at(-1);
  if (first === undefined || last === undefined) return [];
  const wishes = WISHES.filter((wish) => wanted[wish] === true);
  // A client that asks for a range gets it as one, without a list that is longer than the answer.
  const isRange = last - first < uids.length * 2;
  const { rows } = await db.pool.query<(string | null)[], (string | number | readonly number[])[]>({
    name: `mail-rows ${isRange ? "range" : "list"} ${wishes.join(" ")}`,
    text: `SELECT message.uid, message.modseq, array_to_string(message.flags, ' '), date_part('epoch', message.internal_date),
                  date_part('epoch', message.saved_at), message.size_bytes${wishes.map((wish) => `, ${COLUMNS[wish]}`).join("")}
             FROM mailbox_messages AS message
                  ${wishes.some((wish) => LISTED.includes(wish)) ? "JOIN mailbox_listings AS listing ON listing.folder_id = message.folder_id AND listing.uid = message.uid" : ""}
            WHERE message.folder_id = (SELECT id FROM folders WHERE mailbox_id = $1 AND id = $2)
              AND message.uid ${isRange ? "BETWEEN $3 AND $4" : "= ANY($3::bigint[])"}
            ORDER BY message.uid`,
    values: [ref.mailboxId, ref.folderId, ...(isRange ? [first, last] : [uids])],
    rowMode: "array",
    // Parsing by type costs more than the query: dates and arrays are read here, once for those that are alike.
    types: AS_TEXT,
  });
  const known = new Map<string, readonly string[]>();
  const asked = isRange && last - first + 1 > uids.length ? new Set(uids) : null;
  const found: MailRow[] = [];
  for (const row of rows) {
    const uid = Number(row[0]);
    if (asked !== null && !asked.has(uid)) continue;
    const flags = readFlags(row[2] ?? "", known);
    found.push({
      uid,
      modseq: Number(row[1]),
      flags,
      internalDate: readEpoch(row[3]) ?? new Date(0),
      savedAt: readEpoch(row[4]),
      sizeBytes: Number(row[5]),
      ...readWishes(row, wishes),
    });
  }
  return found;
}

const AS_TEXT = { getTypeParser: () => (text: string) => text };

/** No flag has a space in it: they are atoms (RFC 9051 §9, flag-keyword). */
function readFlags(text: string, known: Map<string, readonly string[]>): readonly string[] {
  const same = known.get(text);
  if (same !== undefined) return same;
  const flags = text === "" ? [] : text.split(" ");
  known.set(text, flags);
  return flags;
}

function readEpoch(seconds: string | null | undefined): Date | null {
  return seconds === null || seconds === undefined ? null : new Date(Math.round(Number(seconds) * 1_000));
}

type Wished = Omit<MailRow, "uid" | "modseq" | "flags" | "internalDate" | "savedAt" | "sizeBytes">;

function readWishes(row: readonly (string | null)[], wishes: readonly Wish[]): Wished {
  const wished: { -readonly [Key in keyof Wished]: Wished[Key] } = {};
  let at = 6;
  for (const wish of wishes) {
    const value = row[at++] ?? null;
    switch (wish) {
      case "envelope":
      case "bodyStructure":
        wished[wish] = JSON.parse(value ?? "null");
        break;
      case "sentEnvelope":
      case "sentStructure": {
        wished[wish] = value;
        const made = row[at++] ?? null;
        if (made !== null) wished[wish === "sentEnvelope" ? "envelope" : "bodyStructure"] = JSON.parse(made);
        break;
      }
      case "header":
      case "plain":
        wished[wish] = value;
        break;
      case "preview":
        wished.preview = value ?? "";
        break;
      case "fields":
        wished.fields = value;
        break;
      case "objectIds": {
        const thread = row[at++] ?? null;
        wished.contentHash = Buffer.from(value ?? "", "hex");
        wished.threadId = thread === null ? null : Buffer.from(thread, "hex");
      }
    }
  }
  return wished;
}
