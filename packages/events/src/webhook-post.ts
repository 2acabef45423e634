import { lookup } from "node:dns";
import { BlockList, isIP, isIPv6, type LookupFunction } from "node:net";
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
    body: string,
  ) => Promise<PostResult>;
}

const TIMEOUT_MS = 15_000;
/** An answer's body is not read; what a server sends beyond this ends its connection. */
const DISCARD_BYTES = 64 * 1024;

/**
 * Attack: server-side request forgery. A user's URL must not reach what only this machine reaches, so private, loopback,
 * link-local and mapped addresses are refused where the connection is made, after name resolution (DNS rebinding finds no
 * second look-up), and redirects are not followed.
 */
const INTERNAL = internalAddresses();

/** @param privateAddresses `allow` for tests and for endpoints inside one's own network. */
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
      if (refuse && isIP(host) !== 0 && isInternal(host)) {
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
    const allowed = addresses.filter(({ address }) => !isInternal(address));
    const [first] = allowed;
    if (first === undefined) {
      callback(new Error(`${hostname} has no public address`), "", 0);
      return;
    }
    if (options.all) callback(null, allowed);
    else callback(null, first.address, first.family);
  });
};

function isInternal(address: string): boolean {
  return INTERNAL.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** IANA special-purpose address registries (RFC 6890): everything that is not globally reachable. */
function internalAddresses(): BlockList {
  const list = new BlockList();
  const v4: readonly (readonly [string, number])[] = [
    ["0.0.0.0", 8],
    ["10.0.0.0", 8],
    ["100.64.0.0", 10],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["172.16.0.0", 12],
    ["192.0.0.0", 24],
    ["192.0.2.0", 24],
    ["192.168.0.0", 16],
    ["198.18.0.0", 15],
    ["198.51.100.0", 24],
    ["203.0.113.0", 24],
    ["224.0.0.0", 3],
  ];
  const v6: readonly (readonly [string, number])[] = [
    ["::", 96],
    ["::ffff:0:0", 96],
    ["64:ff9b::", 96],
    ["64:ff9b:1::", 48],
    ["100::", 64],
    ["2001::", 23],
    ["2001:db8::", 32],
    ["2002::", 16],
    ["fc00::", 7],
    ["fe80::", 10],
    ["ff00::", 8],
  ];
  for (const [network, bits] of v4) list.addSubnet(network, bits, "ipv4");
  for (const [network, bits] of v6) list.addSubnet(network, bits, "ipv6");
  return list;
}
