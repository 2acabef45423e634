import type { ReportedRecipient } from "@waxwing/message";
import type { ClaimedRecipient } from "@waxwing/store";
import type { Decision } from "../decide.ts";
import type { DeliveryOutcome } from "../outcome.ts";

/** What a recipient's outcome says to the sender. */
export type Reported = Omit<ReportedRecipient, "willRetryUntil">;

/** A recipient that was given up without a try, with its reason. */
interface GivenUp {
  readonly state: "dropped" | "expired" | "cancelled" | "bounced";
  readonly reason: string;
}

/** A delay is reported once, when a message has waited this long by its schedule: by then someone may wonder. */
const DELAY_AFTER_MS = 3_600_000;

/**
 * Whether the envelope sender is told of this, by what was asked for in NOTIFY (RFC 3461 §4.1): without it failures alone.
 *
 * Deviation: RFC 3461 §5.2.2 passes NOTIFY on to servers that offer DSN. The reverse-path that leaves is one of ours, as with a
 * mailing list (§5.2.7.3), so their reports would come to us and not to the sender; the parameters end here, and a success is
 * reported as `relayed`.
 */
export function dueReport(
  recipient: Pick<ClaimedRecipient, "options" | "ordinal" | "address" | "attempt" | "interrupted">,
  result: { readonly outcome: DeliveryOutcome; readonly decision: Decision } | GivenUp,
  retryScheduleMs: readonly number[],
): Reported | null {
  const { dsn } = recipient.options;
  if (dsn?.returnTo === undefined) return null;
  const asked = dsn.recipients.find(({ ordinal }) => ordinal === recipient.ordinal);
  const notify = asked === undefined || asked.notify.length === 0 ? ["failure"] : asked.notify;
  const about = {
    finalRecipient: recipient.address,
    ...(asked?.orcpt !== undefined && { originalRecipient: decodeXtext(asked.orcpt) }),
  };
  if ("state" in result) {
    // What the application cancelled it knows.
    if (result.state === "cancelled" || !notify.includes("failure")) return null;
    const status = result.state === "expired" ? "5.4.7" : "5.7.1";
    return { ...about, action: "failed", status, diagnostic: result.reason, isReply: false };
  }
  const { outcome, decision } = result;
  const said = {
    ...about,
    diagnostic: outcome.reply,
    isReply: outcome.remoteSpoke,
    ...(outcome.host !== null && { remoteMta: outcome.host }),
  };
  switch (decision.kind) {
    case "delivered":
      if (!notify.includes("success")) return null;
      return { ...said, action: "relayed", status: outcome.enhancedCode ?? "2.0.0" };
    case "deferred":
      if (!notify.includes("delay") || !isWarned(recipient, retryScheduleMs)) return null;
      return { ...said, action: "delayed", status: classed("4", outcome.enhancedCode, "4.4.7") };
    case "bounced":
    case "expired":
      if (!notify.includes("failure")) return null;
      // RFC 3464 §2.3.4: the status is that of the final outcome: what was said as 4.x.y has become 5.4.7, too late.
      return {
        ...said,
        action: "failed",
        status:
          decision.kind === "bounced" && decision.type === "permanent"
            ? classed("5", outcome.enhancedCode, "5.0.0")
            : "5.4.7",
      };
  }
}

/** By the number of the attempt, which is stored: so it happens once, whichever worker makes the attempt. */
function isWarned(
  { attempt, interrupted }: Pick<ClaimedRecipient, "attempt" | "interrupted">,
  scheduleMs: readonly number[],
): boolean {
  const warned = warnedAttempt(scheduleMs);
  // An attempt that was lost with its worker warned nobody.
  return attempt === warned || (interrupted && attempt - 1 === warned);
}

/** The first attempt that comes an hour or more after the first one. */
export function warnedAttempt(scheduleMs: readonly number[]): number {
  let waitedMs = 0;
  for (const [index, waitMs] of scheduleMs.entries()) {
    waitedMs += waitMs;
    if (waitedMs >= DELAY_AFTER_MS) return index + 2;
  }
  const lastMs = scheduleMs.at(-1) ?? DELAY_AFTER_MS;
  return scheduleMs.length + 1 + Math.ceil((DELAY_AFTER_MS - waitedMs) / Math.max(1, lastMs));
}

function classed(of: "4" | "5", status: string | null, otherwise: string): string {
  return status?.startsWith(of) ? status : otherwise;
}

/** RFC 3461 §4. */
export function decodeXtext(text: string): string {
  return text.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
