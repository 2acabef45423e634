import { and, asc, eq, inArray, isNull, or } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { dkimKeys, domains } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type Domain = typeof domains.$inferSelect;
export type DkimKey = typeof dkimKeys.$inferSelect;

/** The domain with this name (lower-case A-labels), whoever owns it, or null. */
export async function findDomain(db: Database, name: string): Promise<Domain | null> {
  const [row] = await db.orm.select().from(domains).where(eq(domains.name, name));
  return row ?? null;
}

/** The verified domain that receives mail for this host: its own name or its return-path host. */
export async function findReceivingDomain(db: Database, host: string): Promise<Domain | null> {
  const [row] = await db.orm
    .select()
    .from(domains)
    .where(or(eq(domains.name, host), eq(domains.returnPathHost, host)));
  return row?.verifiedAt == null ? null : row;
}

/** A domain by id with its DKIM keys in use, newest first. */
export async function findDomainWithKeys(
  db: Database,
  domainId: string,
): Promise<{ readonly domain: Domain; readonly keys: readonly DkimKey[] } | null> {
  const [domain] = await db.orm.select().from(domains).where(eq(domains.id, domainId));
  if (domain === undefined) return null;
  return { domain, keys: await activeDkimKeys(db, domainId) };
}

/** The keys that sign for a domain now. */
export function activeDkimKeys(db: Database, domainId: string): Promise<DkimKey[]> {
  return db.orm
    .select()
    .from(dkimKeys)
    .where(and(eq(dkimKeys.domainId, domainId), isNull(dkimKeys.retiredAt)))
    .orderBy(asc(dkimKeys.createdAt));
}

/** The key that `<selector>._domainkey.<domain>` names, or null. */
export async function findDkimKey(
  db: Database,
  domainName: string,
  selector: string,
): Promise<DkimKey | null> {
  const [row] = await db.orm
    .select({ key: dkimKeys })
    .from(dkimKeys)
    .innerJoin(domains, eq(domains.id, dkimKeys.domainId))
    .where(and(eq(domains.name, domainName), eq(dkimKeys.selector, selector)));
  return row?.key ?? null;
}

/**
 * Creates a domain with its keys in one transaction. Returns false, and does nothing, when its name or return-path host is a name
 * or return-path host already: of two domains that share a host, one would get the other's mail.
 *
 * @param actor who asked, for the audit log; null for a domain of the configuration
 */
export function insertDomain(
  db: Database,
  domain: typeof domains.$inferInsert,
  keys: readonly (typeof dkimKeys.$inferInsert)[],
  actor: Actor | null = null,
): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    // A unique index cannot compare two columns with each other; domains are rare enough to be added one at a time.
    await client.query("SELECT pg_advisory_xact_lock(hashtext('waxwing.domains'))");
    const hosts = [domain.name, domain.returnPathHost];
    const taken = await orm.$count(
      domains,
      or(inArray(domains.name, hosts), inArray(domains.returnPathHost, hosts)),
    );
    if (taken > 0) return false;
    await orm.insert(domains).values(domain);
    if (keys.length > 0) await orm.insert(dkimKeys).values([...keys]);
    if (actor !== null) await recordAudit(client, actor, "domain.created", domain.id);
    return true;
  });
}
