import type { ApiInstance } from "../api-instance.ts";
import { formatCursor } from "../event-cursor.ts";
import { type EventFeed, readEventFilter } from "../event-feed.ts";
import { callerOf } from "../guard.ts";
import { EventPage, EventsQuery } from "../schemas/event.ts";
import { refusals } from "../schemas/problem.ts";
import { shownLogEvent } from "../shown-event.ts";

const DEFAULT_LIMIT = 100;
const NOW = AbortSignal.abort();

/** `GET /events`: the ordered event log. Reading it from cursor to cursor misses nothing and repeats nothing. */
export function eventRoutes(app: ApiInstance, feed: EventFeed): void {
  app.route({
    method: "GET",
    url: "/events",
    config: { scope: "events:read" },
    schema: {
      operationId: "listEvents",
      tags: ["Events"],
      summary: "Read the event log",
      description:
        "Oldest first. The order never changes and nothing appears behind a cursor later. With a filter a page looks at 10,000 events: it can be short, or empty, while there is more; `next` has moved on then.",
      querystring: EventsQuery,
      response: { 200: EventPage, ...refusals("invalid-request", "cursor-expired") },
    },
    handler: async (request, reply) => {
      const { after: cursor, limit = DEFAULT_LIMIT, wait = 0 } = request.query;
      const filter = readEventFilter(request.query);
      const after = await feed.readCursor("after", cursor);
      const { projectId } = callerOf(request);
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const signal =
        wait === 0 ? NOW : AbortSignal.any([gone.signal, feed.closing, AbortSignal.timeout(wait * 1_000)]);
      const page = await feed.next({ projectId, after, filter }, limit, signal);
      return { events: page.events.map(shownLogEvent), next: formatCursor(page.next) };
    },
  });
}
