import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { isInternalAddress } from "@waxwing/runtime";
import { Agent, request } from "undici";

/** What an endpoint answered; `status` null where it did not. */
export interface PostResult {
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
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
/** An answer's body is not read; what a server sends beyond this ends its connection. */
const DISCARD_BYTES = 64 * 1024;

/**
 * Attack: server-side request forgery. A user's URL must not reach what only this machine reaches, so internal addresses are
 * refused where the connection is made, after name resolution (DNS rebinding finds no second look-up), and redirects are not
 * followed.
 *
 * @param options.privateAddresses `allow` for tests and for endpoints inside one's own network.
 */
export function createWebhookPoster(options: {
  readonly privateAddresses: "refuse" | "allow";
}): WebhookPoster {
  const refuse = options.privateAddresses === "refuse";
  const agent = new Agent({
    connect: { timeout: TIMEOUT_MS, ...(refuse && { lookup: lookupPublic }) },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    pipelining: 1,
    connections: 16,
  });
  return {
    post: async (url, headers, body) => {
      const startedMs = performance.now();
      const durationMs = (): number => Math.round(performance.now() - startedMs);
      const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
      // A literal address never passes the look-up.
      if (refuse && isIP(host) !== 0 && isInternalAddress(host)) {
        return { status: null, error: `${host} is not a public address`, durationMs: durationMs() };
      }
      try {
        const answer = await request(url, {
          method: "POST",
          dispatcher: agent,
          headers: { "content-type": "application/json", "user-agent": "Waxwing-Webhooks/1", ...headers },
          body,
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        await answer.body.dump({ limit: DISCARD_BYTES });
        const ok = answer.statusCode >= 200 && answer.statusCode < 300;
        return {
          status: answer.statusCode,
          error: ok ? null : `the endpoint answered ${answer.statusCode}`,
          durationMs: durationMs(),
        };
      } catch (error) {
        return {
          status: null,
          error: error instanceof Error ? error.message : String(error),
          durationMs: durationMs(),
        };
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
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
