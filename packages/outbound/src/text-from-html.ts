import { compile } from "html-to-text";

/**
 * Bounds of what is converted: the converter takes all at once, on the thread that serves everybody, and its time grows with the
 * square of the nesting. Twice what the largest clients show of a message (Gmail cuts at 102 KB) is as much as anybody reads.
 */
const MAX_CHARS = 128 * 1024;
/** Opening and closing ones; a newsletter has two or three thousand. */
const MAX_TAGS = 6_000;
const MAX_DEPTH = 100;
const MAX_CHILDREN = 6_000;

const headings = ["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({
  selector,
  options: { uppercase: false },
}));

const convert = compile({
  wordwrap: false,
  limits: { maxInputLength: MAX_CHARS, maxDepth: MAX_DEPTH, maxChildNodes: MAX_CHILDREN },
  selectors: [
    { selector: "a", options: { hideLinkHrefIfSameAsText: true } },
    { selector: "img", format: "skip" },
    { selector: "title", format: "skip" },
    ...headings,
  ],
});

/**
 * The plain text of a message that came as HTML alone: some receivers count the lack of one as a sign of spam (RFC 2046 §5.1.4
 * asks for an alternative that everybody can show). HTML beyond 128 Ki characters or 6,000 tags is cut off there.
 *
 * @returns the text; undefined when the HTML has none, such as an image alone.
 */
export function textFromHtml(html: string): string | undefined {
  const text = convert(readableBeginning(html)).trim().toWellFormed();
  return text === "" ? undefined : text;
}

/** As much as is converted, without a tag cut in half. */
function readableBeginning(html: string): string {
  const beginning = html.slice(0, MAX_CHARS);
  let tags = 0;
  for (let at = beginning.indexOf("<"); at !== -1; at = beginning.indexOf("<", at + 1)) {
    if (++tags > MAX_TAGS) return beginning.slice(0, at);
  }
  const lastTag = beginning.lastIndexOf("<");
  return beginning.length < html.length && lastTag > beginning.lastIndexOf(">")
    ? beginning.slice(0, lastTag)
    : beginning;
}
