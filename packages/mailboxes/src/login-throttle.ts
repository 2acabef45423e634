import { isIPv6 } from "node:net";
import type { Clock } from "@waxwing/runtime";

/** Counts failed logins. */
export interface LoginThrottle {
  /** True when this client has failed too often: whether the account exists plays no part. */
  isBlocked(remoteAddress: string, username: string): boolean;
  failed(remoteAddress: string, username: string): void;
}

const WINDOW_MS = 5 * 60_000;
// Somebody who mistypes, on a few devices with the old password.
const MAX_PER_ACCOUNT = 20;
// A whole office behind one address; a guesser gets 28,800 a day out of it.
const MAX_PER_ADDRESS = 100;
// A guesser with many addresses. Its owner gets in still, with an app password or from where the password was right a moment ago.
const MAX_PER_NAME = 200;
const MAX_COUNTERS = 20_000;

/**
 * Slows down who guesses passwords: per address and account, per address over all accounts, and per account over all addresses. Names
 * that exist count like those that do not.
 */
export function createLoginThrottle(options: { readonly clock: Clock }): LoginThrottle {
  const { clock } = options;
  /** Oldest window first. */
  const counters = new Map<string, { count: number; readonly until: number }>();

  const count = (key: string): number => {
    const counter = counters.get(key);
    return counter === undefined || counter.until <= clock.now() ? 0 : counter.count;
  };

  function increment(key: string): void {
    const now = clock.now();
    const counter = counters.get(key);
    if (counter !== undefined && counter.until > now) {
      counter.count++;
      return;
    }
    counters.delete(key);
    counters.set(key, { count: 1, until: now + WINDOW_MS });
    for (const [oldest, { until }] of counters) {
      if (until > now && counters.size <= MAX_COUNTERS) break;
      counters.delete(oldest);
    }
  }

  const nameKey = (username: string) => ` ${username.slice(0, 320).toLowerCase()}`;
  const accountKey = (address: string, username: string) => `${network(address)}${nameKey(username)}`;

  return {
    isBlocked: (address, username) =>
      count(accountKey(address, username)) >= MAX_PER_ACCOUNT ||
      count(network(address)) >= MAX_PER_ADDRESS ||
      count(nameKey(username)) >= MAX_PER_NAME,
    failed(address, username) {
      increment(accountKey(address, username));
      increment(network(address));
      increment(nameKey(username));
    },
  };
}

/** RFC 6177: a customer has a /64 of IPv6 at least, so its 2^64 addresses are one client. */
function network(address: string): string {
  if (!isIPv6(address) || address.includes(".")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - after.length }, () => "0");
  return [...groups, ...zeros, ...after].slice(0, 4).join(":");
}
