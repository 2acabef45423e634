/** Day, month and year, in the order of RFC 5322 §3.3 or of ISO 8601. */
const DATE = /\b\d{1,2}[\s-]+[a-z]{3,9}[\s-]+\d{2,4}\b|\b\d{4}-\d{2}-\d{2}/i;

/**
 * The sent date (RFC 5256 §2.2): the Date field in UTC, its time zone taken as UTC where it has none; the internal date where it
 * cannot be read.
 *
 * @returns milliseconds since the epoch
 */
export function sentDateMs(field: string | null | undefined, internalDate: Date): number {
  if (field === null || field === undefined) return internalDate.getTime();
  const text = field
    .slice(0, 100)
    .replace(/\([^()]*\)/g, "")
    .trim();
  // Date.parse finds a date in nearly everything, in "" and "9" too.
  if (!DATE.test(text)) return internalDate.getTime();
  const hasZone = /(?:[+-]\d{4}|[a-z]{1,4})$/i.test(text);
  const parsed = Date.parse(hasZone ? text : `${text} +0000`);
  return Number.isNaN(parsed) ? internalDate.getTime() : parsed;
}
