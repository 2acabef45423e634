import { decodeCharset, withoutControls } from "./charset.ts";
import { messageLimits } from "./limits.ts";
import type { MimePart } from "./mime-part.ts";
import { decodeParameter, parseParameterized } from "./parse-parameter.ts";
import { firstValue } from "./split-header.ts";
import { decodeTransfer } from "./transfer-decode.ts";

/** The decoded bytes of a leaf. `maxBytes` bounds the encoded bytes that are read. */
export const decodePart = (raw: Buffer, part: MimePart, maxBytes = Number.POSITIVE_INFINITY): Buffer =>
  decodeTransfer(
    raw.subarray(part.bodyStart, Math.min(part.bodyEnd, part.bodyStart + maxBytes)),
    part.encoding,
  );

/** The decoded text of a text part, in its charset. `maxBytes` bounds the encoded bytes that are read. */
export const decodePartText = (raw: Buffer, part: MimePart, maxBytes = Number.POSITIVE_INFINITY): string =>
  decodeCharset(decodePart(raw, part, maxBytes), decodeParameter(part.params, "charset") ?? "utf-8");

/** The file name a part carries: Content-Disposition's, else the `name` of its Content-Type. */
export const partFilename = (part: MimePart): string | undefined => {
  const disposition = firstValue(part.fields, "content-disposition");
  const named =
    disposition === undefined
      ? undefined
      : decodeParameter(parseParameterized(disposition).params, "filename");
  return named ?? decodeParameter(part.params, "name");
};

const isAttachment = (part: MimePart): boolean =>
  /^attachment\b/i.test(firstValue(part.fields, "content-disposition") ?? "");

/** The first text part a reader would be shown, of that subtype; attached messages are not looked into. */
export const findTextPart = (part: MimePart, subtype: "plain" | "html"): MimePart | undefined => {
  if (part.type === "text" && part.subtype === subtype) return isAttachment(part) ? undefined : part;
  for (const child of part.parts) {
    const found = findTextPart(child, subtype);
    if (found !== undefined) return found;
  }
  return undefined;
};

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

const decodeEntity = (entity: string): string => {
  const named = ENTITIES[entity.toLowerCase()];
  if (named !== undefined) return named;
  const number = /^#x([0-9a-f]{1,6})$/i.exec(entity)?.[1];
  const code =
    number === undefined ? Number(/^#(\d{1,7})$/.exec(entity)?.[1] ?? "NaN") : Number.parseInt(number, 16);
  return Number.isInteger(code) && code > 0 && code <= 0x10ffff
    ? String.fromCodePoint(code).toWellFormed()
    : " ";
};

/** The words of a piece of html, for a preview only. Scans forward once: no pattern that hostile html could slow down. */
const htmlWords = (html: string): string => {
  const lowerHtml = html.toLowerCase();
  let words = "";
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open === -1) return words + html.slice(at);
    words += `${html.slice(at, open)} `;
    // Content that is never shown goes with its element.
    const hidden = /^<(style|script|head|title)\b/i.exec(html.slice(open, open + 10))?.[1]?.toLowerCase();
    const start = hidden === undefined ? open : lowerHtml.indexOf(`</${hidden}`, open);
    if (start === -1) return words;
    const close = html.indexOf(">", start);
    if (close === -1) return words;
    at = close + 1;
  }
  return words;
};

/** The first 200 characters or so of what a reader would see, on one line. Empty when there is no text. */
export const readTextPreview = (raw: Buffer, root: MimePart): string => {
  const plain = findTextPart(root, "plain");
  const html = plain === undefined ? findTextPart(root, "html") : undefined;
  const part = plain ?? html;
  if (part === undefined) return "";
  let text = decodePartText(raw, part, messageLimits.previewSourceBytes);
  if (html !== undefined)
    text = htmlWords(text).replace(/&([#\w]{1,10});/g, (_, entity: string) => decodeEntity(entity));
  const line = withoutControls(text).replace(/\s+/g, " ").trim();
  // What the limits cut in two is dropped: half a character cannot be stored.
  return line
    .slice(0, messageLimits.previewChars)
    .toWellFormed()
    .replace(/\ufffd$/, "");
};
