import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { formatCursor } from "../event-cursor.ts";
import { type EventFeed, readEventFilter } from "../event-feed.ts";
import { callerOf } from "../guard.ts";
import { EventStreamQuery } from "../schemas/event.ts";
import { refusals } from "../schemas/problem.ts";
import { shownLogEvent } from "../shown-event.ts";

/** Proxies close connections on which nothing happens. */
const HEARTBEAT_MS = 15_000;
/** A reader that takes nothing for so long is cut off; meanwhile nothing is read for it. */
const STALL_MS = 30_000;
/** A stream ends after this, and a key that was deleted with it; browsers and our client go on with a new one. */
const MAX_STREAM_MS = 600_000;
const PAGE = 100;

/** `GET /events/stream`: the event log as server-sent events (HTML Living Standard §9.2). */
export function eventStreamRoutes(app: ApiInstance, feed: EventFeed, stallMs = STALL_MS): void {
  app.route({
    method: "GET",
    url: "/events/stream",
    // A HEAD would be answered with a body that never ends.
    exposeHeadRoute: false,
    config: { scope: "events:read" },
    schema: {
      operationId: "streamEvents",
      tags: ["Events"],
      summary: "Follow the event log",
      description:
        "Server-sent events: `id` is a cursor, `event` the type, `data` the event as JSON. A client that reconnects with `Last-Event-ID`, as browsers do by themselves, misses nothing. A comment comes every 15 seconds; the stream ends after ten minutes, and earlier for a reader that does not keep up: reconnect.",
      querystring: EventStreamQuery,
      response: {
        200: {
          description: "The stream.",
          content: { "text/event-stream": { schema: Type.String() } },
        },
        ...refusals("invalid-request", "cursor-expired"),
      },
    },
    handler: async (request, reply) => {
      const filter = readEventFilter(request.query);
      const { "last-event-id": lastId } = request.headers;
      const cursor = typeof lastId === "string" && lastId !== "" ? lastId : request.query.after;
      let after = cursor === undefined ? await feed.now() : await feed.readCursor("after", cursor);
      const { projectId } = callerOf(request);
      const { raw } = reply;
      const gone = new AbortController();
      raw.once("close", () => gone.abort());
      const ended = AbortSignal.any([gone.signal, feed.closing, AbortSignal.timeout(MAX_STREAM_MS)]);
      // Too many who wait are refused while that can still be said.
      let page = await feed.next({ projectId, after, filter }, PAGE, AbortSignal.timeout(1));
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders()))
        if (value !== undefined) raw.setHeader(name, value);
      raw.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        // Nothing comes after the stream; kept alive, the connection would hold up a server that stops.
        connection: "close",
        // nginx would hold events back to fill its buffers.
        "x-accel-buffering": "no",
      });
      try {
        let text = `retry: 2000\nid: ${formatCursor(after)}\n\n`;
        for (;;) {
          for (const event of page.events)
            text += `id: ${formatCursor(event)}\nevent: ${event.type}\ndata: ${JSON.stringify(shownLogEvent(event))}\n\n`;
          // Without data it is no event, but the reader's cursor moves on (§9.2.6, "dispatch the event").
          if (page.events.length === 0 && text === "") text = `: \nid: ${formatCursor(page.next)}\n\n`;
          if (!(await written(raw, text, stallMs)) || ended.aborted) break;
          text = "";
          after = page.next;
          const beat = AbortSignal.any([ended, AbortSignal.timeout(HEARTBEAT_MS)]);
          page = await feed.next({ projectId, after, filter }, PAGE, beat);
        }
        raw.end();
      } catch {
        // The status has been sent: all that can be said is that it ends here, and the reader comes again.
        raw.destroy();
      }
    },
  });
}

/** Writes, and waits until there is room for more. Returns false when the reader has gone, or takes nothing for `stallMs`. */
async function written(raw: ServerResponse, text: string, stallMs: number): Promise<boolean> {
  if (raw.destroyed) return false;
  if (raw.write(text)) return true;
  const drained = new AbortController();
  try {
    await Promise.race([
      once(raw, "drain", { signal: drained.signal }),
      once(raw, "close", { signal: drained.signal }),
      once(AbortSignal.timeout(stallMs), "abort", { signal: drained.signal }),
    ]);
  } finally {
    drained.abort();
  }
  if (!raw.writableNeedDrain) return !raw.destroyed;
  raw.destroy();
  return false;
}
