import type { PoolClient } from "pg";
import type { FiledMail } from "./mail-insertion.ts";
import { refuseOverQuota } from "./mail-quota.ts";
import { type CountChange, countMail, sumCounts } from "./mail-transaction.ts";

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

interface WantedPlaces {
  readonly mail: FiledMail;
  readonly filings: readonly Filing[];
}

/**
 * Locks the folders of messages, all in one order, and hands out a UID and a modseq per filing.
 *
 * @returns for each message its places, in the order of its filings
 * @throws NoSuchFolderError, OverQuotaError
 */
export async function takePlaces(
  client: PoolClient,
  wanted: readonly WantedPlaces[],
): Promise<readonly (readonly FiledPlace[])[]> {
  const changes = countFolders(wanted);
  const { rows } = await client.query<PlaceRow>({
    name: "take-places",
    text: `WITH wanted AS (
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::bigint[], $7::bigint[])
                        AS w(mailbox_id, folder, n, unseen, deleted, deleted_bytes, size_bytes)
           ), locked AS MATERIALIZED (
             SELECT folders.id, wanted.* FROM folders
               JOIN wanted ON wanted.mailbox_id = folders.mailbox_id AND wanted.folder = folders.name
              ORDER BY folders.id FOR NO KEY UPDATE OF folders
           )
           UPDATE folders SET uid_next = uid_next + locked.n, highest_modseq = highest_modseq + locked.n,
                  messages = messages + locked.n, unseen = folders.unseen + locked.unseen,
                  deleted = folders.deleted + locked.deleted, deleted_bytes = folders.deleted_bytes + locked.deleted_bytes,
                  size_bytes = folders.size_bytes + locked.size_bytes
             FROM locked, mailboxes WHERE folders.id = locked.id AND mailboxes.id = folders.mailbox_id
           RETURNING folders.id, folders.mailbox_id, mailboxes.project_id, folders.name,
                     folders.uid_next - locked.n AS uid_next, folders.highest_modseq - locked.n AS highest_modseq,
                     folders.uid_validity,
                     mailboxes.quota_bytes IS NOT NULL OR mailboxes.quota_messages IS NOT NULL AS has_quota`,
    values: [
      changes.map(({ filing }) => filing.mailboxId),
      changes.map(({ filing }) => filing.folder),
      changes.map(({ count }) => count.messages),
      changes.map(({ count }) => count.unseen),
      changes.map(({ count }) => count.deleted),
      changes.map(({ count }) => count.deletedBytes),
      changes.map(({ count }) => count.sizeBytes),
    ],
  });
  const next = new Map(
    rows.map((row) => [
      `${row.mailbox_id}/${row.name}`,
      {
        projectId: row.project_id,
        folderId: row.id,
        uid: Number(row.uid_next),
        modseq: Number(row.highest_modseq),
        uidValidity: Number(row.uid_validity),
      },
    ]),
  );
  const places = wanted.map(({ filings }) => {
    const projects = new Set<string>();
    const its = filings.map((filing): FiledPlace => {
      const place = next.get(keyOf(filing));
      if (place === undefined) throw new NoSuchFolderError(filing);
      const { projectId, ...free } = place;
      projects.add(projectId);
      place.modseq += 1;
      place.uid += 1;
      return { ...free, modseq: place.modseq };
    });
    // The content's address holds one project's id: filing it under another would let tenants meet.
    if (projects.size > 1) throw new Error("one message is filed in mailboxes of one project");
    return its;
  });
  const limited = new Set(rows.filter((row) => row.has_quota).map((row) => row.mailbox_id));
  const enforced = wanted
    .flatMap(({ filings }) => filings)
    .filter(({ mailboxId, quota }) => quota !== "ignore" && limited.has(mailboxId));
  if (enforced.length > 0) {
    await refuseOverQuota(
      client,
      enforced.map(({ mailboxId }) => mailboxId),
    );
  }
  return places;
}

const keyOf = ({ mailboxId, folder }: Filing): string => `${mailboxId}/${folder}`;

/** What is added to each folder. */
function countFolders(
  wanted: readonly WantedPlaces[],
): readonly { readonly filing: Filing; readonly count: CountChange }[] {
  const folders = new Map<string, { readonly filing: Filing; readonly count: CountChange }>();
  for (const { mail, filings } of wanted) {
    const each = countMail([mail]);
    for (const filing of filings) {
      const known = folders.get(keyOf(filing));
      const count = known === undefined ? each : sumCounts(known.count, each);
      folders.set(keyOf(filing), { filing, count });
    }
  }
  return [...folders.values()];
}
