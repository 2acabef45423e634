import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { suppressions } from "./schema/index.ts";
import { insertSuppressionsSql, type NewSuppression, suppressionRow } from "./suppression-rows.ts";
import { inTransaction } from "./transaction.ts";

const ROWS_PER_INSERT = 5_000;

export type Suppression = typeof suppressions.$inferSelect;

/** What tells one suppression of a project from another. */
export type SuppressionKey = Pick<Suppression, "address" | "reason" | "groupId">;

/** Which suppressions of a project are meant; what is absent does not narrow. `groupId` 0: those of all mail. */
export interface SuppressionChoice {
  readonly addresses?: readonly string[] | undefined;
  readonly reasons?: readonly Suppression["reason"][] | undefined;
  readonly groupId?: number | undefined;
  /** Only those of any group. */
  readonly inGroups?: true;
}

/** A page of a project's suppressions by address. `after`: the last one of the page before, null at the start. */
export function listSuppressions(
  db: Database,
  projectId: string,
  choice: SuppressionChoice,
  page: { readonly after: SuppressionKey | null; readonly limit: number },
): Promise<Suppression[]> {
  const { address, reason, groupId } = suppressions;
  const { after, limit } = page;
  return db.orm
    .select()
    .from(suppressions)
    .where(
      and(
        chosen(projectId, choice),
        after === null
          ? undefined
          : sql`(${address}, ${reason}, ${groupId}) > (${after.address}, ${after.reason}, ${after.groupId}::integer)`,
      ),
    )
    .orderBy(asc(address), asc(reason), asc(groupId))
    .limit(limit);
}

/**
 * Suppresses addresses, all of them or none. Those on record already, for the same reason and group, stay as they are. Returns how
 * many are new.
 *
 * @param rows their groups must be the project's
 * @param action how the audit log calls it; its target is the address, or for several the number of new ones
 */
export function addSuppressions(
  db: Database,
  actor: Actor,
  rows: readonly Omit<NewSuppression, "projectId" | "messageId" | "detail">[],
  action: "suppression.created" | "suppressions.imported",
): Promise<number> {
  const { projectId } = actor;
  // In the order of the statement, over all statements: two imports at once must not wait for each other.
  const sorted = rows
    .map((row) => suppressionRow({ ...row, projectId, messageId: null, detail: null }))
    .sort((a, b) => (String(a.address) < String(b.address) ? -1 : 1));
  return inTransaction(db, async ({ client }) => {
    let added = 0;
    for (let at = 0; at < sorted.length; at += ROWS_PER_INSERT) {
      const { rowCount } = await client.query(insertSuppressionsSql("$1"), [
        JSON.stringify(sorted.slice(at, at + ROWS_PER_INSERT)),
      ]);
      added += rowCount ?? 0;
    }
    const target = action === "suppression.created" ? (rows[0]?.address ?? "") : String(added);
    if (added > 0) await recordAudit(client, actor, action, target);
    return added;
  });
}

/** Takes the chosen suppressions of the actor's project off the record. Returns how many there were. */
export function deleteSuppressions(db: Database, actor: Actor, choice: SuppressionChoice): Promise<number> {
  return inTransaction(db, async ({ client, orm }) => {
    const { rowCount } = await orm.delete(suppressions).where(chosen(actor.projectId, choice));
    const deleted = rowCount ?? 0;
    if (deleted > 0) {
      const [address, ...more] = choice.addresses ?? [];
      if (address !== undefined && more.length === 0)
        await recordAudit(client, actor, "suppression.deleted", address);
      else await recordAudit(client, actor, "suppressions.deleted", String(deleted));
    }
    return deleted;
  });
}

function chosen(projectId: string, { addresses, reasons, groupId, inGroups }: SuppressionChoice) {
  return and(
    eq(suppressions.projectId, projectId),
    addresses === undefined ? undefined : inArray(suppressions.address, [...addresses]),
    reasons === undefined ? undefined : inArray(suppressions.reason, [...reasons]),
    groupId === undefined ? undefined : eq(suppressions.groupId, groupId),
    inGroups === true ? gt(suppressions.groupId, 0) : undefined,
  );
}
