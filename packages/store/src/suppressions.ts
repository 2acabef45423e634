import { and, asc, eq, gt } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import type { Suppression } from "./projects.ts";
import { suppressions } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

const ROWS_PER_INSERT = 5_000;

/** A page of a project's suppressions by address. `after`: the last address of the page before, null at the start. */
export function listSuppressions(
  db: Database,
  projectId: string,
  page: {
    readonly after: string | null;
    readonly limit: number;
    readonly reason?: Suppression["reason"] | undefined;
    readonly address?: string | undefined;
  },
): Promise<Suppression[]> {
  return db.orm
    .select()
    .from(suppressions)
    .where(
      and(
        eq(suppressions.projectId, projectId),
        page.after === null ? undefined : gt(suppressions.address, page.after),
        page.reason === undefined ? undefined : eq(suppressions.reason, page.reason),
        page.address === undefined ? undefined : eq(suppressions.address, page.address),
      ),
    )
    .orderBy(asc(suppressions.address))
    .limit(page.limit);
}

/**
 * Suppresses addresses (lower case), all of them or none. Those suppressed already keep their reason. Returns how many are new.
 *
 * @param action how the audit log calls it; its target is the address, or for an import the number of new ones
 */
export function addSuppressions(
  db: Database,
  actor: Actor,
  rows: readonly { readonly address: string; readonly reason: Suppression["reason"] }[],
  action: "suppression.created" | "suppressions.imported",
): Promise<number> {
  return inTransaction(db, async ({ client }) => {
    let added = 0;
    for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) {
      const some = rows.slice(at, at + ROWS_PER_INSERT);
      const { rowCount } = await client.query(
        `INSERT INTO suppressions (project_id, address, reason)
         SELECT $1, address, reason FROM unnest($2::text[], $3::text[]) AS new(address, reason)
         ON CONFLICT DO NOTHING`,
        [actor.projectId, some.map(({ address }) => address), some.map(({ reason }) => reason)],
      );
      added += rowCount ?? 0;
    }
    const target = action === "suppression.created" ? (rows[0]?.address ?? "") : String(added);
    if (added > 0) await recordAudit(client, actor, action, target);
    return added;
  });
}

/** Lets an address be written to again. Returns whether it was suppressed. */
export function deleteSuppression(db: Database, actor: Actor, address: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(suppressions)
      .where(and(eq(suppressions.projectId, actor.projectId), eq(suppressions.address, address)))
      .returning({ address: suppressions.address });
    if (rows.length > 0) await recordAudit(client, actor, "suppression.deleted", address);
    return rows.length > 0;
  });
}
