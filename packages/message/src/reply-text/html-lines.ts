/** Elements that hold what is quoted or signed, not what was written. */
const SKIPPED = [
  /^<blockquote\b/i,
  /^<(?:style|script|head|title)\b/i,
  /^<\w+[^>]*\bclass=["']?[^"'>]*\b(?:gmail_signature|moz-signature|protonmail_signature_block|yahoo_quoted|gmail_attr|moz-cite-prefix|protonmail_quote|zmail_extra)\b/i,
  /^<\w+[^>]*\bid=["']?(?:signature|x_signature|ms-outlook-mobile-signature)\b/i,
];

/** Where the quoted message begins and goes on to the end: Outlook, Exchange, NetEase. */
const CUTS =
  /^<\w+[^>]*(?:\bid=["']?(?:x_)?(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container|OLK_SRC_BODY_SECTION|isReplyContent)\b|\bclass=["']?OutlookMessageHeader\b|border(?:-top)?:\s?(?:none;\s?border-top:\s?)?solid #(?:E1E1E1|B5C4DF))/i;

const BREAKS = /^<\/?(?:br|p|div|tr|li|h\d|table|ul|ol|pre|hr|section|article)\b/i;

/** A tag that is longer says nothing more. */
const MAX_TAG_CHARS = 400;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/**
 * The text of html as lines, without quoted and signed parts. Scans forward once: no pattern that hostile html could slow down.
 */
export const htmlLines = (html: string): string => {
  const lowerHtml = html.toLowerCase();
  let text = "";
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    text += html.slice(at, open === -1 ? html.length : open).replace(/\s+/g, " ");
    if (open === -1) break;
    const close = html.indexOf(">", open);
    if (close === -1) break;
    const tag = html.slice(open, Math.min(close + 1, open + MAX_TAG_CHARS));
    if (CUTS.test(tag)) break;
    at = SKIPPED.some((mark) => mark.test(tag)) ? endOfElement(lowerHtml, tag, close + 1) : close + 1;
    if (BREAKS.test(tag)) text += "\n";
  }
  return decodeEntities(text);
};

/** Behind the end tag that belongs to `tag`, which ends at `from`; the end of the text where there is none. */
const endOfElement = (lowerHtml: string, tag: string, from: number): number => {
  const name = /^<(\w{1,20})/.exec(tag)?.[1]?.toLowerCase() ?? "";
  if (tag.endsWith("/>")) return from;
  let depth = 1;
  let at = from;
  while (depth > 0) {
    const open = lowerHtml.indexOf("<", at);
    if (open === -1) return lowerHtml.length;
    at = open + 1;
    if (lowerHtml.startsWith(`/${name}`, at)) depth--;
    else if (lowerHtml.startsWith(name, at) && !/\w/.test(lowerHtml[at + name.length] ?? "")) depth++;
  }
  const close = lowerHtml.indexOf(">", at);
  return close === -1 ? lowerHtml.length : close + 1;
};

const decodeEntities = (text: string): string =>
  text.replace(/&(#?\w{1,8});/g, (entity, name: string) => {
    const decimal = /^#(\d{1,7})$/.exec(name)?.[1];
    const hex = /^#x([0-9a-f]{1,6})$/i.exec(name)?.[1];
    const code =
      decimal !== undefined ? Number(decimal) : hex === undefined ? null : Number.parseInt(hex, 16);
    if (code === null) return ENTITIES[name.toLowerCase()] ?? entity;
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : " ";
  });
