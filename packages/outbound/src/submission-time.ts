/** How far ahead a message can be scheduled, as with SendGrid. */
const MAX_AHEAD_MS = 72 * 3_600_000;

// ISO 8601 extended format as RFC 3339 §5.6 profiles it, seconds optional; the offset is not.
const INSTANT = /^(\d{4})-(\d{2})-(\d{2})[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** The time to send at in Unix ms; null for a time that has passed, which means now; or what is wrong. */
export type SendTime =
  | { readonly kind: "time"; readonly sendAtMs: number | null }
  | { readonly kind: "invalid"; readonly reason: string };

/** Reads `send_at`. A local time without offset is refused: nobody here knows whose clock it means. */
export function readSendTime(text: string, nowMs: number): SendTime {
  const match = text.length <= 40 ? INSTANT.exec(text) : null;
  const sendAtMs = match === null ? Number.NaN : Date.parse(text.toUpperCase());
  if (Number.isNaN(sendAtMs) || !isDay(Number(match?.[1]), Number(match?.[2]), Number(match?.[3]))) {
    return {
      kind: "invalid",
      reason: "must be an ISO 8601 time with its offset, such as 2026-01-31T09:30:00Z",
    };
  }
  if (sendAtMs > nowMs + MAX_AHEAD_MS) return { kind: "invalid", reason: "is more than 72 hours ahead" };
  return { kind: "time", sendAtMs: sendAtMs <= nowMs ? null : sendAtMs };
}

/** Date.parse takes 30 February for the second of March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
