import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { isInternalAddress } from "@waxwing/runtime";
import { Agent, request } from "undici";

/** What an endpoint answered; `status` null where it did not. */
export interface PostResult {
  readonly status: number | null;
  /** null: it took the post. */
  readonly error: string | null;
  readonly durationMs: number;
  /** How long it asked not to be asked again (Retry-After); null where it did not, or took the post. */
  readonly retryAfterMs: number | null;
  /** The beginning of its answer: at most 1,024 octets, read as UTF-8. */
  readonly answer: string;
  /** What was sent, beside what HTTP itself needs. */
  readonly requestHeaders: Readonly<Record<string, string>>;
}

/** Posts signed bodies to endpoints of users. */
export interface WebhookPoster extends AsyncDisposable {
  readonly post: (
    url: string,
    headers: Readonly<Record<string, string>>,
    body: string | Buffer,
  ) => Promise<PostResult>;
}

const TIMEOUT_MS = 15_000;
const KEPT_ANSWER_BYTES = 1_024;
/** What a server sends beyond this ends its connection. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Attack: server-side request forgery. A user's URL must not reach what only this machine reaches, so internal addresses are
 * refused where the connection is made, after name resolution (DNS rebinding finds no second look-up), and redirects are not
 * followed.
 *
 * @param options.privateAddresses `allow` for tests and for endpoints inside one's own network.
 * @param options.timeoutMs from the first octet sent to the last one read; 15 s when absent
 * @param options.resolve the system's look-up of names when absent
 */
export function createWebhookPoster(options: {
  readonly privateAddresses: "refuse" | "allow";
  readonly timeoutMs?: number;
  readonly resolve?: typeof lookup;
}): WebhookPoster {
  const { timeoutMs = TIMEOUT_MS, resolve = lookup } = options;
  const refuse = options.privateAddresses === "refuse";
  const agent = new Agent({
    connect: { timeout: timeoutMs, ...(refuse && { lookup: lookupPublic(resolve) }) },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    // Any number to one host: its webhooks may be of many, and a slow one must not take the connections of the others. Each lane
    // bounds its own posts.
    connections: null,
  });
  return {
    post: async (url, headers, body) => {
      const startedMs = performance.now();
      const requestHeaders = {
        "content-type": "application/json",
        "user-agent": "Waxwing-Webhooks/1",
        ...headers,
      };
      const done = (result: Partial<PostResult> & Pick<PostResult, "status" | "error">): PostResult => ({
        retryAfterMs: null,
        answer: "",
        requestHeaders,
        ...result,
        durationMs: Math.round(performance.now() - startedMs),
      });
      const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
      // A literal address never passes the look-up.
      if (refuse && isIP(host) !== 0 && isInternalAddress(host))
        return done({ status: null, error: `${host} is not a public address` });
      try {
        const response = await request(url, {
          method: "POST",
          dispatcher: agent,
          headers: requestHeaders,
          body,
          signal: AbortSignal.timeout(timeoutMs),
        });
        const { statusCode: status } = response;
        const answer = await beginningOf(response.body);
        if (status >= 200 && status < 300) return done({ status, error: null, answer });
        return done({
          status,
          error: `the endpoint answered ${status}`,
          retryAfterMs: readRetryAfter(response.headers["retry-after"], Date.now()),
          answer,
        });
      } catch (error) {
        return done({ status: null, error: error instanceof Error ? error.message : String(error) });
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

/** The beginning of an answer. The rest is read, so that the connection can be used again, unless there is too much of it. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const kept: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    if (sizeBytes < KEPT_ANSWER_BYTES) kept.push(chunk.subarray(0, KEPT_ANSWER_BYTES - sizeBytes));
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(kept).toString();
}

/**
 * Reads a Retry-After: seconds, or a date (RFC 9110 §10.2.3).
 *
 * @returns milliseconds from now, null for what is neither
 */
export function readRetryAfter(value: string | readonly string[] | undefined, nowMs: number): number | null {
  if (typeof value !== "string") return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000;
  const atMs = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

/** Resolves names to public addresses only; the connection goes to one of those that were looked at. */
function lookupPublic(resolve: typeof lookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, "", 0);
        return;
      }
      const allowed = addresses.filter(({ address }) => !isInternalAddress(address));
      const [first] = allowed;
      if (first === undefined) {
        callback(new Error(`${hostname} has no public address`), "", 0);
        return;
      }
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
