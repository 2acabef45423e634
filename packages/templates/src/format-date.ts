/** The outcome of {@link formatDate}: the text, or which argument cannot be used and why. */
type FormattedDate =
  | { readonly kind: "formatted"; readonly text: string }
  | { readonly kind: "refused"; readonly argument: "date" | "format" | "offset"; readonly message: string };

const MONTHS = "January February March April May June July August September October November December".split(
  " ",
);
const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

// ISO 8601, a date with or without time and offset.
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?$/i;
const OFFSET = /^(?:Z|([+-])(\d\d):?(\d\d)?)$/i;
const TOKENS = /\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|dddd|ddd|DD|D|HH|H|hh|h|mm|m|ss|s|A|ZZ|Z/g;

const MAX_FORMAT_CHARS = 200;
const MINUTE_MS = 60_000;

/**
 * Writes a date as SendGrid's `formatDate` does: names in English, tokens YYYY YY MMMM MMM MM M DD D dddd ddd HH H hh h mm m ss s
 * A ZZ Z; text in square brackets stands as it is.
 *
 * @param date ISO 8601, or milliseconds since 1970; without an offset it is UTC
 * @param offset what the clock on the wall shows, such as `-0800` or `+02:00`; UTC when undefined
 */
export function formatDate(date: unknown, format: unknown, offset: unknown): FormattedDate {
  const timeMs = timeOf(date);
  if (timeMs === undefined) {
    return {
      kind: "refused",
      argument: "date",
      message: "is not a date (ISO 8601, or milliseconds since 1970)",
    };
  }
  if (typeof format !== "string" || format.length > MAX_FORMAT_CHARS) {
    return {
      kind: "refused",
      argument: "format",
      message: `is not a date format of at most ${MAX_FORMAT_CHARS} characters`,
    };
  }
  const offsetMinutes = offset === undefined || offset === null ? 0 : offsetOf(offset);
  if (offsetMinutes === undefined) {
    return { kind: "refused", argument: "offset", message: "is not an offset such as -0800 or +02:00" };
  }
  return {
    kind: "formatted",
    text: written(new Date(timeMs + offsetMinutes * MINUTE_MS), offsetMinutes, format),
  };
}

function timeOf(date: unknown): number | undefined {
  if (typeof date === "number") return Number.isNaN(new Date(date).getTime()) ? undefined : date;
  if (typeof date !== "string" || date.length > 64) return undefined;
  const [, year, month, day, hour, minute, second, fraction, offset] = DATE.exec(date.trim()) ?? [];
  if (year === undefined) return undefined;
  const offsetMinutes = offset === undefined ? 0 : offsetOf(offset);
  // `24:00` and the like are for Date.parse to judge; written in full it depends on no local time.
  const timeMs = Date.parse(
    `${year}-${month}-${day}T${hour ?? "00"}:${minute ?? "00"}:${second ?? "00"}.${(fraction ?? "0").slice(0, 3).padEnd(3, "0")}Z`,
  );
  const exists = Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number.isNaN(timeMs) || offsetMinutes === undefined || !exists
    ? undefined
    : timeMs - offsetMinutes * MINUTE_MS;
}

function offsetOf(offset: unknown): number | undefined {
  const match = typeof offset === "string" ? OFFSET.exec(offset.trim()) : null;
  if (match === null) return undefined;
  const [, sign, hours = "0", minutes = "0"] = match;
  const total = Number(hours) * 60 + Number(minutes);
  if (total > 24 * 60) return undefined;
  return sign === "-" ? -total : total;
}

/** @param wall the moment moved by its offset, so that its UTC fields are those of the clock on the wall */
function written(wall: Date, offsetMinutes: number, format: string): string {
  const hour12 = wall.getUTCHours() % 12 || 12;
  const month = MONTHS[wall.getUTCMonth()] ?? "";
  const weekday = WEEKDAYS[wall.getUTCDay()] ?? "";
  const values: Readonly<Record<string, string>> = {
    YYYY: pad(wall.getUTCFullYear(), 4),
    YY: pad(wall.getUTCFullYear() % 100),
    MMMM: month,
    MMM: month.slice(0, 3),
    MM: pad(wall.getUTCMonth() + 1),
    M: String(wall.getUTCMonth() + 1),
    DD: pad(wall.getUTCDate()),
    D: String(wall.getUTCDate()),
    dddd: weekday,
    ddd: weekday.slice(0, 3),
    HH: pad(wall.getUTCHours()),
    H: String(wall.getUTCHours()),
    hh: pad(hour12),
    h: String(hour12),
    mm: pad(wall.getUTCMinutes()),
    m: String(wall.getUTCMinutes()),
    ss: pad(wall.getUTCSeconds()),
    s: String(wall.getUTCSeconds()),
    A: wall.getUTCHours() < 12 ? "AM" : "PM",
    ZZ: spelledOffset(offsetMinutes, ""),
    Z: spelledOffset(offsetMinutes, ":"),
  };
  return format.replace(TOKENS, (token, literal: string | undefined) => literal ?? values[token] ?? token);
}

function spelledOffset(minutes: number, separator: string): string {
  const absolute = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${pad(Math.floor(absolute / 60))}${separator}${pad(absolute % 60)}`;
}

function pad(number: number, digits = 2): string {
  return String(number).padStart(digits, "0");
}
