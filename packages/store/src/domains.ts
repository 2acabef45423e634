import { and, asc, desc, eq, inArray, isNotNull, isNull, or, type SQL } from "drizzle-orm";
import type pg from "pg";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { dkimKeys, domains } from "./schema/index.ts";
import { inTransaction } from "./transaction.ts";

export type Domain = typeof domains.$inferSelect;
export type DkimKey = typeof dkimKeys.$inferSelect;

/** SQL condition: a domain whose owner has proved it. There is one of a name at most. */
const isVerified = isNotNull(domains.verifiedAt);

/** The verified domain with this name (lower-case A-labels), whoever owns it, or null. */
export async function findDomain(db: Database, name: string): Promise<Domain | null> {
  const [row] = await db.orm
    .select()
    .from(domains)
    .where(and(eq(domains.name, name), isVerified));
  return row ?? null;
}

/** The project's own domain with this name, verified or not, or null. */
export async function findProjectDomainByName(
  db: Database,
  projectId: string,
  name: string,
): Promise<Domain | null> {
  const [row] = await db.orm
    .select()
    .from(domains)
    .where(and(eq(domains.projectId, projectId), eq(domains.name, name)));
  return row ?? null;
}

/** The verified domain that receives mail for this host: its own name or its return-path host. */
export async function findReceivingDomain(db: Database, host: string): Promise<Domain | null> {
  const [row] = await db.orm
    .select()
    .from(domains)
    .where(and(or(eq(domains.name, host), eq(domains.returnPathHost, host)), isVerified));
  return row ?? null;
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

/** What a sealed DKIM key is bound to (AAD): one that was copied to another domain's row does not open. */
export const dkimKeyContext = (domainName: string, selector: string): string =>
  `dkim:${selector}._domainkey.${domainName}`;

/** The keys that sign for a domain now. */
export function activeDkimKeys(db: Database, domainId: string): Promise<DkimKey[]> {
  return db.orm
    .select()
    .from(dkimKeys)
    .where(and(eq(dkimKeys.domainId, domainId), isNull(dkimKeys.retiredAt)))
    .orderBy(asc(dkimKeys.createdAt));
}

/** The key that `<selector>._domainkey.<domain>` names, of a verified domain, or null. */
export async function findDkimKey(
  db: Database,
  domainName: string,
  selector: string,
): Promise<DkimKey | null> {
  const [row] = await db.orm
    .select({ key: dkimKeys })
    .from(dkimKeys)
    .innerJoin(domains, eq(domains.id, dkimKeys.domainId))
    .where(and(eq(domains.name, domainName), eq(dkimKeys.selector, selector), isVerified));
  return row?.key ?? null;
}

/** Whether a domain was added, or who has its name or its return-path host already. */
export type DomainInsertion = "added" | "own" | "elsewhere";

/**
 * Creates a domain with its keys in one transaction. Does nothing when its name or return-path host is a name or return-path host
 * of the same project, or of a domain that another project has verified: of two domains that share a host, one would get the
 * other's mail. What others have entered and not proved is in nobody's way.
 *
 * @param actor who asked, for the audit log; null for a domain of the configuration
 */
export function insertDomain(
  db: Database,
  domain: typeof domains.$inferInsert,
  keys: readonly (typeof dkimKeys.$inferInsert)[],
  actor: Actor | null = null,
): Promise<DomainInsertion> {
  return inTransaction(db, async ({ client, orm }) => {
    await lockDomains(client);
    const [rival] = await orm
      .select({ projectId: domains.projectId })
      .from(domains)
      .where(and(sharesHost(domain), or(eq(domains.projectId, domain.projectId), isVerified)))
      // The project's own first: that is the one it can do something about.
      .orderBy(desc(eq(domains.projectId, domain.projectId)))
      .limit(1);
    if (rival !== undefined) return rival.projectId === domain.projectId ? "own" : "elsewhere";
    await orm.insert(domains).values(domain);
    if (keys.length > 0) await orm.insert(dkimKeys).values([...keys]);
    if (actor !== null) await recordAudit(client, actor, "domain.created", domain.id);
    return "added";
  });
}

/** A unique index cannot compare two columns with each other; domains are rare enough to be added and verified one at a time. */
export async function lockDomains(client: Pick<pg.PoolClient, "query">): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(hashtext('waxwing.domains'))");
}

/** SQL condition: a domain that would get mail meant for this one. */
export function sharesHost(domain: Pick<Domain, "name" | "returnPathHost">): SQL | undefined {
  const hosts = [domain.name, domain.returnPathHost];
  return or(inArray(domains.name, hosts), inArray(domains.returnPathHost, hosts));
}
