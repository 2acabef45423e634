import type { Judgement } from "./judge.ts";
import type { DeliveryOutcome } from "./outcome.ts";

/** What happens to a recipient after an attempt. */
export type Decision =
  | { readonly kind: "delivered" }
  | { readonly kind: "bounced"; readonly type: "permanent" | "timeout" }
  | { readonly kind: "expired" }
  | { readonly kind: "deferred"; readonly dueAtMs: number };

/** Waits are spread by up to this share either way, so that what failed together does not come back together. */
const JITTER = 0.1;

/** For so many attempts a server that asks us to come back sooner than the schedule has it is taken at its word. */
const HASTY_ATTEMPTS = 3;

/**
 * Decides by outcome and age. Waits follow the schedule, the last one repeats, except where the other side asks for another wait; a
 * wait never reaches beyond the end of the message's life, so that its last attempt falls on it. After that the recipient bounces
 * (`expired` where `ttl_seconds` ended it).
 *
 * @param options.judgement null for a delivery
 */
export function decide(options: {
  readonly outcome: Pick<DeliveryOutcome, "kind">;
  readonly judgement: Pick<Judgement, "class" | "retry" | "hintMs"> | null;
  readonly attempt: number;
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly expiresAtMs: number | null;
  readonly maxAgeMs: number;
  readonly retryScheduleMs: readonly number[];
  readonly random: () => number;
}): Decision {
  const { outcome, judgement, nowMs } = options;
  if (outcome.kind === "delivered" || judgement === null) return { kind: "delivered" };
  if (judgement.retry === "never") return { kind: "bounced", type: "permanent" };
  const endMs = options.startedAtMs + options.maxAgeMs;
  if (nowMs >= endMs) return { kind: "bounced", type: "timeout" };
  if (options.expiresAtMs !== null && nowMs >= options.expiresAtMs) return { kind: "expired" };
  const latestMs = Math.min(endMs, options.expiresAtMs ?? endMs);
  return { kind: "deferred", dueAtMs: Math.min(nowMs + waitMs(judgement, options), latestMs) };
}

/**
 * A server that names a time gets it: on the first attempts also a shorter one than planned, later only a longer one, because one
 * that asks for a minute each time would be tried for days. Greylisting wants us back as soon as the schedule ever has it.
 */
function waitMs(
  judgement: Pick<Judgement, "class" | "hintMs">,
  {
    attempt,
    retryScheduleMs,
    random,
  }: Pick<Parameters<typeof decide>[0], "attempt" | "retryScheduleMs" | "random">,
): number {
  const plannedMs = retryScheduleMs[Math.min(attempt, retryScheduleMs.length) - 1] ?? 60_000;
  const { hintMs } = judgement;
  // Never before the time that was asked for, but not all at that moment either.
  if (hintMs !== null && (attempt <= HASTY_ATTEMPTS || hintMs > plannedMs))
    return hintMs * (1 + JITTER * random());
  const soonMs = attempt === 1 && judgement.class === "greylisted" ? Math.min(...retryScheduleMs) : plannedMs;
  return Math.min(plannedMs, soonMs) * (1 - JITTER + 2 * JITTER * random());
}
