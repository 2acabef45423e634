import { createHash } from "node:crypto";
import { type Clock, type Logger, runRounds } from "@waxwing/runtime";
import { addTlsResults, type Database, type TlsResult } from "@waxwing/store";
import type { ReportedFailure, ReportedPolicy } from "./session-result.ts";

/** Counts TLS sessions for reports (RFC 8460). */
export interface SessionCounter {
  /** Costs a hash and a look into a map. `failure` null: a success. */
  readonly count: (domain: string, policy: ReportedPolicy, failure: ReportedFailure | null) => void;
  /** Writes what was counted every `intervalMs`, and once more when `signal` is aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** What one interval may bring together; a hostile DNS cannot make it more. */
const MAX_ENTRIES = 5_000;
const INTERVAL_MS = 30_000;
const LOOK_UPS_AT_ONCE = 50;
/** A worker that stops does not wait longer for its last counts to be written. */
const LAST_FLUSH_MS = 3_000;

/**
 * Sessions are added up in memory and written together: never a write for a message. A worker that is killed loses the counts of its
 * last seconds, which a report can spare. Domains that want no reports are left out at writing.
 *
 * @param options.wantsReports whether a domain publishes where its reports go; the answer may come from a cache
 */
export function createSessionCounter(options: {
  readonly db: Database;
  readonly wantsReports: (domain: string) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs?: number;
}): SessionCounter {
  const { db, wantsReports, clock, log, intervalMs = INTERVAL_MS } = options;
  let entries = new Map<string, { -readonly [Key in keyof TlsResult]: TlsResult[Key] }>();

  const flush = async (): Promise<void> => {
    const counted = [...entries.values()];
    entries = new Map();
    const domains = [...new Set(counted.map((result) => result.domain))];
    const wanting = new Set<string>();
    for (let from = 0; from < domains.length; from += LOOK_UPS_AT_ONCE) {
      const asked = domains.slice(from, from + LOOK_UPS_AT_ONCE);
      const answers = await Promise.all(asked.map(wantsReports));
      for (const [index, domain] of asked.entries()) if (answers[index] === true) wanting.add(domain);
    }
    const kept = counted.filter(({ domain }) => wanting.has(domain));
    for (let from = 0; from < kept.length; from += 500) {
      await addTlsResults(db, kept.slice(from, from + 500));
    }
  };

  return {
    count: (domain, policy, failure) => {
      const day = dayOf(clock.now());
      const digest = createHash("sha256")
        .update(JSON.stringify([policy, failure]))
        .digest();
      const key = `${day} ${domain} ${digest.toString("base64")}`;
      const entry = entries.get(key);
      if (entry !== undefined) entry.sessions += 1;
      else if (entries.size < MAX_ENTRIES)
        entries.set(key, { day, domain, digest, policy, failure, sessions: 1 });
    },
    run: async (signal) => {
      await runRounds({ name: "tls-results", intervalMs, round: flush, clock, log, signal });
      const written = flush().catch((err: unknown) => log.warn({ event: "tls-results.failed", err }));
      const late = new AbortController();
      await Promise.race([written, clock.sleep(LAST_FLUSH_MS, late.signal).catch(() => undefined)]);
      late.abort();
    },
  };
}

/** The UTC day of a time, as `2026-11-23`. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
