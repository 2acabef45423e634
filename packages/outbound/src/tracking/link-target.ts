import { MAX_LINKED_URL_BYTES } from "@waxwing/seal";
import { hasPlaceholder } from "./placeholders.ts";

/**
 * Where a link leads, with the parameters added that it does not have yet; null for what is left alone: mailto, tel, anchors,
 * relative and broken URLs, those that hold a placeholder of ours, and very long ones.
 *
 * @param utm names and values, such as `utm_source`
 */
export function linkTarget(href: string, utm: Readonly<Record<string, string>>): string | null {
  if (!/^https?:\/\//i.test(href) || href.length > MAX_LINKED_URL_BYTES || hasPlaceholder(href)) return null;
  if (!URL.canParse(href)) return null;
  const url = new URL(href);
  const added = Object.entries(utm)
    .filter(([name]) => !url.searchParams.has(name))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  // Appended as text: searchParams would write the whole query anew, and some servers sign theirs.
  if (added.length > 0) url.search = [url.search.slice(1), ...added].filter((part) => part !== "").join("&");
  return url.href.length > MAX_LINKED_URL_BYTES ? null : url.href;
}

/** A web address in plain text (RFC 3986 appendix C): up to white space or a delimiter, without the punctuation after it. */
const TEXT_URL = /\bhttps?:\/\/[^\s<>"'`{}|\\^\p{Cc}]+/giu;
const MAX_TEXT_URLS = 2_000;

/** The web addresses of a plain text, in order. */
export function findTextUrls(
  text: string,
): readonly { readonly start: number; readonly end: number; readonly href: string }[] {
  const found: { start: number; end: number; href: string }[] = [];
  for (const match of text.matchAll(TEXT_URL)) {
    if (found.length === MAX_TEXT_URLS) break;
    const href = withoutPunctuation(match[0]);
    found.push({ start: match.index, end: match.index + href.length, href });
  }
  return found;
}

/** A full stop ends the sentence, not the address; a bracket belongs to the address only where it was opened in it. */
function withoutPunctuation(text: string): string {
  const excess = { ")": count(text, ")") - count(text, "("), "]": count(text, "]") - count(text, "[") };
  let end = text.length;
  for (; end > 0; end--) {
    const last = text.charAt(end - 1);
    if (".,;:!?*_~".includes(last)) continue;
    if ((last !== ")" && last !== "]") || excess[last] <= 0) break;
    excess[last]--;
  }
  return text.slice(0, end);
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) found++;
  return found;
}
