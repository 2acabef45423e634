import { setMaxListeners } from "node:events";
import { createSecureContext } from "node:tls";
import type { Conversation, SmtpClientTimeouts } from "@waxwing/protocols";
import { type Connection, connect, type OutgoingMessage } from "./connection.ts";
import { joinConversations } from "./join-conversations.ts";
import type { DeliveryOutcome } from "./outcome.ts";
import type { NextHop, Route } from "./routing/route.ts";
import type { Egress } from "./shaping/gate.ts";
import { type PlanTls, planByRoute, type SkippedHost, type UsablePlan } from "./tls/tls-plan.ts";

/** Hands messages to next hops over pooled connections. */
export interface Deliverer {
  /**
   * Tries the hops in order within one attempt, until one answers for the recipient. A hop that has as many connections as it may have
   * is passed over where another has fewer.
   *
   * @param egress where it leaves from, and how connections are used; absent: the system's address, and what is usual
   */
  readonly deliver: (message: OutgoingMessage, route: Route, egress?: Egress) => Promise<DeliveryOutcome>;
  /** Connections open now, in use and idle. */
  readonly openConnections: () => number;
  /** Ends idle connections at once. */
  readonly closeIdle: () => void;
  /** Cuts every connection, for good: messages under way come to `connection.lost` or, after the final dot, `unknown`. */
  readonly terminate: () => void;
}

/** Other servers expect reuse, but not for ever (Postfix drops a cached connection after 300 s and 100 deliveries are usual). */
const USUAL: Egress = {
  source: null,
  localAddress: null,
  heloName: null,
  messagesPerConnection: 100,
  connectionsPerHost: 20,
};
const IDLE_MS = 5_000;

/**
 * @param options.helo the name in EHLO
 * @param options.ca trusted in place of the public authorities (PEM)
 * @param options.planTls what TLS a host is asked for; absent: what the route and the message say
 */
export function createDeliverer(options: {
  readonly helo: string;
  readonly ca?: string;
  readonly timeouts: SmtpClientTimeouts;
  readonly planTls?: PlanTls;
}): Deliverer {
  const { planTls = planByRoute } = options;
  const idle = new Map<
    string,
    { readonly connection: Connection; sent: number; readonly timer: NodeJS.Timeout }[]
  >();
  const open = new Set<Connection>();
  /** Connections in use, by source and host. */
  const busy = new Map<string, number>();
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

  const giveBack = (key: string, connection: Connection, sent: number, limit: number): void => {
    if (!connection.usable() || sent >= limit) {
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

  const planned = async (
    hop: NextHop,
    message: OutgoingMessage,
    egress: Egress,
  ): Promise<DeliveryOutcome> => {
    const plan = await planTls(message, hop);
    if (plan.kind === "skip") return skipped(hop, plan);
    const outcome = await sendVia(hop, message, plan, egress);
    const { policy, source, reason } = plan;
    // The connection may have been opened for another domain, whose reasons were its own.
    return { ...outcome, tlsPolicy: { policy, source, verified: outcome.tls?.verified ?? false, reason } };
  };

  const sendVia = async (
    hop: NextHop,
    message: OutgoingMessage,
    plan: UsablePlan,
    egress: Egress,
  ): Promise<DeliveryOutcome> => {
    // A connection that was made without looking at the certificate is none for mail that requires it.
    const { localAddress, heloName, messagesPerConnection } = egress;
    const key = `${keyOf(hop, egress)} ${plan.key}`;
    const pooled = take(key);
    if (pooled !== null) {
      const outcome = await pooled.connection.send(message);
      giveBack(key, pooled.connection, pooled.sent + 1, messagesPerConnection);
      // A pooled connection may have died of idleness: that says nothing about the server, so try a fresh one.
      if (outcome.rule !== "connection.lost" && outcome.rule !== "connection.goodbye") return outcome;
    }
    const answer = await connect(
      hop,
      {
        ...connecting,
        ...(heloName !== null && { helo: heloName }),
        ...(localAddress !== null && { localAddress }),
      },
      plan,
    );
    if (answer.kind === "failed") return answer.outcome;
    open.add(answer.connection);
    const outcome = await answer.connection.send(message);
    giveBack(key, answer.connection, 1, messagesPerConnection);
    return outcome;
  };

  const counted = async (
    hop: NextHop,
    egress: Egress,
    send: () => Promise<DeliveryOutcome>,
  ): Promise<DeliveryOutcome> => {
    const key = hostKeyOf(hop, egress);
    busy.set(key, (busy.get(key) ?? 0) + 1);
    try {
      return await send();
    } finally {
      const left = (busy.get(key) ?? 1) - 1;
      if (left === 0) busy.delete(key);
      else busy.set(key, left);
    }
  };

  /** Those with room first, where some have. */
  const withRoom = (hops: readonly NextHop[], egress: Egress): readonly NextHop[] => {
    const hasRoom = (hop: NextHop): boolean =>
      (busy.get(hostKeyOf(hop, egress)) ?? 0) < egress.connectionsPerHost;
    return hops.length === 1 || hops.every(hasRoom)
      ? hops
      : [...hops.filter(hasRoom), ...hops.filter((hop) => !hasRoom(hop))];
  };

  return {
    openConnections: () => open.size,
    deliver: async (message, route, egress = USUAL) => {
      if (route.kind === "unroutable") return unroutable(route);
      let last: DeliveryOutcome | null = null;
      let hopeful: DeliveryOutcome | null = null;
      let said: Conversation | null = null;
      for (const hop of withRoom(route.hops, egress)) {
        const outcome = await counted(hop, egress, () => planned(hop, message, egress));
        said = joinConversations(said, outcome.conversation);
        last = { ...outcome, conversation: said };
        if (last.retry !== "other-host") return last;
        if (last.kind !== "bounced") hopeful = last;
      }
      if (last === null) throw new Error("a route without hops");
      // What no server could be given has nowhere to go; whatever else went wrong may be better next time.
      return hopeful === null
        ? { ...last, retry: "never" }
        : { ...hopeful, conversation: said, retry: "later" };
    },
    closeIdle,
    terminate: () => {
      closeIdle();
      terminating.abort();
      open.clear();
    },
  };
}

/** A host that must not be spoken to as things are. Another may be better, and so may this one later. */
function skipped(hop: NextHop, plan: SkippedHost): DeliveryOutcome {
  const { policy, source, reason, rule, enhancedCode } = plan;
  return {
    kind: "deferred",
    retry: "other-host",
    replyCode: null,
    enhancedCode,
    reply: `not sent to ${hop.host}: ${reason}`,
    host: hop.host,
    remoteAddress: null,
    tls: null,
    tlsPolicy: { policy, source, verified: false, reason },
    rule,
    remoteSpoke: false,
    conversation: null,
  };
}

const hostKeyOf = ({ host, port }: NextHop, { source }: Egress): string => `${source ?? ""} ${host}:${port}`;

/**
 * Connections are shared only by what would have been opened the same way: another login is another sender to the server, and so is
 * another source.
 */
function keyOf({ host, port, tls, implicitTls, login }: NextHop, { localAddress, heloName }: Egress): string {
  const as = login === undefined ? "" : ` ${JSON.stringify(login)}`;
  return `${localAddress ?? ""} ${heloName ?? ""} ${host}:${port} ${tls ?? ""} ${implicitTls === true}${as}`;
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
