import { type Database, LOG_START, readEventLog } from "@waxwing/store";
import type { ApiInstance } from "../api-instance.ts";
import { formatCursor, parseCursor } from "../event-cursor.ts";
import { callerOf } from "../guard.ts";
import { EventPage, EventsQuery } from "../schemas/event.ts";
import { refusals } from "../schemas/problem.ts";
import { shownLogEvent } from "../shown-event.ts";
import { invalid } from "../validator.ts";

const DEFAULT_LIMIT = 100;

/** `GET /events`: the ordered event log. Reading it from cursor to cursor misses nothing and repeats nothing. */
export function eventRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  app.route({
    method: "GET",
    url: "/events",
    config: { scope: "events:read" },
    schema: {
      operationId: "listEvents",
      tags: ["Events"],
      summary: "Read the event log",
      description: "Oldest first. The order never changes and nothing appears behind a cursor later.",
      querystring: EventsQuery,
      response: { 200: EventPage, ...refusals("invalid-request") },
    },
    handler: async (request) => {
      const { after: cursor, limit = DEFAULT_LIMIT } = request.query;
      const after = cursor === undefined ? LOG_START : parseCursor(cursor);
      if (after === null)
        throw invalid([{ field: "after", message: "is not the next of an earlier answer" }]);
      const events = await readEventLog(db, { projectId: callerOf(request).projectId, after, limit });
      return {
        events: events.map(shownLogEvent),
        next: formatCursor(events.at(-1) ?? after),
      };
    },
  });
}
