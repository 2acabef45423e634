import type { EventFilter } from "./client.ts";
import type { Event } from "./operations.ts";
import { type ClientOptions, sleep } from "./transport.ts";
import { readRefusal, WaxwingError } from "./waxwing-error.ts";

/** Opens the stream of events once. @throws as every call does. */
export type OpenStream = (
  query: URLSearchParams,
  lastEventId: string | undefined,
  signal: AbortSignal | undefined,
) => Promise<ReadableStream<Uint8Array>>;

/** Between two connections, when the one before brought nothing. */
const RECONNECT_MS = 2_000;

export function createStreamOpener(options: ClientOptions): OpenStream {
  const { apiKey, fetch = globalThis.fetch } = options;
  const base = options.baseUrl.replace(/\/+$/, "");
  return async (query, lastEventId, signal) => {
    const answer = await fetch(`${base}/events/stream?${query}`, {
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
      },
      ...(signal !== undefined && { signal }),
    });
    if (!answer.ok) throw await readRefusal(answer, Date.now());
    if (answer.body === null) throw new TypeError("the stream of events has no body");
    return answer.body;
  };
}

/** What has come since the block before: an event, and where the log has been read to. */
interface Block {
  readonly id: string | undefined;
  readonly data: string | undefined;
}

/**
 * The events as they come, for ever: a connection that ends is opened again where it ended.
 *
 * @throws WaxwingError when the API refuses, but for 429 and 5xx, which are tried again
 */
export async function* streamEvents(
  open: OpenStream,
  options: { readonly after?: string; readonly filter?: EventFilter; readonly signal?: AbortSignal },
): AsyncGenerator<Event, void, void> {
  const { filter = {}, signal } = options;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
  let { after } = options;
  for (;;) {
    try {
      for await (const { id, data } of blocksOf(await open(query, after, signal))) {
        if (data !== undefined) yield JSON.parse(data) as Event;
        after = id ?? after;
      }
    } catch (error) {
      signal?.throwIfAborted();
      const isFinal = error instanceof WaxwingError && error.status < 500 && error.status !== 429;
      if (isFinal || error instanceof SyntaxError) throw error;
    }
    await sleep(RECONNECT_MS, signal);
  }
}

/** The blocks of a stream (HTML Living Standard §9.2.6), as far as this server writes them: LF, one line of data. */
async function* blocksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Block, void, void> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line) => {
          const colon = line.indexOf(": ");
          return [line.slice(0, colon), line.slice(colon + 2)];
        }),
      );
      yield { id: fields.get("id"), data: fields.get("data") };
    }
  }
}
