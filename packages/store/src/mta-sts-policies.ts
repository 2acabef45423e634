import { eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { mtaStsPolicies } from "./schema/index.ts";

/** A fetched MTA-STS policy (RFC 8461). */
export type StoredStsPolicy = typeof mtaStsPolicies.$inferSelect;

/** The policy of a domain as it was fetched last, expired ones too; null when none ever was. */
export async function findStsPolicy(db: Database, domain: string): Promise<StoredStsPolicy | null> {
  const [row] = await db.orm.select().from(mtaStsPolicies).where(eq(mtaStsPolicies.domain, domain));
  return row ?? null;
}

/** Keeps a fetched policy in place of an older one of the domain. Two workers may fetch at once: the later fetch stays. */
export async function storeStsPolicy(db: Database, policy: StoredStsPolicy): Promise<void> {
  const { domain, ...fetched } = policy;
  await db.orm
    .insert(mtaStsPolicies)
    .values(policy)
    .onConflictDoUpdate({
      target: mtaStsPolicies.domain,
      set: fetched,
      setWhere: sql`${mtaStsPolicies.fetchedAt} <= excluded.fetched_at`,
    });
}

/** Deletes policies that expired a day ago. */
export async function deleteExpiredStsPolicies(db: Database): Promise<void> {
  await db.pool.query("DELETE FROM mta_sts_policies WHERE expires_at < now() - interval '1 day'");
}
