import { setMaxListeners } from "node:events";
import { createSecureContext } from "node:tls";
import type { SmtpClientTimeouts } from "@waxwing/protocols";
import { type Connection, connect, type OutgoingMessage } from "./connection.ts";
import type { DeliveryOutcome } from "./outcome.ts";
import type { NextHop, Route } from "./routing/route.ts";

/** Hands messages to next hops over pooled connections. */
export interface Deliverer {
  /** Tries the hops in order within one attempt, until one answers for the recipient. */
  readonly deliver: (message: OutgoingMessage, route: Route) => Promise<DeliveryOutcome>;
  /** Connections open now, in use and idle. */
  readonly openConnections: () => number;
  /** Ends idle connections at once. */
  readonly closeIdle: () => void;
  /** Cuts every connection, for good: messages under way come to `connection.lost` or, after the final dot, `unknown`. */
  readonly terminate: () => void;
}

/** Other servers expect reuse, but not for ever (Postfix drops a cached connection after 300 s and 100 deliveries are usual). */
const MESSAGES_PER_CONNECTION = 100;
const IDLE_MS = 5_000;

/**
 * @param options.helo the name in EHLO
 * @param options.ca trusted in place of the public authorities (PEM)
 */
export function createDeliverer(options: {
  readonly helo: string;
  readonly ca?: string;
  readonly timeouts: SmtpClientTimeouts;
}): Deliverer {
  const idle = new Map<
    string,
    { readonly connection: Connection; sent: number; readonly timer: NodeJS.Timeout }[]
  >();
  const open = new Set<Connection>();
  const terminating = new AbortController();
  // Every open connection and message under way listens.
  setMaxListeners(0, terminating.signal);
  // One for all: making it is a good part of what a connection costs. RFC 8996: no TLS before 1.2.
  const secureContext = createSecureContext({ minVersion: "TLSv1.2", ca: options.ca });
  const connecting = { ...options, secureContext, signal: terminating.signal };

  const take = (key: string): { connection: Connection; sent: number } | null => {
    const waiting = idle.get(key) ?? [];
    for (let last = waiting.pop(); last !== undefined; last = waiting.pop()) {
      clearTimeout(last.timer);
      if (last.connection.usable()) return last;
      drop(last.connection);
    }
    return null;
  };

  const drop = (connection: Connection): void => {
    open.delete(connection);
    connection.close();
  };

  const giveBack = (key: string, connection: Connection, sent: number): void => {
    if (!connection.usable() || sent >= MESSAGES_PER_CONNECTION) {
      drop(connection);
      return;
    }
    const waiting = idle.get(key) ?? [];
    idle.set(key, waiting);
    const entry = {
      connection,
      sent,
      timer: setTimeout(() => {
        waiting.splice(waiting.indexOf(entry), 1);
        if (waiting.length === 0) idle.delete(key);
        drop(connection);
      }, IDLE_MS),
    };
    waiting.push(entry);
  };

  const closeIdle = (): void => {
    for (const waiting of idle.values()) {
      for (const { connection, timer } of waiting) {
        clearTimeout(timer);
        drop(connection);
      }
    }
    idle.clear();
  };

  const sendVia = async (hop: NextHop, message: OutgoingMessage): Promise<DeliveryOutcome> => {
    // A connection that was made without looking at the certificate is none for mail that requires it.
    const key = `${keyOf(hop)}${message.requireTls === true ? " verified" : ""}`;
    const pooled = take(key);
    if (pooled !== null) {
      const outcome = await pooled.connection.send(message);
      giveBack(key, pooled.connection, pooled.sent + 1);
      // A pooled connection may have died of idleness: that says nothing about the server, so try a fresh one.
      if (outcome.rule !== "connection.lost" && outcome.rule !== "connection.goodbye") return outcome;
    }
    const answer = await connect(hop, connecting, message.requireTls);
    if (answer.kind === "failed") return answer.outcome;
    open.add(answer.connection);
    const outcome = await answer.connection.send(message);
    giveBack(key, answer.connection, 1);
    return outcome;
  };

  return {
    openConnections: () => open.size,
    deliver: async (message, route) => {
      if (route.kind === "unroutable") return unroutable(route);
      let last: DeliveryOutcome | null = null;
      let hopeful: DeliveryOutcome | null = null;
      for (const hop of route.hops) {
        last = await sendVia(hop, message);
        if (last.retry !== "other-host") return last;
        if (last.kind !== "bounced") hopeful = last;
      }
      if (last === null) throw new Error("a route without hops");
      // What no server could be given has nowhere to go; whatever else went wrong may be better next time.
      return hopeful === null ? { ...last, retry: "never" } : { ...hopeful, retry: "later" };
    },
    closeIdle,
    terminate: () => {
      closeIdle();
      terminating.abort();
      open.clear();
    },
  };
}

/** Connections are shared only by what would have been opened the same way: another login is another sender to the server. */
function keyOf({ host, port, tls, implicitTls, login }: NextHop): string {
  const as = login === undefined ? "" : ` ${JSON.stringify(login)}`;
  return `${host}:${port} ${tls ?? ""} ${implicitTls === true}${as}`;
}

function unroutable(route: Extract<Route, { kind: "unroutable" }>): DeliveryOutcome {
  return {
    kind: route.retry === "never" ? "bounced" : "deferred",
    retry: route.retry,
    replyCode: null,
    enhancedCode: route.enhancedCode ?? null,
    reply: route.reason,
    host: null,
    remoteAddress: null,
    tls: null,
    rule: route.rule,
    remoteSpoke: false,
    conversation: null,
  };
}
