import { createHash } from "node:crypto";
import { type Clock, type Logger, newId } from "@waxwing/runtime";
import {
  claimTlsReports,
  type Database,
  type DueTlsReport,
  findDomain,
  finishTlsReport,
} from "@waxwing/store";
import type { Accept } from "../../accept.ts";
import { dayOf } from "../count-sessions.ts";
import type { PostReport } from "./post-report.ts";
import type { ReportTargetLookup, ReportTargets } from "./report-targets.ts";
import { type ReportSender, reportMime, type WrittenReport, writeReport } from "./write-report.ts";

const AT_ONCE = 20;
/** RFC 8460 §5.5: tried again for a day. A worker that dies holds a report back no longer than this. */
const LEASE_S = 2 * 3_600;
const MAX_TRIES = 12;
const DAY_MS = 86_400_000;
/** Counts of the day that has just ended may still be in the memory of some worker. */
const SETTLE_MS = 5 * 60_000;
/** RFC 8460 §4.1: within four hours after midnight, so that not all the world reports at once. */
const SPREAD_MS = 4 * 3_600_000 - SETTLE_MS;

/**
 * Makes a round: sends what is due of the days that are over. Workers share the work; whoever holds the lease of a report sends it, and
 * one that is tried again is the same message, which is accepted once.
 *
 * A domain that has taken its record away meanwhile gets nothing.
 */
export function createReportRound(
  options: ReportSender & {
    readonly db: Database;
    readonly targetsOf: ReportTargetLookup;
    readonly accept: Accept;
    readonly post: PostReport;
    readonly clock: Clock;
    readonly log: Logger;
  },
): () => Promise<void> {
  const { db, targetsOf, clock, log } = options;

  const send = async (due: DueTlsReport): Promise<void> => {
    const { day, domain, tries } = due;
    const targets = await targetsOf(domain);
    const problem = await sent(options, due, targets);
    if (problem === null) {
      await finishTlsReport(db, due);
      if (targets.kind === "targets") log.info({ event: "tls-report.sent", day, domain });
    } else log.warn({ event: "tls-report.failed", day, domain, tries, reason: problem });
  };

  return async () => {
    const nowMs = clock.now();
    const today = dayOf(nowMs);
    if (nowMs % DAY_MS < SETTLE_MS + offsetMs(today, options.hostname)) return;
    for (;;) {
      const claimed = await claimTlsReports(db, {
        today,
        limit: AT_ONCE,
        leaseS: LEASE_S,
        maxTries: MAX_TRIES,
      });
      if (claimed.length === 0) return;
      const outcomes = await Promise.allSettled(claimed.map(send));
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") log.warn({ event: "tls-report.failed", err: outcome.reason });
      }
    }
  };
}

/** The same for all workers of a day. */
function offsetMs(day: string, hostname: string): number {
  return createHash("sha256").update(`${day} ${hostname}`).digest().readUInt32BE(0) % SPREAD_MS;
}

/** What went wrong; null where all was sent, or nobody wants it. */
async function sent(
  options: Parameters<typeof createReportRound>[0],
  due: DueTlsReport,
  targets: ReportTargets,
): Promise<string | null> {
  switch (targets.kind) {
    case "none":
      return null;
    case "failed":
      return `its record could not be looked up: ${targets.reason}`;
    case "targets": {
      const report = writeReport(due, options);
      const problems: string[] = [];
      if (targets.mailboxes.length > 0) {
        const problem = await mail(options, due, report, targets.mailboxes);
        if (problem !== null) problems.push(problem);
      }
      for (const url of targets.urls) {
        const problem = await options.post(url, report.gzip);
        if (problem !== null) problems.push(`${url}: ${problem}`);
      }
      return problems.length === 0 ? null : problems.join("; ");
    }
  }
}

async function mail(
  { db, accept, clock, from, hostname }: Parameters<typeof createReportRound>[0],
  { day, domain }: DueTlsReport,
  report: WrittenReport,
  to: readonly string[],
): Promise<string | null> {
  const sender = await findDomain(db, from.slice(from.lastIndexOf("@") + 1));
  if (sender === null) return `${from} is of no verified domain`;
  const nowMs = clock.now();
  // No client's key has a space in it.
  const key = `tls report ${day} ${domain}`;
  const acceptance = await accept({
    kind: "mime",
    id: newId(nowMs),
    projectId: sender.projectId,
    keyId: null,
    options: { tlsOptional: true },
    from: { address: from },
    to: [],
    recipients: to,
    subject: `Report Domain: ${domain}`,
    mime: reportMime(report, { from, hostname, to, domain, date: new Date(nowMs) }),
    tags: ["tls-report"],
    metadata: {},
    priority: "bulk",
    sendAtMs: null,
    ttlMs: DAY_MS,
    idempotency: { key, item: -1, requestHash: createHash("sha256").update(key).digest() },
  });
  return acceptance.kind === "accepted" ? null : `it was not accepted: ${acceptance.reason}`;
}
