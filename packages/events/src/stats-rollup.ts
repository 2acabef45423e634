import { type Clock, type Logger, runRounds } from "@waxwing/runtime";
import {
  addCounts,
  type Database,
  type EventTotal,
  findDomainSites,
  readEventTotals,
  type StatsCursor,
  statsBehind,
  statsBehindAfter,
} from "@waxwing/store";
import { countEvents, recipientDomain } from "./count-events.ts";
import { providerOfDomain, providerOfSite } from "./mailbox-providers.ts";

/**
 * Counts the event log into hours and days. Every worker runs it; which of them counts a page does not matter, because the cursor moves with
 * the numbers in one statement.
 *
 * A round looks at the projects that this process has recorded something for, at those that were not finished, and at a few
 * others in turn, so that what no process told of (opens, inbound mail, a worker that died) is found too. A project in which
 * nothing happens costs one index probe now and then.
 */
export interface StatsRollup {
  /** Marks projects whose log has grown. Never throws, never waits. */
  readonly touch: (projectIds: Iterable<string>) => void;
  /** Runs until `signal` is aborted. Never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Events counted by one statement. */
const PAGE = 1_000;
/** Pages of a project a round, about a second: the others have their turn. */
const PAGES_A_ROUND = 100;
/** Projects looked at in turn, a round. */
const IN_TURN = 200;
/** Projects remembered; beyond that they are found in turn. */
const MAX_TOUCHED = 10_000;
const FIRST_PROJECT = "00000000-0000-0000-0000-000000000000";

export function createStatsRollup(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly intervalMs: number;
}): StatsRollup {
  const { db } = options;
  let touched = new Set<string>();
  let after = FIRST_PROJECT;

  const touch = (projectIds: Iterable<string>): void => {
    for (const projectId of projectIds) {
      if (touched.size >= MAX_TOUCHED) return;
      touched.add(projectId);
    }
  };

  const round = async (signal: AbortSignal): Promise<void> => {
    const known = [...touched];
    touched = new Set();
    try {
      const inTurn = await statsBehindAfter(db, after, IN_TURN);
      after = inTurn.last ?? FIRST_PROJECT;
      const cursors = new Map(inTurn.behind.map((cursor) => [cursor.projectId, cursor]));
      for (const cursor of await statsBehind(db, known)) cursors.set(cursor.projectId, cursor);
      for (const cursor of cursors.values()) {
        if (signal.aborted) return;
        if ((await countProject(db, cursor, signal)) === "more") touch([cursor.projectId]);
      }
    } catch (error) {
      touch(known);
      throw error;
    }
  };

  return {
    touch,
    run: (signal) => runRounds({ ...options, name: "stats-rollup", round: () => round(signal), signal }),
  };
}

/** Counts what is new in a project's log. `more`: there may be more of it. */
async function countProject(db: Database, start: StatsCursor, signal: AbortSignal): Promise<"done" | "more"> {
  const { projectId } = start;
  let cursor = start;
  for (let pages = 0; pages < PAGES_A_ROUND && !signal.aborted; pages++) {
    const page = await readEventTotals(db, { projectId, after: cursor.position, limit: PAGE });
    if (page === null) return "done";
    const { totals, last } = page;
    // Another process counts this project: it goes on from where the cursor is now.
    const counts = countEvents(totals, await findProviders(db, totals));
    if (!(await addCounts(db, cursor, last, counts))) return "more";
    if (page.events < PAGE) return "done";
    cursor = { projectId, position: last };
  }
  return "more";
}

/** What tells the mailbox providers of these events' recipients: by their domains, else by the servers that their mail was sent to. */
async function findProviders(
  db: Database,
  totals: readonly EventTotal[],
): Promise<(domain: string) => string> {
  const domains = new Set(totals.map(recipientDomain));
  const known = new Map<string, string>();
  for (const domain of domains) {
    const provider = providerOfDomain(domain);
    if (provider !== null) known.set(domain, provider);
  }
  const others = [...domains].filter((domain) => !known.has(domain));
  if (others.length > 0) {
    for (const [domain, site] of await findDomainSites(db, others)) {
      const provider = providerOfSite(site);
      if (provider !== null) known.set(domain, provider);
    }
  }
  return (domain) => known.get(domain) ?? "";
}
