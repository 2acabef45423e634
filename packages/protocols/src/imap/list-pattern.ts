import { SEPARATOR } from "./folder-name.ts";

/**
 * A test for LIST patterns (RFC 9051 §6.3.9): `*` matches anything, `%` anything within one level. Works in
 * O(name × pattern) whatever the pattern: a regular expression made from `%%%%%%…` would run for years.
 */
export function matchesListPattern(name: string, pattern: string): boolean {
  const text = [...foldInbox(name)];
  // reachable[i]: the pattern read so far can match the first i characters.
  let reachable: boolean[] = new Array(text.length + 1).fill(false);
  reachable[0] = true;
  for (const symbol of foldInbox(pattern)) {
    const next: boolean[] = new Array(text.length + 1).fill(false);
    for (let i = 0; i <= text.length; i += 1) {
      const before = text[i - 1];
      if (symbol === "*") next[i] = reachable[i] === true || (i > 0 && next[i - 1] === true);
      else if (symbol === "%")
        next[i] = reachable[i] === true || (i > 0 && next[i - 1] === true && before !== SEPARATOR);
      else next[i] = i > 0 && reachable[i - 1] === true && before === symbol;
    }
    reachable = next;
  }
  return reachable[text.length] === true;
}

/** Only the whole first level "INBOX" is without case. */
function foldInbox(name: string): string {
  return name.replace(/^inbox(?=$|\/|[*%])/i, "INBOX");
}
