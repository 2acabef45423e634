const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** `date-time` without its quotes (RFC 9051 §9), such as `17-Jul-1996 02:44:25 -0700`; null if it is none. */
export function parseDateTime(text: string): Date | null {
  const match = /^([ \d]\d)-([a-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/i.exec(text);
  if (match === null) return null;
  const [, day, monthName, year, hour, minute, second, sign, zoneHours, zoneMinutes] = match;
  const date = isoDate(Number(day), monthName ?? "", Number(year));
  if (date === null || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null;
  const offset = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === "-" ? 1 : -1);
  return new Date(Date.parse(`${date}T${hour}:${minute}:00Z`) + Number(second) * 1000 + offset * 60_000);
}

/** `date` (RFC 9051 §9), such as `1-Feb-1994`, as `1994-02-01`; null if it is none. */
export function parseSearchDate(text: string): string | null {
  const match = /^(\d{1,2})-([a-z]{3})-(\d{4})$/i.exec(text);
  return match === null ? null : isoDate(Number(match[1]), match[2] ?? "", Number(match[3]));
}

/** INTERNALDATE for the wire, in UTC. */
export function formatDateTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = String(date.getUTCDate()).padStart(2, " "); // date-day-fixed
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  return `"${day}-${MONTHS[date.getUTCMonth()]}-${year} ${time} +0000"`;
}

/** The `YYYY-MM-DD` of a Date header field in its own time zone (RFC 9051 §6.4.4: zone disregarded); null if unclear. */
export function headerDate(field: string): string | null {
  const match = /(\d{1,2})\s+([a-z]{3})[a-z]*\.?\s+(\d{2,4})\b/i.exec(field);
  if (match === null) return null;
  const written = Number(match[3]);
  // RFC 5322 §4.3: two- and three-digit years.
  const year = written < 50 ? written + 2000 : written < 1000 ? written + 1900 : written;
  return isoDate(Number(match[1]), match[2] ?? "", year);
}

function isoDate(day: number, monthName: string, year: number): string | null {
  const month = MONTHS.findIndex((name) => name.toLowerCase() === monthName.toLowerCase());
  if (month < 0 || year < 1 || day < 1 || day > 31) return null;
  const iso = `${String(year).padStart(4, "0")}-${String(month + 1).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
  // 31-Feb rolls over to March when parsed: refuse it.
  const parsed = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.getUTCDate() === day ? iso : null;
}
