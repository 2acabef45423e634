import { createStreamOpener, type OpenStream, streamEvents } from "./event-stream.ts";
import { items } from "./items.ts";
import { managementOf } from "./management.ts";
import type { Event, ListEventsAnswer, SearchMessagesAnswer, SearchMessagesQuery } from "./operations.ts";
import {
  type BodyOf,
  type Call,
  type CallOptions,
  type ClientOptions,
  createTransport,
  type RequestOf,
  sleep,
} from "./transport.ts";

/** What sending takes beside the message. */
export interface SendOptions extends CallOptions {
  /**
   * 1 to 255 visible ASCII characters. The same key with the same message is answered as the first time and sends nothing again, for
   * 24 hours. One is made for each call when absent, which makes the client's own repetitions safe; give one that your data knows,
   * such as an order's number, to make yours safe, too.
   */
  readonly idempotencyKey?: string;
}

/** Where to begin, and how much to ask for at once. */
export interface EventsOptions extends CallOptions {
  /** The `next` of a page that was dealt with; absent: the beginning of the log. */
  readonly after?: string;
  readonly limit?: number;
  /** Asks again at the end of the log, so often; absent: stops there. */
  readonly pollMs?: number;
  /** At the end of the log the server waits so many seconds for more, at most 25; then it is asked again, for ever. */
  readonly waitSeconds?: number;
  /** Only these events. */
  readonly filter?: EventFilter;
}

/** Which events are wanted: `type` takes several, separated by commas. */
export type EventFilter = Pick<
  NonNullable<RequestOf<"listEvents">["query"]>,
  "type" | "message" | "recipient" | "tag"
>;

/** Less than the 30 s that one attempt may take. */
const MAX_WAIT_SECONDS = 25;

/** The client: the native API by what one wants to do, and every operation by its name. */
export type Client = ReturnType<typeof createClient>;

/**
 * Makes a client of the native API. Nothing is connected before the first call; there is nothing to close. All calls may throw what
 * {@link Call} says.
 */
export function createClient(options: ClientOptions) {
  const call = createTransport(options);
  return {
    /** Any operation by its `operationId` in openapi.json. */
    call,
    /** Resolves when the message is stored durably. */
    send: (message: BodyOf<"send">, sending: SendOptions = {}) => call("send", { body: message }, sending),
    /** Up to 1,000 messages; one result for each, in order: a message that was refused does not throw. */
    sendBatch: (messages: BodyOf<"sendBatch">, sending: SendOptions = {}) =>
      call("sendBatch", { body: messages }, sending),
    messages: messagesOf(call),
    events: eventsOf(call, createStreamOpener(options)),
    ...managementOf(call),
  };
}

function messagesOf(call: Call) {
  return {
    /** The message with its recipients, their attempts, and its timeline. */
    get: (id: string, options?: CallOptions) => call("getMessage", { params: { id } }, options),
    list: (query: SearchMessagesQuery = {}, options?: CallOptions) =>
      call("searchMessages", { query }, options),
    /** All that match, newest first, page by page as they are taken. */
    all: (query: SearchMessagesQuery = {}, options?: CallOptions) =>
      items(
        (after?: string): Promise<SearchMessagesAnswer> =>
          call("searchMessages", { query: { ...query, ...(after !== undefined && { after }) } }, options),
        (page) => page.messages,
      ),
    cancel: (id: string, options?: CallOptions) => call("cancelMessage", { params: { id } }, options),
    reschedule: (id: string, sendAt: Date, options?: CallOptions) =>
      call("rescheduleMessage", { params: { id }, body: { send_at: sendAt.toISOString() } }, options),
  };
}

function eventsOf(call: Call, open: OpenStream) {
  /** The log page by page, empty ones left out; keep `next` once a page is dealt with. */
  async function* pages(options: EventsOptions = {}): AsyncGenerator<ListEventsAnswer, void, void> {
    const { limit = 1_000, pollMs, waitSeconds, filter = {}, signal } = options;
    let { after } = options;
    for (;;) {
      const wait = waitSeconds === undefined ? {} : { wait: Math.min(waitSeconds, MAX_WAIT_SECONDS) };
      const query = { ...filter, limit, ...wait, ...(after !== undefined && { after }) };
      const page = await call("listEvents", { query }, signal === undefined ? {} : { signal });
      if (page.events.length > 0) yield page;
      const hasMoved = after !== page.next;
      after = page.next;
      if (hasMoved || waitSeconds !== undefined) continue;
      if (pollMs === undefined) return;
      await sleep(pollMs, signal);
    }
  }
  return {
    list: (query: RequestOf<"listEvents">["query"] = {}, options?: CallOptions) =>
      call("listEvents", { query }, options),
    pages,
    /** The events one by one. */
    async *all(options: EventsOptions = {}): AsyncGenerator<Event, void, void> {
      for await (const page of pages(options)) yield* page.events;
    },
    /** The events as they happen, from `after` or now on, over a connection that stays open and is opened again when it ends. */
    stream: (options: Pick<EventsOptions, "after" | "filter" | "signal"> = {}) => streamEvents(open, options),
  };
}
