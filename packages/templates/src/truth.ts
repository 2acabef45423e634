/**
 * What conditions take for true, as in Handlebars: everything but false, null, undefined, "", 0, NaN and the empty list. With
 * `includeZero`, 0 is true.
 */
export function isTruthy(value: unknown, includeZero = false): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value) || (includeZero && value === 0);
}
