import { type Clock, type Logger, runRounds } from "@waxwing/runtime";
import { deleteOldUsage } from "./daily-quota.ts";
import type { Database } from "./database.ts";
import { deleteOldDomainSites } from "./domain-sites.ts";
import { deleteOldIdempotencyKeys } from "./idempotency.ts";
import { deleteOldInboundPosts } from "./inbound-posts.ts";
import { deleteOrphanedContents } from "./mail-contents.ts";
import { forgetExpunged } from "./mail-expunging.ts";
import { deleteExpiredMail } from "./mail-retention.ts";
import { deleteExpiredStsPolicies } from "./mta-sts-policies.ts";
import { dropPartitionsBefore, ensurePartitions } from "./partitions.ts";
import { deleteOldSendBatches } from "./send-batches.ts";
import { deleteOldSitePauses } from "./site-pauses.ts";
import { deleteOldSoftBounces } from "./soft-bounces.ts";
import { deleteOldCounts } from "./stats.ts";
import { deleteOldTlsResults } from "./tls-results.ts";

/** Partitions are made two months ahead, so that even days without maintenance leave nothing to the default partition. */
const INTERVAL_MS = 3_600_000;

/** A mail program that has been away for longer compares all UIDs of a folder (RFC 7162 §3.2.5.1), which takes it seconds. */
const EXPUNGED_KEPT_MS = 90 * 86_400_000;

/**
 * Hourly housekeeping: the coming partitions, those whose retention has ended, idempotency keys, counts of usage and statistics that are
 * too old, sites of forgotten domains, posts of inbound mail, MTA-STS policies and counts of TLS sessions that
 * are over, mail that its mailbox keeps no longer, mail contents that no folder shows any more. Every worker runs it; each part is safe to run from many at once.
 */
export async function runMaintenance(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long messages and events are kept; null for ever. */
  readonly retentionMs: number | null;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { db, clock, log, retentionMs } = options;
  await runRounds({
    ...options,
    name: "maintenance",
    intervalMs: INTERVAL_MS,
    round: async () => {
      await ensurePartitions(db.pool, clock.now());
      if (retentionMs !== null) {
        const dropped = await dropPartitionsBefore(db.pool, clock.now() - retentionMs);
        if (dropped.length > 0) log.info({ event: "maintenance.partitions-dropped", dropped });
      }
      const keys = await deleteOldIdempotencyKeys(db);
      if (keys > 0) log.info({ event: "maintenance.keys-deleted", keys });
      await deleteOldUsage(db);
      await deleteOldCounts(db);
      await deleteOldSoftBounces(db);
      await deleteOldSendBatches(db);
      await deleteOldDomainSites(db);
      await deleteOldSitePauses(db);
      await deleteOldInboundPosts(db, clock.now());
      await deleteExpiredStsPolicies(db);
      await deleteOldTlsResults(db);
      await forgetExpunged(db, EXPUNGED_KEPT_MS);
      const expired = await deleteExpiredMail(db);
      if (expired > 0) log.info({ event: "maintenance.mail-expired", expired });
      const contents = await deleteOrphanedContents(db);
      if (contents > 0) log.info({ event: "maintenance.contents-deleted", contents });
    },
  });
}
