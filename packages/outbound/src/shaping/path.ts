import type { SitePause } from "@waxwing/store";
import { createConcurrencyWindow } from "./concurrency.ts";
import type { Feedback } from "./feedback.ts";
import type { SiteLimits } from "./match-rule.ts";
import { createPace } from "./pace.ts";

/**
 * The way to a site from one source, and what this process has learned of it.
 *
 * Invariants:
 * - at most `room` messages begin; whoever begins one ends it, once;
 * - failures in a row pause the site, each time for longer, and after a pause one message at a time tries the way until one gets
 *   through: so a site that takes nothing costs no attempts of those who wait;
 * - a pause is shared: `onPause` stores it, `learn` takes over what another process has stored.
 */
export interface Path {
  /** Whether a message may begin now. `paused`: the site, and why. `paced`: the rate says later. `full`: enough are under way. */
  readonly state: (nowMs: number) => PathState;
  /** A message begins; call {@link Attempted.end} or `cancel` of what is returned, exactly once. */
  readonly begin: (nowMs: number) => Attempted;
  readonly learn: (pause: Pick<SitePause, "kind" | "untilMs" | "reason" | "failures">) => void;
  /** How many the rate would let go now; infinite without one. */
  readonly ready: (nowMs: number) => number;
  readonly underWay: () => number;
  /** Resolves when one of those under way has ended. */
  readonly freed: () => Promise<void>;
  /** Messages at once, as learned so far. */
  readonly window: () => number;
}

type PathState =
  | { readonly kind: "open"; readonly room: number }
  | { readonly kind: "full" }
  | { readonly kind: "paced"; readonly untilMs: number }
  | {
      readonly kind: "paused";
      readonly untilMs: number;
      readonly pause: SitePause["kind"];
      readonly reason: string;
    };

/** A message under way. */
interface Attempted {
  readonly end: (feedback: Feedback, reply: string, nowMs: number) => void;
  /** It was not sent after all. */
  readonly cancel: () => void;
}

/** Failures in a row, to reach the site or to be let do anything there, that pause it. */
const FAILURES_BEFORE_PAUSE = 5;
const FIRST_PAUSE_MS = 30_000;
/** Longer would make a site that is back wait too long for its mail. */
const LONGEST_PAUSE_MS = 15 * 60_000;

/** Replies that ask for a pause are believed when a second one comes within this time. */
const REPEATED_WITHIN_MS = 3_600_000;

/** How long a site is left alone after so many failures in a row. */
function failurePauseMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failures - FAILURES_BEFORE_PAUSE));
}

/**
 * @param options.limits asked each time, for the operator may change them
 * @param options.onPause told of a pause that begins, and of one that has ended because a message got through
 */
export function createPath(options: {
  readonly limits: () => SiteLimits;
  readonly onPause: (pause: Omit<SitePause, "site" | "source">) => void;
}): Path {
  const { limits, onPause } = options;
  const window = createConcurrencyWindow(() => limits().connections);
  const pace = createPace(() => limits().messagesPerSecond);
  let underWay = 0;
  let failures = 0;
  let lastReactionMs = Number.NEGATIVE_INFINITY;
  let waiting: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;
  let pause: { readonly kind: SitePause["kind"]; readonly untilMs: number; readonly reason: string } | null =
    null;

  const isProbing = (): boolean => failures >= FAILURES_BEFORE_PAUSE;

  const state = (nowMs: number): PathState => {
    if (pause !== null && pause.untilMs > nowMs)
      return { kind: "paused", untilMs: pause.untilMs, pause: pause.kind, reason: pause.reason };
    const room = (isProbing() ? 1 : window.size()) - underWay;
    if (room <= 0) return { kind: "full" };
    const ready = pace.ready(nowMs);
    if (ready < 1) return { kind: "paced", untilMs: Math.max(nowMs + 1, Math.ceil(pace.readyAt(nowMs))) };
    return { kind: "open", room: Math.min(room, ready) };
  };

  const setPause = (kind: SitePause["kind"], untilMs: number, reason: string): void => {
    pause = { kind, untilMs, reason };
    window.restart();
    onPause({ kind, untilMs, reason, failures });
  };

  const isPausedAt = (nowMs: number): boolean => pause !== null && pause.untilMs > nowMs;

  /** The pause that a reply asks for, once it has been said twice; null: none. Said once it may be about that message. */
  const askedPauseMs = ({ reaction }: Feedback, nowMs: number): number | null => {
    if (reaction === null || reaction.kind === "slow-down") return null;
    const isRepeated = nowMs - lastReactionMs < REPEATED_WITHIN_MS;
    lastReactionMs = nowMs;
    return isRepeated ? reaction.forMs : null;
  };

  const end = (feedback: Feedback, reply: string, startedAtMs: number, nowMs: number): void => {
    const { kind } = feedback;
    if (kind === "nothing") return;
    if (kind === "fine" || kind === "answered") {
      if (isProbing()) {
        failures = 0;
        if (pause?.kind === "unreachable") pause = null;
        onPause({ kind: "unreachable", untilMs: nowMs, reason: "it was reached", failures });
      }
      failures = 0;
      if (kind === "fine") window.onSuccess();
      return;
    }
    window.onTrouble(startedAtMs, nowMs);
    // Those that were under way when the pause began are part of what brought it about, and do not make it longer.
    if (isPausedAt(nowMs)) return;
    failures++;
    const askedMs = askedPauseMs(feedback, nowMs);
    if (askedMs !== null) setPause("reply", nowMs + askedMs, reply);
    else if (isProbing())
      setPause(kind === "trouble" ? "reply" : "unreachable", nowMs + failurePauseMs(failures), reply);
  };

  return {
    state,
    ready: pace.ready,
    underWay: () => underWay,
    freed: () => {
      waiting ??= Promise.withResolvers<void>();
      return waiting.promise;
    },
    window: () => window.size(),
    learn: (learned) => {
      const isNews = pause === null || pause.untilMs !== learned.untilMs;
      failures = learned.failures;
      pause = { kind: learned.kind, untilMs: learned.untilMs, reason: learned.reason };
      if (isNews && learned.failures > 0) window.restart();
    },
    begin: (nowMs) => {
      underWay++;
      pace.take(nowMs);
      let over = false;
      const leave = (): void => {
        over = true;
        underWay--;
        waiting?.resolve();
        waiting = null;
      };
      return {
        end: (feedback, reply, endedAtMs) => {
          if (over) return;
          end(feedback, reply, nowMs, endedAtMs);
          leave();
        },
        cancel: () => {
          if (!over) leave();
        },
      };
    },
  };
}
