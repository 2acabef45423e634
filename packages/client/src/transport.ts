import { OPERATIONS, type Operations } from "./operations.ts";
import { readRefusal, WaxwingError } from "./waxwing-error.ts";

/** Where the API is, and how to talk to it. */
export interface ClientOptions {
  /** Such as `http://127.0.0.1:8080`, with a path where the API has one. */
  readonly baseUrl: string;
  /** `SG.<22 characters>.<43 characters>`. */
  readonly apiKey: string;
  /** The one of the runtime when absent. */
  readonly fetch?: typeof globalThis.fetch;
  /** How long one attempt may take; 30 s when absent. */
  readonly timeoutMs?: number;
  /** Further attempts after the first; 2 when absent, 0 for none. */
  readonly retries?: number;
}

/** What every call takes beside its request. */
export interface CallOptions {
  /** Ends the call, and its waiting for another attempt. */
  readonly signal?: AbortSignal;
}

export type OperationName = keyof Operations;
/** What an operation wants: `params` of its path, `query`, `body`, each where it has them. */
export type RequestOf<Name extends OperationName> = Omit<Operations[Name], "answer">;
export type BodyOf<Name extends OperationName> = RequestOf<Name> extends { body: infer Body } ? Body : never;
export type AnswerOf<Name extends OperationName> = Operations[Name]["answer"];

/**
 * Carries out an operation.
 *
 * @throws WaxwingError for every answer that is not a success
 * @throws what `fetch` throws when the API cannot be reached (TypeError) or has not answered in time (DOMException `TimeoutError`)
 */
export type Call = <Name extends OperationName>(
  name: Name,
  request: RequestOf<Name>,
  options?: CallOptions & { readonly idempotencyKey?: string },
) => Promise<AnswerOf<Name>>;

const TIMEOUT_MS = 30_000;
const RETRIES = 2;
/** The first wait without a Retry-After; each further one is twice as long. */
const FIRST_WAIT_MS = 250;
/** Who is told to wait for longer hears of it instead of waiting. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Makes `call`, which repeats what can be repeated safely, and only that:
 * - 429: refused before anything was done, so always;
 * - 503, 502, 504, no connection, no answer in time: whether the request took effect is not known, so only reading, and what has an
 *   Idempotency-Key. Operations that take one are given one when the caller gives none.
 *
 * It waits for as long as `Retry-After` says.
 */
export function createTransport(options: ClientOptions): Call {
  const { apiKey, timeoutMs = TIMEOUT_MS, retries = RETRIES, fetch = globalThis.fetch } = options;
  const base = options.baseUrl.replace(/\/+$/, "");

  return async (name, request, callOptions = {}) => {
    const { method, path, answer: kind, body: contentType, idempotencyKey: takesKey } = OPERATIONS[name];
    const { params, query, body } = request as {
      readonly params?: Readonly<Record<string, string>>;
      readonly query?: Readonly<Record<string, string | number | undefined>>;
      readonly body?: unknown;
    };
    const { signal } = callOptions;
    const idempotencyKey = callOptions.idempotencyKey ?? (takesKey ? crypto.randomUUID() : undefined);
    const repeatable = method === "GET" || idempotencyKey !== undefined;
    const init = {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(contentType !== undefined && { "content-type": contentType }),
        ...(idempotencyKey !== undefined && { "idempotency-key": idempotencyKey }),
      },
      ...(contentType !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    };
    const url = `${base}${fillPath(path, params)}${queryText(query)}`;
    for (let attempt = 0; ; attempt++) {
      const waitMs = FIRST_WAIT_MS * 2 ** attempt * (0.75 + Math.random() / 2);
      try {
        const timeout = AbortSignal.timeout(timeoutMs);
        const answer = await fetch(url, {
          ...init,
          signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        });
        if (!answer.ok) throw await readRefusal(answer, Date.now());
        const read = kind === "json" ? await answer.json() : await answer.text();
        return (kind === "none" ? null : read) as AnswerOf<typeof name>;
      } catch (error) {
        signal?.throwIfAborted();
        const afterMs = error instanceof WaxwingError ? (error.retryAfterMs ?? waitMs) : waitMs;
        if (attempt >= retries || afterMs > LONGEST_WAIT_MS || !canRepeat(error, repeatable)) throw error;
        await sleep(afterMs, signal);
      }
    }
  };
}

function canRepeat(error: unknown, repeatable: boolean): boolean {
  if (!(error instanceof WaxwingError)) return repeatable;
  return error.status === 429 || (repeatable && [502, 503, 504].includes(error.status));
}

function fillPath(path: string, params: Readonly<Record<string, string>> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
}

function queryText(query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) text.set(name, String(value));
  return text.size === 0 ? "" : `?${text}`;
}

/** Rejects with the signal's reason when it ends first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
}
