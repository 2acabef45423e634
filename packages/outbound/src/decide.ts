import type { DeliveryOutcome } from "./outcome.ts";

/** What happens to a recipient after an attempt. */
export type Decision =
  | { readonly kind: "delivered" }
  | { readonly kind: "bounced"; readonly type: "permanent" | "timeout" }
  | { readonly kind: "expired" }
  | { readonly kind: "deferred"; readonly dueAtMs: number };

/** Waits are spread by up to this share either way, so that what failed together does not come back together. */
const JITTER = 0.1;

/**
 * Decides by outcome and age. Waits follow the schedule, the last one repeats; a wait never reaches beyond the end of the
 * message's life, so that its last attempt falls on it. After that the recipient bounces (`expired` where `ttl_seconds` ended it).
 */
export function decide(options: {
  readonly outcome: Pick<DeliveryOutcome, "kind" | "retry">;
  readonly attempt: number;
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly expiresAtMs: number | null;
  readonly maxAgeMs: number;
  readonly retryScheduleMs: readonly number[];
  readonly random: () => number;
}): Decision {
  const { outcome, attempt, nowMs, retryScheduleMs } = options;
  if (outcome.kind === "delivered") return { kind: "delivered" };
  if (outcome.retry === "never") return { kind: "bounced", type: "permanent" };
  const endMs = options.startedAtMs + options.maxAgeMs;
  if (nowMs >= endMs) return { kind: "bounced", type: "timeout" };
  if (options.expiresAtMs !== null && nowMs >= options.expiresAtMs) return { kind: "expired" };
  const waitMs = retryScheduleMs[Math.min(attempt, retryScheduleMs.length) - 1] ?? 60_000;
  const jittered = waitMs * (1 - JITTER + 2 * JITTER * options.random());
  const latestMs = Math.min(endMs, options.expiresAtMs ?? endMs);
  return { kind: "deferred", dueAtMs: Math.min(nowMs + jittered, latestMs) };
}
