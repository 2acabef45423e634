import { QuoteType, Tokenizer } from "htmlparser2";

/** The link of an `<a>` or `<area>`: where its value stands in the document, without quotes, and what it says. */
interface HtmlAnchor {
  readonly start: number;
  readonly end: number;
  /** Character references decoded, white space around it removed. */
  readonly href: string;
  /** Has `clicktracking="off"`, by which mail written for SendGrid asks to leave a link alone. */
  readonly isOff: boolean;
}

/** What rewriting needs to know of a document. */
interface HtmlOutline {
  readonly anchors: readonly HtmlAnchor[];
  /** Where something is put at the end: before the last `</body>`, or the end of the text. */
  readonly bodyEnd: number;
}

/** More than any message that is read; a hostile one could hold millions. */
const MAX_ANCHORS = 2_000;

/**
 * Finds the links of an HTML document as a browser would, without building it: comments, scripts and styles hold none, the first
 * `href` of a tag counts, any text is taken. In time linear in the length.
 */
export function outlineHtml(html: string): HtmlOutline {
  const anchors: HtmlAnchor[] = [];
  let bodyEnd = html.length;
  let tag: OpenTag | null = null;
  let attribute: OpenAttribute | null = null;

  const finishTag = (): void => {
    if (tag?.href != null && anchors.length < MAX_ANCHORS) {
      anchors.push({ ...tag.href, isOff: tag.isOff });
    }
    tag = null;
  };
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname: (start, end) => {
        tag = isAnchorName(html.slice(start, end)) ? { href: null, isOff: false } : null;
      },
      onattribname: (start, end) => {
        attribute =
          tag === null ? null : { name: html.slice(start, end).toLowerCase(), nameEnd: end, value: "" };
      },
      onattribdata: (start, end) => {
        if (attribute !== null) attribute.value += html.slice(start, end);
      },
      onattribentity: (codepoint) => {
        if (attribute !== null) attribute.value += String.fromCodePoint(codepoint);
      },
      onattribend: (quote, end) => {
        if (tag === null || attribute === null) return;
        const { name, nameEnd, value } = attribute;
        attribute = null;
        if (name === "clicktracking") tag.isOff = value.trim().toLowerCase() === "off";
        if (name !== "href" || tag.href !== null || quote === QuoteType.NoValue) return;
        const isQuoted = quote !== QuoteType.Unquoted;
        const start = valueStart(html, nameEnd, isQuoted);
        tag.href = { start, end: isQuoted ? end - 1 : end, href: value.trim() };
      },
      onopentagend: finishTag,
      onselfclosingtag: finishTag,
      onclosetag: (start, end) => {
        if (end - start === 4 && html.slice(start, end).toLowerCase() === "body") bodyEnd = start - 2;
      },
      oncdata: nothing,
      oncomment: nothing,
      ondeclaration: nothing,
      onend: nothing,
      onprocessinginstruction: nothing,
      ontext: nothing,
      ontextentity: nothing,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
  return { anchors, bodyEnd };
}

interface OpenTag {
  href: { readonly start: number; readonly end: number; readonly href: string } | null;
  isOff: boolean;
}

interface OpenAttribute {
  readonly name: string;
  readonly nameEnd: number;
  value: string;
}

const nothing = (): void => undefined;
const isAnchorName = (name: string): boolean => /^(?:a|area)$/i.test(name);

/** Past the equals sign, and the quote where there is one. */
function valueStart(html: string, nameEnd: number, isQuoted: boolean): number {
  let at = html.indexOf("=", nameEnd) + 1;
  while (/\s/.test(html.charAt(at))) at++;
  return isQuoted ? at + 1 : at;
}
