import { isIP } from "node:net";
import { type Refusal, replies } from "./reply.ts";

/**
 * What one client may do, over all its connections. A client is an IPv4 address, or a /64 of IPv6: that much is given to every
 * household, so a single address there is nobody (RFC 6177 §2).
 */
export interface SmtpClientLimits {
  /** At one time. */
  readonly connections: number;
  readonly connectionsPerMinute: number;
  /** MAIL commands. */
  readonly messagesPerMinute: number;
  /** RCPT commands. */
  readonly recipientsPerMinute: number;
  /** Replies of the 5xx kind: guessing addresses costs the guesser his connection. */
  readonly errorsPerMinute: number;
  /** Whom this does not concern, such as a relay of ours that everything comes through. */
  readonly isExempt: (address: string) => boolean;
}

type Counted = "connection" | "message" | "recipient" | "error";

/** One connection of a client; each answers whether it is within the limits. */
export interface ClientVisit {
  readonly count: (what: Exclude<Counted, "connection">) => boolean;
  readonly leave: () => void;
}

/** Watches the clients of one server. */
export interface ClientWatch {
  readonly enter: (address: string) => { readonly kind: "ok"; readonly visit: ClientVisit } | Refusal;
}

interface Bucket {
  level: number;
  atMs: number;
}

interface Client {
  connections: number;
  readonly buckets: Map<Counted, Bucket>;
}

/** Clients remembered. Who comes from more addresses than this is not held by counting addresses. */
const MAX_CLIENTS = 20_000;
const MINUTE_MS = 60_000;

const free: ClientVisit = { count: () => true, leave: () => undefined };

/** A watch that lets everybody in. */
export const noClientLimits: ClientWatch = { enter: () => ({ kind: "ok", visit: free }) };

/**
 * Counts in memory, a leaking bucket for each kind: a minute's worth may come at once, and room comes back evenly.
 *
 * @param nowMs any clock that only goes forward
 */
export const createClientWatch = (
  limits: SmtpClientLimits,
  nowMs: () => number = () => performance.now(),
): ClientWatch => {
  const rates: Readonly<Record<Counted, number>> = {
    connection: limits.connectionsPerMinute,
    message: limits.messagesPerMinute,
    recipient: limits.recipientsPerMinute,
    error: limits.errorsPerMinute,
  };
  // In the order of their last visit.
  const clients = new Map<string, Client>();

  const levelOf = (client: Client, what: Counted): Bucket => {
    const bucket = client.buckets.get(what) ?? { level: 0, atMs: nowMs() };
    const elapsedMs = nowMs() - bucket.atMs;
    bucket.level = Math.max(0, bucket.level - (elapsedMs * rates[what]) / MINUTE_MS);
    bucket.atMs += elapsedMs;
    client.buckets.set(what, bucket);
    return bucket;
  };
  const take = (client: Client, what: Counted): boolean => {
    const bucket = levelOf(client, what);
    if (bucket.level + 1 > rates[what]) return false;
    bucket.level += 1;
    return true;
  };
  const forgetOldest = (): void => {
    for (const [key, { connections }] of clients) {
      if (clients.size < MAX_CLIENTS) return;
      if (connections === 0) clients.delete(key);
    }
  };

  return {
    enter: (address) => {
      if (limits.isExempt(address)) return { kind: "ok", visit: free };
      const key = clientOf(address);
      const client = clients.get(key) ?? { connections: 0, buckets: new Map() };
      clients.delete(key);
      forgetOldest();
      clients.set(key, client);
      if (levelOf(client, "error").level + 1 > rates.error) return replies.tooManyErrorsOfClient;
      if (client.connections >= limits.connections) return replies.tooManyFromClient;
      if (!take(client, "connection")) return replies.tooFast;
      client.connections += 1;
      let left = false;
      return {
        kind: "ok",
        visit: {
          count: (what) => take(client, what),
          leave: () => {
            if (!left) client.connections -= 1;
            left = true;
          },
        },
      };
    },
  };
};

/** The client that an address belongs to: the address itself, or its /64. */
export const clientOf = (address: string): string => {
  const plain = address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIP(plain) !== 6) return plain;
  const [head = "", tail] = plain.toLowerCase().split("::");
  const groupsOf = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  // An IPv4 tail stands for two groups, but is never among the first four.
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length - (plain.includes(".") ? 1 : 0);
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
};
