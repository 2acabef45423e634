import type { Allowances } from "../egress/allowances.ts";
import { SYSTEM_SOURCE } from "../egress/directory.ts";
import { rankSources } from "../egress/rank-sources.ts";
import type { EgressPool, EgressSource } from "../egress/source.ts";
import type { Judgement } from "../judge.ts";
import type { DeliveryOutcome } from "../outcome.ts";
import type { NextHop, Route } from "../routing/route.ts";
import { type Feedback, feedbackOf } from "./feedback.ts";
import type { SiteLimits } from "./match-rule.ts";
import type { Path } from "./path.ts";

/** How a delivery leaves. */
export interface Egress {
  /** Name of the source; null where the system chooses the address. */
  readonly source: string | null;
  readonly localAddress: string | null;
  /** null: the host's name. */
  readonly heloName: string | null;
  readonly messagesPerConnection: number;
  readonly connectionsPerHost: number;
}

/** Whether a recipient may be tried now. */
export type Admission =
  | {
      readonly kind: "go";
      /** Where to, from this source: a relay's servers in place of the site's. */
      readonly route: Route;
      readonly egress: Egress;
      /** Call one of the two, once. */
      readonly end: (outcome: DeliveryOutcome, judgement: Judgement | null) => void;
      readonly cancel: () => void;
    }
  /** As many as may are under way; `freed` resolves when one of them has ended. */
  | { readonly kind: "full"; readonly freed: Promise<void> }
  | { readonly kind: "wait"; readonly untilMs: number };

/** Why nothing of a lane may be tried. */
export interface Closure {
  readonly untilMs: number;
  readonly reason: string;
}

/** What stands between a lane and its site. */
export interface Gate {
  /** Null when something may be tried. */
  readonly closure: (nowMs: number) => Closure | null;
  /** How many the rates would let go now; infinite without rates. */
  readonly ready: (nowMs: number) => number;
  /** @throws when the database is away */
  readonly admit: (
    recipient: { readonly address: string; readonly attempt: number },
    route: Route,
    nowMs: number,
  ) => Promise<Admission>;
}

/** A source that has the system's only address has nothing to move mail to: then a shorter pause must do. */
const LONGEST_PAUSE_OF_AN_ONLY_SOURCE_MS = 1_800_000;

/**
 * The gate of a lane: which source each recipient takes, and when.
 *
 * A recipient takes the source it prefers, and keeps it over retries; when that is paused at this site or has used up its day, the
 * next one. A first attempt also takes the next one when the rate of the preferred says later. When no source of the pool has room
 * today the pool that it overflows into is asked.
 *
 * @param options.pools asked each time: the lane's pool, then those it overflows into
 * @param options.pathOf the way to the lane's site from a source
 */
export function createGate(options: {
  readonly pools: () => readonly EgressPool[];
  readonly pathOf: (source: EgressSource, hosts?: readonly string[]) => { path: Path; limits: SiteLimits };
  readonly allowances: Allowances;
  readonly now: () => number;
}): Gate {
  const { pools, pathOf, allowances, now } = options;

  const sources = (): readonly EgressSource[] =>
    pools().flatMap(({ members }) => members.map(({ source }) => source));

  const hear = (outcome: DeliveryOutcome, judgement: Judgement | null): Feedback => {
    const feedback = feedbackOf(outcome, judgement);
    const { reaction } = feedback;
    if (reaction?.kind !== "rest-source" || sources().length > 1) return feedback;
    const forMs = Math.min(reaction.forMs, LONGEST_PAUSE_OF_AN_ONLY_SOURCE_MS);
    return { ...feedback, reaction: { ...reaction, kind: "pause", forMs } };
  };

  /** Null: not this source, at least not before `later`. */
  const tryIn = async (
    pool: EgressPool,
    recipient: { readonly address: string; readonly attempt: number },
    route: Route,
    nowMs: number,
    later: (untilMs: number) => void,
  ): Promise<Admission | null> => {
    for (const source of rankSources(pool, recipient.address)) {
      const hops = hopsOf(source, route);
      const { path, limits } = pathOf(
        source,
        hops.map(({ host }) => host),
      );
      const state = path.state(nowMs);
      if (state.kind === "full") return { kind: "full", freed: path.freed() };
      if (state.kind === "paced" && recipient.attempt > 1) return { kind: "wait", untilMs: state.untilMs };
      if (state.kind !== "open") {
        later(state.untilMs);
        continue;
      }
      const attempted = path.begin(nowMs);
      const allowance = await allowances.take(source).catch((error: unknown) => {
        attempted.cancel();
        throw error;
      });
      if (allowance.kind === "refused") {
        attempted.cancel();
        if (allowance.by === "rate" && recipient.attempt > 1)
          return { kind: "wait", untilMs: allowance.untilMs };
        later(allowance.untilMs);
        continue;
      }
      return {
        kind: "go",
        route:
          source.relay === null || route.kind !== "hops" ? route : { ...route, hops, rule: "egress.relay" },
        egress: {
          source: source === SYSTEM_SOURCE ? null : source.name,
          localAddress: source.localAddress,
          heloName: source.heloName,
          messagesPerConnection: limits.messagesPerConnection,
          connectionsPerHost: limits.connectionsPerHost,
        },
        end: (outcome, judgement) => attempted.end(hear(outcome, judgement), outcome.reply, now()),
        cancel: () => {
          attempted.cancel();
          allowances.giveBack(source);
        },
      };
    }
    return null;
  };

  return {
    closure: (nowMs) => {
      let first: Closure | null = null;
      for (const source of sources()) {
        const state = pathOf(source).path.state(nowMs);
        if (state.kind !== "paused") return null;
        if (first === null || state.untilMs < first.untilMs)
          first = { untilMs: state.untilMs, reason: state.reason };
      }
      return first;
    },
    ready: (nowMs) =>
      sources()
        .map((source) => pathOf(source).path.ready(nowMs))
        .reduce((sum, ready) => sum + ready, 0),
    admit: async (recipient, route, nowMs) => {
      let untilMs = Number.POSITIVE_INFINITY;
      for (const pool of pools()) {
        const admission = await tryIn(pool, recipient, route, nowMs, (laterMs) => {
          untilMs = Math.min(untilMs, laterMs);
        });
        if (admission !== null) return admission;
      }
      // A pool without sources: its operator is about to give it some.
      return { kind: "wait", untilMs: Number.isFinite(untilMs) ? untilMs : nowMs + 60_000 };
    },
  };
}

function hopsOf({ relay }: EgressSource, route: Route): readonly NextHop[] {
  if (route.kind !== "hops") return [];
  if (relay === null) return route.hops;
  const { host, port, implicitTls, login } = relay;
  const hop: NextHop = { host, port, implicitTls };
  return [login === null ? hop : { ...hop, tls: "required", login: { kind: "password", ...login } }];
}
