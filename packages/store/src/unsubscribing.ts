import { eventRow, insertEventsSql, type NewEvent } from "./accept.ts";
import type { RecipientRef } from "./claim.ts";
import type { Database } from "./database.ts";
import type { StoredOptions } from "./schema/index.ts";
import { insertSuppressionsSql, suppressionRow } from "./suppression-rows.ts";
import { inTransaction } from "./transaction.ts";

/** A recipient who holds a link of ours, with what the link's page needs. */
export interface LinkHolder extends RecipientRef {
  readonly projectId: string;
  readonly address: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly options: StoredOptions;
}

/** The recipient that a signed link names, whatever its project; null when retention took the message. */
export async function findLinkHolder(db: Database, ref: RecipientRef): Promise<LinkHolder | null> {
  const { rows } = await db.pool.query<
    Pick<LinkHolder, "address" | "tags" | "metadata" | "options"> & { project_id: string }
  >({
    name: "find-link-holder",
    text: `SELECT recipients.project_id, recipients.address, messages.tags, messages.metadata, messages.options
             FROM recipients JOIN messages ON messages.id = recipients.message_id
            WHERE recipients.message_id = $1 AND recipients.ordinal = $2`,
    values: [ref.messageId, ref.ordinal],
  });
  const [row] = rows;
  if (row === undefined) return null;
  const { project_id: projectId, ...holder } = row;
  return { ...holder, projectId, messageId: ref.messageId, ordinal: ref.ordinal };
}

/** A group as its page shows it. `left`: the recipient gets none of its mail. */
export interface ShownGroup {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly left: boolean;
}

/** The groups of the holder's project that a page offers: those asked for, or the default one; and whether all mail was left. */
export async function findShownGroups(
  db: Database,
  holder: LinkHolder,
  wanted: readonly number[],
): Promise<{ readonly groups: readonly ShownGroup[]; readonly leftAll: boolean }> {
  const { rows } = await db.pool.query<ShownGroup>({
    name: "find-shown-groups",
    text: `SELECT id, name, description, EXISTS (${LEFT} AND group_id = unsubscribe_groups.id) AS left
             FROM unsubscribe_groups
            WHERE project_id = $1 AND (id = ANY($3::integer[]) OR (is_default AND cardinality($3::integer[]) = 0))
            UNION ALL
           SELECT 0, '', '', EXISTS (${LEFT} AND group_id = 0)
            ORDER BY id`,
    values: [holder.projectId, holder.address.toLowerCase(), wanted],
  });
  return {
    groups: rows.filter(({ id }) => id !== 0),
    leftAll: rows.some(({ id, left }) => id === 0 && left),
  };
}

const LEFT = `SELECT FROM suppressions
  WHERE project_id = $1 AND address = $2 AND reason = 'unsubscribed' AND (expires_at IS NULL OR expires_at > now())`;

/** Beyond this many a link that is passed back and forth adds no more to the log. */
const MAX_EVENTS = 100;

/**
 * Puts it on record that a recipient left groups (0: all mail), with the event of each that was not on record yet: one transaction.
 *
 * @returns how many are new
 */
export function leaveGroups(
  db: Database,
  holder: LinkHolder,
  left: readonly { readonly group: number; readonly event: NewEvent }[],
): Promise<number> {
  return inTransaction(db, async ({ client }) => {
    let added = 0;
    for (const { group, event } of left) {
      const row = suppressionRow({
        projectId: holder.projectId,
        address: holder.address,
        reason: "unsubscribed",
        groupId: group,
        messageId: holder.messageId,
        detail: null,
      });
      // The project may have been deleted after its mail was sent.
      const join = "JOIN projects ON projects.id = s.project_id";
      const { rowCount } = await client.query(insertSuppressionsSql("$1", join), [JSON.stringify([row])]);
      if (rowCount === 0) continue;
      added++;
      const { rows } = await client.query<{ count: number }>(
        "SELECT count(*)::integer AS count FROM events WHERE message_id = $1 AND id >= $1 AND type = 'unsubscribed'",
        [holder.messageId],
      );
      if ((rows[0]?.count ?? 0) >= MAX_EVENTS) continue;
      await client.query(insertEventsSql("$1"), [JSON.stringify([eventRow(event)])]);
    }
    return added;
  });
}

/** Lets the mail of groups (0: all mail that no group was left of) reach a recipient again who had left them. */
export async function rejoinGroups(
  db: Database,
  holder: LinkHolder,
  groups: readonly number[],
): Promise<void> {
  await db.pool.query(
    `DELETE FROM suppressions
      WHERE project_id = $1 AND address = $2 AND reason = 'unsubscribed' AND group_id = ANY($3::integer[])`,
    [holder.projectId, holder.address.toLowerCase(), groups],
  );
}
