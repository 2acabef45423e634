import { type Clock, type Logger, runRounds } from "@waxwing/runtime";
import {
  type Actor,
  activeDkimKeys,
  claimDomainsToCheck,
  type Database,
  type Domain,
  recordDomainCheck,
} from "@waxwing/store";
import { checkDomain } from "./check-domain.ts";
import type { RecordResolver } from "./record-lookup.ts";

interface VerifyOptions {
  readonly db: Database;
  /** Our name, to which MX records point. */
  readonly hostname: string;
  /** As `domainRecords` takes it. */
  readonly linkHost: string | null;
  readonly resolver: RecordResolver;
  readonly clock: Clock;
  /** Ends the look; nothing of it is kept then. */
  readonly signal?: AbortSignal;
}

/**
 * Looks at a domain's DNS now and keeps what it saw. The domain is verified once a DKIM key of it was seen: only its owner can have
 * published that. A key signs from when its record was seen.
 *
 * @returns `isTaken`: its owner it is, but another project has verified the name before, and keeps it until it deletes it.
 */
export async function verifyDomain(
  options: VerifyOptions,
  domain: Domain,
  actor: Actor,
): Promise<{ readonly isOwned: boolean; readonly isTaken: boolean }> {
  const { db, clock, signal } = options;
  const keys = await activeDkimKeys(db, domain.id);
  const { check, seenKeyIds } = await checkDomain({ ...options, domain, keys, nowMs: clock.now() });
  if (signal?.aborted === true) return { isOwned: false, isTaken: false };
  const kept = await recordDomainCheck(db, actor, domain.id, { check, seenKeyIds, nowMs: clock.now() });
  return { isOwned: seenKeyIds.length > 0, isTaken: kept === "taken" };
}

const ROUND_MS = 3_600_000;
const DOMAINS_PER_CLAIM = 20;

/**
 * Looks at each domain once a day, so that a record that vanished is noticed: it is logged as `domain.record-lost` and shown with
 * the domain. The domain stays verified: DNS fails for hours at times, and mail that is not sent helps nobody. Runs until `signal`
 * is aborted.
 */
export function runDomainChecks(
  options: VerifyOptions & { readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const { db, clock, log, signal } = options;
  return runRounds({
    name: "domain-checks",
    intervalMs: ROUND_MS,
    clock,
    log,
    signal,
    round: async () => {
      for (;;) {
        const domains = await claimDomainsToCheck(db, clock.now(), DOMAINS_PER_CLAIM);
        if (domains.length === 0 || signal.aborted) return;
        for (const domain of domains) {
          if (signal.aborted) return;
          const actor = { projectId: domain.projectId, keyId: null, remoteAddress: null };
          const { isOwned, isTaken } = await verifyDomain(options, domain, actor);
          if (signal.aborted) return;
          if (!isOwned && domain.verifiedAt !== null) {
            log.warn({ event: "domain.record-lost", domainId: domain.id, domain: domain.name });
          }
          if (isTaken) log.warn({ event: "domain.taken", domainId: domain.id, domain: domain.name });
        }
      }
    },
  });
}
