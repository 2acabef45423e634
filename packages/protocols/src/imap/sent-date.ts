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
  const hasZone = /(?:[+-]\d{4}|[a-z]{1,4})$/i.test(text);
  const parsed = Date.parse(hasZone ? text : `${text} +0000`);
  return Number.isNaN(parsed) ? internalDate.getTime() : parsed;
}
