import { bad, ok, type Parsed, parseList } from "./parsed.ts";

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

// Longer waits than a year are typing errors, and setTimeout already misbehaves after 24.8 days.
const longestMs = 366 * 86_400_000;

/** Reads `500ms`, `30s`, `5m`, `4h` or `3d` into milliseconds. Zero, fractions and bare numbers are refused. */
export function parseDurationMs(text: string): Parsed<number> {
  const match = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text);
  const factor = unitMs[match?.[2] ?? ""];
  if (match === null || factor === undefined) {
    return bad(
      `"${text}" is not a duration: write a whole number and a unit, such as 500ms, 30s, 5m, 4h or 3d`,
    );
  }
  const ms = Number(match[1]) * factor;
  if (ms === 0) return bad("must be longer than zero");
  if (ms > longestMs) return bad("must not be longer than 366d");
  return ok(ms);
}

/** Reads `1m,5m,1h` into milliseconds, at least one. */
export function parseDurationsMs(text: string): Parsed<readonly number[]> {
  return parseList(text, parseDurationMs);
}

/** Reads a duration of 1 s to 1 h into seconds, or `off` into null. */
export function parsePauseSeconds(text: string): Parsed<number | null> {
  if (text === "off") return ok(null);
  const parsed = parseDurationMs(text);
  if (parsed.kind === "bad") return parsed;
  if (parsed.value < 1_000 || parsed.value > 3_600_000) return bad("must be 1s to 1h, or off");
  return ok(Math.round(parsed.value / 1_000));
}

/** Reads a number of days from 8 up, or `off`, into milliseconds or null. */
export function parseRetentionMs(text: string): Parsed<number | null> {
  if (text === "off") return ok(null);
  const match = /^(\d{1,5})d$/.exec(text);
  if (match === null) return bad(`"${text}" is neither \`off\` nor a number of days such as 90d`);
  const days = Number(match[1]);
  // Mail that is still being tried must outlive its own deletion.
  if (days < 8) return bad("must be at least 8d: messages may be under way for days");
  return ok(days * 86_400_000);
}
