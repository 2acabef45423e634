import { EVENT_TYPES, type EventWatch } from "@waxwing/events";
import { type Clock, idTimeMs, isId, lowestIdAt } from "@waxwing/runtime";
import {
  type Database,
  type EventFeedPage,
  type EventFilter,
  endOfEventLog,
  eventLogBeginsAt,
  LOG_START,
  type LogPosition,
} from "@waxwing/store";
import { parseCursor } from "./event-cursor.ts";
import { type FieldProblem, ProblemError } from "./problems.ts";
import { invalid } from "./validator.ts";

/** Where to read a log, and what of it. */
interface FeedQuery {
  readonly projectId: string;
  readonly after: LogPosition;
  readonly filter: EventFilter;
}

/** What both ways to follow the log work with. */
export interface EventFeed {
  /** Ends when the API closes. */
  readonly closing: AbortSignal;
  /**
   * Reads a page; at the end of the log it waits for something new, until `signal` is aborted. The page can be empty then.
   *
   * @throws ProblemError `unavailable` when too many wait already
   */
  readonly next: (query: FeedQuery, limit: number, signal: AbortSignal) => Promise<EventFeedPage>;
  /** @throws ProblemError `invalid-request`, or `cursor-expired` for a cursor of which retention took what came next. */
  readonly readCursor: (field: string, cursor: string | undefined) => Promise<LogPosition>;
  /** The position of now. */
  readonly now: () => Promise<LogPosition>;
}

/** What retention has taken is looked up so often. */
const BEGINNING_MS = 60_000;
/** Ids are made by clocks of several machines. */
const CLOCKS_DIFFER_MS = 3_600_000;

export function createEventFeed(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly watch: EventWatch;
  readonly closing: AbortSignal;
}): EventFeed {
  const { db, clock, watch, closing } = options;
  let beginsAt: Promise<number | null> = Promise.resolve(null);
  let untilMs = 0;

  const logBeginsAt = (): Promise<number | null> => {
    if (clock.now() < untilMs) return beginsAt;
    untilMs = clock.now() + BEGINNING_MS;
    beginsAt = eventLogBeginsAt(db).catch((error: unknown) => {
      untilMs = 0;
      throw error;
    });
    return beginsAt;
  };

  return {
    closing,
    next: async (query, limit, signal) => {
      let page = await watch.read({ ...query, limit });
      if (page.events.length > 0 || signal.aborted) return page;
      using subscription = await watch.subscribe(query.projectId);
      if (subscription === null)
        throw new ProblemError("unavailable", "too many wait for events", {
          headers: { "retry-after": "5" },
        });
      for (;;) {
        // What came between the read above and the subscription nobody would tell of.
        page = await watch.read({ ...query, after: page.next, limit });
        if (page.events.length > 0 || signal.aborted) return page;
        if (page.isAtEnd) await subscription.grown(signal);
      }
    },
    readCursor: async (field, cursor) => {
      if (cursor === undefined) return LOG_START;
      const position = parseCursor(cursor);
      if (position === null) throw invalid([{ field, message: "is not the next of an earlier answer" }]);
      if (!isId(position.id)) return position;
      const begins = await logBeginsAt();
      if (begins !== null && idTimeMs(position.id) < begins)
        throw new ProblemError(
          "cursor-expired",
          `the log begins at ${new Date(begins).toISOString()}, after this cursor`,
        );
      return position;
    },
    now: async () => {
      // The id says when that was, and lies behind all of that transaction: retention is told from it.
      const { xact } = await endOfEventLog(db);
      return { xact, id: lowestIdAt(clock.now() + CLOCKS_DIFFER_MS) };
    },
  };
}

/** Reads the filters of a query. @throws ProblemError naming every one that is wrong. */
export function readEventFilter(query: {
  readonly type?: string;
  readonly message?: string;
  readonly recipient?: string;
  readonly tag?: string;
}): EventFilter {
  const { type, message, recipient, tag } = query;
  const errors: FieldProblem[] = [];
  const types = type?.split(",");
  for (const name of types ?? [])
    if (!EVENT_TYPES.some((known) => known === name))
      errors.push({ field: "type", message: `is none of: ${EVENT_TYPES.join(", ")}` });
  if (message !== undefined && !isId(message))
    errors.push({ field: "message", message: "is not the id of a message" });
  for (const [field, text] of Object.entries({ recipient, tag })) {
    // PostgreSQL takes no NUL in a text.
    if (text?.includes("\0")) errors.push({ field, message: "contains what is not text" });
  }
  if (errors.length > 0) throw invalid(errors.slice(0, 10));
  return { types, messageId: message, recipient, tag };
}
