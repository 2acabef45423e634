/** How many a project has at most: lists are answered whole, and a page with more choices helps nobody. */
export const MAX_GROUPS = 200;

/** The number of a group as a path gives it; null for what is none. */
export function groupNumber(text: string): number | null {
  const number = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  return number > 0 && number < 2 ** 31 ? number : null;
}

/** Whether a name could not be shown or stored: control characters, half of a Unicode character. */
export function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text) || !text.isWellFormed();
}
