// RFC 3339 §5.6, seconds optional; the offset is not: nobody here knows whose clock a local time means.
const INSTANT = /^(\d{4}-\d{2}-\d{2})[Tt]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an ISO 8601 time with its offset; null for anything else. */
export function readInstant(text: string): Date | null {
  const day = text.length <= 40 ? INSTANT.exec(text)?.[1] : undefined;
  if (day === undefined) return null;
  const time = new Date(text.toUpperCase());
  // Date.parse takes 30 February for the second of March.
  const isDay = new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) ?? false;
  return Number.isNaN(time.getTime()) || !isDay ? null : time;
}
