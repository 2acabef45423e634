import { aboutRecipient, type EventNotifier, newEvent } from "@waxwing/events";
import type { Clock } from "@waxwing/runtime";
import type { RecipientLink } from "@waxwing/seal";
import {
  type CountedEngagement,
  createGroupCommit,
  type Database,
  type NewEngagement,
  type NewEvent,
  recordEngagements,
} from "@waxwing/store";
import { isMachine } from "./machine-agents.ts";

/** That somebody, or something, followed a link of a recipient. */
interface Visit {
  readonly link: Extract<RecipientLink, { readonly kind: "open" | "click" }>;
  readonly userAgent: string | null;
  readonly ip: string;
}

/** Records a visit; resolves when it is durable, or passed over. @throws when the database does not take it. */
export type RecordVisit = (visit: Visit) => Promise<void>;

/**
 * Bounds, because whoever has a link can follow it any number of times: events that tell of one recipient and kind, and how far they
 * are counted; visits that wait for the database, beyond which new ones are not recorded.
 */
const MAX_EVENTS = 100;
const MAX_COUNT = 1_000;
const MAX_WAITING = 10_000;
const MAX_USER_AGENT_CHARS = 300;

/** The recorder of opens and clicks: visits at about the same time share one transaction, however many are of one link. */
export function createVisitRecorder(options: {
  readonly db: Database;
  readonly notify: EventNotifier;
  readonly clock: Clock;
}): RecordVisit {
  const { db, notify, clock } = options;
  let waiting = 0;
  const commit = createGroupCommit<Visit & { readonly atMs: number }, undefined>({
    waitMs: 5,
    maxItems: 500,
    maxWrites: 2,
    write: async (visits) => {
      const groups = new Map<string, (Visit & { readonly atMs: number })[]>();
      for (const visit of visits) {
        const key = keyOf(engagementOf(visit));
        const same = groups.get(key);
        if (same === undefined) groups.set(key, [visit]);
        else same.push(visit);
      }
      const hits = [...groups.values()].flatMap(([first, ...others]) =>
        first === undefined ? [] : [{ ...engagementOf(first), count: 1 + others.length, atMs: first.atMs }],
      );
      const counted = await recordEngagements(db, hits, MAX_COUNT, (engagement) =>
        eventsOf(engagement, groups.get(keyOf(engagement)) ?? []),
      );
      if (counted.length > 0) notify(new Set(counted.map(({ projectId }) => projectId)));
      return visits.map(() => undefined);
    },
  });
  return async (visit) => {
    if (waiting >= MAX_WAITING) return;
    waiting++;
    try {
      await commit({ ...visit, atMs: clock.now() });
    } finally {
      waiting--;
    }
  };
}

const engagementOf = ({ link }: Visit): Pick<NewEngagement, "messageId" | "ordinal" | "kind"> => ({
  messageId: link.messageId,
  ordinal: link.ordinal,
  kind: link.kind === "open" ? "opened" : "clicked",
});

const keyOf = ({ messageId, ordinal, kind }: Pick<NewEngagement, "messageId" | "ordinal" | "kind">): string =>
  `${messageId}.${ordinal}.${kind}`;

function eventsOf(
  engagement: CountedEngagement,
  visits: readonly (Visit & { readonly atMs: number })[],
): readonly NewEvent[] {
  const about = aboutRecipient(engagement);
  const told = visits.slice(0, Math.max(0, MAX_EVENTS - engagement.before));
  return told.map(({ link, userAgent, ip, atMs }, index) => {
    const payload = {
      ...about,
      first: engagement.before + index === 0,
      machine: isMachine(userAgent),
      ...(userAgent !== null && { user_agent: userAgent.slice(0, MAX_USER_AGENT_CHARS).toWellFormed() }),
      ip,
    };
    return link.kind === "open"
      ? newEvent(engagement, "opened", payload, atMs)
      : newEvent(engagement, "clicked", { ...payload, url: link.url }, atMs);
  });
}
