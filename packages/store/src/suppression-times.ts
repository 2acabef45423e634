import { and, desc, eq, gte, inArray, isNull, like, lt, or, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { suppressions } from "./schema/index.ts";
import type { Suppression } from "./suppressions.ts";

/** A part of a project's suppressions of all mail, by when they came. */
export interface SuppressionPeriod {
  readonly reasons: readonly Suppression["reason"][];
  /** From this time on. */
  readonly from?: Date | undefined;
  /** Before this time. */
  readonly until?: Date | undefined;
  /** SQL's LIKE, its special characters escaped by a backslash. */
  readonly addressLike?: string | undefined;
}

/**
 * A page of a project's suppressions that are in force, newest first, and how many there are in all. Skipping costs what reading
 * costs: this is for the sake of programs that page by offset.
 */
export async function listSuppressionsByTime(
  db: Database,
  projectId: string,
  period: SuppressionPeriod,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly rows: readonly Suppression[]; readonly total: number }> {
  const { reasons, from, until, addressLike } = period;
  const { createdAt, expiresAt, address } = suppressions;
  const wanted = and(
    eq(suppressions.projectId, projectId),
    eq(suppressions.groupId, 0),
    inArray(suppressions.reason, [...reasons]),
    or(isNull(expiresAt), sql`${expiresAt} > now()`),
    from === undefined ? undefined : gte(createdAt, from),
    until === undefined ? undefined : lt(createdAt, until),
    addressLike === undefined ? undefined : like(address, addressLike),
  );
  const rows = await db.orm
    .select()
    .from(suppressions)
    .where(wanted)
    .orderBy(desc(createdAt), desc(address))
    .limit(page.limit)
    .offset(page.offset);
  return { rows, total: await db.orm.$count(suppressions, wanted) };
}
