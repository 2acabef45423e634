import type { StoredOptions } from "@waxwing/store";
import { outlineHtml } from "./html-anchors.ts";
import { findTextUrls, linkTarget } from "./link-target.ts";
import { findPlaceholders, type PlaceholderLink } from "./placeholders.ts";

/** A place of a text that is another for every recipient. */
type PersonalLink =
  | { readonly kind: "pixel" }
  | { readonly kind: "click"; readonly url: string }
  | { readonly kind: PlaceholderLink };

/** An address of ours that names the recipient; it stands in the header. */
type PersonalAddress = { readonly kind: "reply-address" | "unsubscribe-address" };

/** Gives the URL of a recipient's link, whose characters need no escaping in HTML, or an address. */
export type WriteLink = (link: PersonalLink | PersonalAddress) => string;

/** A text prepared once for all recipients of a message: called with one's links it gives that recipient's text. */
export type PersonalText = (write: WriteLink) => string;

type Piece = string | PersonalLink;
type Edit = { readonly start: number; readonly end: number; readonly pieces: readonly Piece[] };

/** Longer HTML gets its pixel and placeholders, but its links stay as they are: finding them would hold up everybody. */
const MAX_OUTLINED_CHARS = 2 * 1024 * 1024;

/** Prepares the HTML of a message: links, the pixel, placeholders and the footer. */
export function planHtml(html: string, options: Pick<StoredOptions, "track" | "unsubscribe">): PersonalText {
  const { track = {}, unsubscribe } = options;
  const isOutlined = html.length <= MAX_OUTLINED_CHARS;
  const { anchors, bodyEnd } = isOutlined ? outlineHtml(html) : { anchors: [], bodyEnd: html.length };
  const edits = placeholderEdits(html, unsubscribe, htmlLink);
  if (track.clicks !== undefined || track.utm !== undefined) {
    for (const { start, end, href, isOff } of anchors) {
      const url = isOff ? null : linkTarget(href, track.utm ?? {});
      if (url === null) continue;
      edits.push({
        start,
        end,
        pieces: [track.clicks === undefined ? escapeHtml(url) : { kind: "click", url }],
      });
    }
  }
  const atEnd: Piece[] = unsubscribe?.html === undefined ? [] : footer(unsubscribe.html, htmlLink);
  if (track.opens === true) {
    const tagged = track.pixelTag === undefined ? -1 : html.indexOf(track.pixelTag);
    if (tagged === -1 || track.pixelTag === undefined) atEnd.push(...PIXEL);
    else edits.push({ start: tagged, end: tagged + track.pixelTag.length, pieces: PIXEL });
  }
  edits.push({ start: bodyEnd, end: bodyEnd, pieces: atEnd });
  return personalText(html, edits);
}

/** Prepares the plain text: links where both are tracked, placeholders and the footer. */
export function planText(text: string, options: Pick<StoredOptions, "track" | "unsubscribe">): PersonalText {
  const { track = {}, unsubscribe } = options;
  const edits = placeholderEdits(text, unsubscribe, textLink);
  if (track.clicks === "all") {
    for (const { start, end, href } of findTextUrls(text)) {
      const url = linkTarget(href, track.utm ?? {});
      if (url !== null) edits.push({ start, end, pieces: [{ kind: "click", url }] });
    }
  }
  if (unsubscribe?.text !== undefined) {
    const pieces = ["\n\n", ...footer(unsubscribe.text, textLink)];
    edits.push({ start: text.length, end: text.length, pieces });
  }
  return personalText(text, edits);
}

// Without width and height some readers show it as broken; alt="" keeps it from being read out.
const PIXEL: readonly Piece[] = [
  '<img src="',
  { kind: "pixel" },
  '" alt="" width="1" height="1" border="0" style="height:1px;width:1px;border:0;margin:0;padding:0">',
];

/** How a link with words looks; without words it is the bare address. */
type LinkForm = (link: PersonalLink, words: string) => readonly Piece[];

const htmlLink: LinkForm = (link, words) => ['<a href="', link, '">', words === "" ? link : words, "</a>"];
const textLink: LinkForm = (link, words) => (words === "" ? [link] : [`${words}: `, link]);

/** None where the message has no links to unsubscribe by: it is then the same for every recipient. */
function placeholderEdits(text: string, unsubscribe: StoredOptions["unsubscribe"], form: LinkForm): Edit[] {
  if (unsubscribe === undefined) return [];
  const edits: Edit[] = findPlaceholders(text).map(({ start, end, link, words }) => ({
    start,
    end,
    pieces: words === null ? [{ kind: link }] : form({ kind: link }, words),
  }));
  const { tag = "" } = unsubscribe;
  if (tag === "") return edits;
  for (let at = text.indexOf(tag); at !== -1; at = text.indexOf(tag, at + tag.length)) {
    edits.push({ start: at, end: at + tag.length, pieces: [{ kind: "group" }] });
  }
  return edits;
}

/** A footer of SendGrid's subscription tracking: `<% words %>` is the link with these words, `<% %>` the bare address. */
function footer(template: string, form: LinkForm): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of template.matchAll(/<%([^%]*)%>/g)) {
    pieces.push(template.slice(at, match.index));
    const [placeholder] = findPlaceholders(match[0]);
    if (placeholder === undefined) pieces.push(...form({ kind: "group" }, (match[1] ?? "").trim()));
    else if (placeholder.words === null) pieces.push({ kind: placeholder.link });
    else pieces.push(...form({ kind: placeholder.link }, placeholder.words));
    at = match.index + match[0].length;
  }
  pieces.push(template.slice(at));
  return pieces;
}

function personalText(text: string, edits: readonly Edit[]): PersonalText {
  const pieces: Piece[] = [];
  let at = 0;
  for (const edit of edits.toSorted((one, other) => one.start - other.start || one.end - other.end)) {
    // A tag inside a link, say: the first one wins.
    if (edit.start < at) continue;
    pieces.push(text.slice(at, edit.start), ...edit.pieces);
    at = edit.end;
  }
  pieces.push(text.slice(at));
  return (write) => {
    let written = "";
    for (const piece of pieces) written += typeof piece === "string" ? piece : write(piece);
    return written;
  };
}

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("'", "&#39;").replaceAll("<", "&lt;");
