import { and, asc, eq, inArray, isNotNull, isNull, ne, sql } from "drizzle-orm";
import { type Actor, recordAudit } from "./audit-log.ts";
import type { Database } from "./database.ts";
import { type DkimKey, type Domain, lockDomains, sharesHost } from "./domains.ts";
import { storableJson } from "./mail-transaction.ts";
import { dkimKeys, domains, type StoredDomainCheck } from "./schema/index.ts";
import { inTransaction, type Transaction } from "./transaction.ts";

/** Active keys of one algorithm: the one that signs and its successor. */
const MAX_KEYS_PER_ALGORITHM = 2;
/** Mail signed with an old key is still under way for days; its record has to stay as long as the longest retry. */
const KEY_OVERLAP_MS = 7 * 86_400_000;
const CHECK_EVERY_MS = 86_400_000;

/** A project's domains by name. */
export function listDomains(db: Database, projectId: string): Promise<Domain[]> {
  return db.orm.select().from(domains).where(eq(domains.projectId, projectId)).orderBy(asc(domains.name));
}

/** A domain of this project, or null. */
export async function findProjectDomain(
  db: Database,
  projectId: string,
  domainId: string,
): Promise<Domain | null> {
  const [row] = await db.orm
    .select()
    .from(domains)
    .where(and(eq(domains.id, domainId), eq(domains.projectId, projectId)));
  return row ?? null;
}

/** How a domain receives mail; what is absent stays. */
export type DomainReceiving = Partial<Pick<Domain, "catchAll" | "dmarcFailures">>;

/** Changes how a domain of the actor's project receives mail. Returns it as it is now, or null when there is none. */
export function updateDomainReceiving(
  db: Database,
  actor: Actor,
  domainId: string,
  change: DomainReceiving,
): Promise<Domain | null> {
  return inTransaction(db, async ({ client, orm }) => {
    const [row] = await orm
      .update(domains)
      .set(change)
      .where(and(eq(domains.id, domainId), eq(domains.projectId, actor.projectId)))
      .returning();
    if (row !== undefined) await recordAudit(client, actor, "domain.changed", domainId);
    return row ?? null;
  });
}

/** Deletes a domain of the actor's project with its keys. Returns whether there was one. */
export function deleteDomain(db: Database, actor: Actor, domainId: string): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    const rows = await orm
      .delete(domains)
      .where(and(eq(domains.id, domainId), eq(domains.projectId, actor.projectId)))
      .returning({ name: domains.name });
    if (rows[0] !== undefined) await recordAudit(client, actor, "domain.deleted", domainId);
    return rows.length > 0;
  });
}

/**
 * Adds a DKIM key to a domain. `makeKey` is told the number of the key, from 1, retired ones counted. Null: the domain has two of
 * this algorithm that are in use or waiting already.
 */
export function insertDkimKey(
  db: Database,
  actor: Actor,
  domainId: string,
  algorithm: DkimKey["algorithm"],
  makeKey: (number: number) => Omit<typeof dkimKeys.$inferInsert, "domainId" | "algorithm">,
): Promise<boolean> {
  return inTransaction(db, async ({ client, orm }) => {
    await client.query("SELECT FROM domains WHERE id = $1 FOR NO KEY UPDATE", [domainId]);
    const keys = await orm.select().from(dkimKeys).where(eq(dkimKeys.domainId, domainId));
    const active = keys.filter((key) => key.algorithm === algorithm && key.retiredAt === null);
    if (active.length >= MAX_KEYS_PER_ALGORITHM) return false;
    await orm.insert(dkimKeys).values({ ...makeKey(keys.length + 1), domainId, algorithm });
    await recordAudit(client, actor, "domain.key-added", domainId);
    return true;
  });
}

/**
 * Keeps what was seen of a domain: the domain becomes verified when a key was seen, keys that were seen sign from now on, and a key
 * whose successor was seen a week ago retires.
 *
 * @returns `taken`: a key was seen, but another project has verified the name or a host of it before; it stays unverified.
 */
export function recordDomainCheck(
  db: Database,
  actor: Actor,
  domainId: string,
  seen: {
    readonly check: StoredDomainCheck;
    readonly seenKeyIds: readonly string[];
    readonly nowMs: number;
  },
): Promise<"kept" | "taken"> {
  const { check, seenKeyIds, nowMs } = seen;
  const now = new Date(nowMs);
  return inTransaction(db, async (transaction) => {
    const { client, orm } = transaction;
    await client.query("UPDATE domains SET last_check = $2::jsonb, next_check_at = $3 WHERE id = $1", [
      domainId,
      storableJson(check),
      new Date(nowMs + CHECK_EVERY_MS),
    ]);
    if (seenKeyIds.length === 0) return "kept";
    if (!(await verify(transaction, actor, domainId, now))) return "taken";
    await orm
      .update(dkimKeys)
      .set({ seenAt: now })
      .where(
        and(eq(dkimKeys.domainId, domainId), inArray(dkimKeys.id, [...seenKeyIds]), isNull(dkimKeys.seenAt)),
      );
    await client.query(
      `UPDATE dkim_keys old SET retired_at = $2
        WHERE old.domain_id = $1 AND old.retired_at IS NULL
          AND EXISTS (SELECT FROM dkim_keys new
                       WHERE new.domain_id = old.domain_id AND new.algorithm = old.algorithm AND new.id > old.id
                         AND new.retired_at IS NULL AND new.seen_at <= $3)`,
      [domainId, now, new Date(nowMs - KEY_OVERLAP_MS)],
    );
    return "kept";
  });
}

/** Marks a domain as verified, unless it is already. False: another project was first with the name or a host of it. */
async function verify(
  { client, orm }: Transaction,
  actor: Actor,
  domainId: string,
  now: Date,
): Promise<boolean> {
  const [before] = await orm.select().from(domains).where(eq(domains.id, domainId));
  if (before === undefined || before.verifiedAt !== null) return true;
  await lockDomains(client);
  const rivals = await orm.$count(
    domains,
    and(sharesHost(before), isNotNull(domains.verifiedAt), ne(domains.id, domainId)),
  );
  if (rivals > 0) return false;
  const verified = await orm
    .update(domains)
    .set({ verifiedAt: now })
    .where(and(eq(domains.id, domainId), isNull(domains.verifiedAt)))
    .returning({ id: domains.id });
  if (verified.length > 0) await recordAudit(client, actor, "domain.verified", domainId);
  return true;
}

/**
 * Domains whose look is due, taken so that no other worker looks at the same time. Names under .test are in no DNS (RFC 6761 §6.2).
 */
export async function claimDomainsToCheck(
  db: Database,
  nowMs: number,
  limit: number,
): Promise<readonly Domain[]> {
  const due = db.orm
    .select({ id: domains.id })
    .from(domains)
    .where(and(sql`${domains.nextCheckAt} <= ${new Date(nowMs)}`, sql`${domains.name} NOT LIKE '%.test'`))
    .orderBy(asc(domains.nextCheckAt))
    .limit(limit)
    .for("update", { skipLocked: true });
  return await db.orm
    .update(domains)
    .set({ nextCheckAt: new Date(nowMs + CHECK_EVERY_MS) })
    .where(inArray(domains.id, due))
    .returning();
}
