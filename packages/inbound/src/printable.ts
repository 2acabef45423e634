/** Longer texts from strangers say nothing more, and an event goes to every webhook. RFC 5321 §4.5.3.1.5 allows replies of 512. */
const MAX_CHARS = 512;

/** Text from a message as it may stand in an event: bounded, without controls, and never half of a Unicode character. */
export function printable(text: string): string {
  return text
    .slice(0, MAX_CHARS)
    .replace(/\p{Cc}/gu, " ")
    .toWellFormed()
    .trim();
}
