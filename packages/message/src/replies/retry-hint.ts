const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** A server that asks for more is not waited for any longer. */
const MAX_HINT_MS = 24 * 3_600_000;

/** `try again in 300 seconds`, `greylisted for 5 minutes`, `wait 60s`, `retry after 1 hour`. */
const SPAN =
  /\b(?:in|for|after|within|wait|least|retry-after:?|retry=|another)\s{0,3}(?:about |approximately |at least |another )?(\d{1,6})\s{0,2}(s|m|h)(?:ec(?:ond)?s?|in(?:ute)?s?|(?:ou)?rs?)?\b/;
/** `come back in 00:04:59`, as milter-greylist says it; a time of day has no such word in front of it. */
const CLOCK = /\b(?:in|for|after|wait)\s{1,3}(\d{1,2}):([0-5]\d):([0-5]\d)\b/;
/** `retry-after: 120`, a number of seconds as in RFC 9110 §10.2.3. */
const SECONDS = /\bretry[- ]after[:=]?\s{0,2}(\d{1,6})\b/;

/**
 * How long a temporary refusal asks to wait, or null where it does not. At least a second and at most a day, whatever is asked.
 *
 * @param reply its words
 */
export function retryHintMs(reply: string): number | null {
  const said = reply.slice(0, 1_000).toLowerCase().replace(/\s+/g, " ");
  const clock = CLOCK.exec(said);
  if (clock !== null)
    return bounded((Number(clock[1]) * 60 + Number(clock[2])) * 60_000 + Number(clock[3]) * 1_000);
  const span = SPAN.exec(said);
  if (span !== null) return bounded(Number(span[1]) * (UNITS[span[2] ?? "s"] ?? 1_000));
  const seconds = SECONDS.exec(said);
  return seconds === null ? null : bounded(Number(seconds[1]) * 1_000);
}

const bounded = (ms: number): number => Math.min(Math.max(ms, 1_000), MAX_HINT_MS);
