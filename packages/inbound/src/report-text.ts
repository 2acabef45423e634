import { decodePartText, findTextPart, type HeaderField, type MimePart, splitHeader } from "@waxwing/message";
import { RETURNED_MESSAGE_MARKS } from "./rules/bounce-formats.ts";

/** Bytes of a mail's text that are looked at. Reports say what they have to say on their first page. */
const MAX_TEXT_BYTES = 65_536;
const MAX_LINES = 1_000;
/** RFC 5322 §2.1.1 allows 998; patterns run over each line, so a line is bounded too. */
const MAX_LINE_CHARS = 1_000;

/** The text of a mail, as far as it is looked at. */
export interface MailText {
  /** Without the returned message. */
  readonly lines: readonly string[];
  /** The same as one text, in lower case, with one space between words. */
  readonly lower: string;
  /** The header of the message that stands in the text, if one does. */
  readonly returnedHeaders: readonly HeaderField[] | null;
}

const MARKS: readonly string[] = RETURNED_MESSAGE_MARKS.filter((mark) => /^[^-|+]/.test(mark));
const RULED_MARKS: readonly string[] = RETURNED_MESSAGE_MARKS.filter((mark) => /^[-|+]/.test(mark)).map(
  (mark) => mark.replace(/^[-|+ ]+|[-|+ ]+$/g, ""),
);

/** The first text part a reader would be shown, as lines: plain text, or else HTML without its tags. Bounded; never throws. */
export function readMailText(raw: Buffer, root: MimePart): MailText {
  const plain = findTextPart(root, "plain");
  // Parts that cannot be told apart are one text.
  const isOne = plain === undefined && root.type === "multipart" && root.parts.length === 0;
  const shown = plain ?? (isOne ? root : undefined);
  const plainText = shown === undefined ? "" : decodePartText(raw, shown, MAX_TEXT_BYTES);
  const html = plainText.trim() === "" ? findTextPart(root, "html") : undefined;
  const text = html === undefined ? plainText : textOfHtml(decodePartText(raw, html, MAX_TEXT_BYTES));
  const all = text
    .slice(0, MAX_TEXT_BYTES)
    .split("\n", MAX_LINES)
    .map((line) => line.slice(0, MAX_LINE_CHARS).replace(/[\r\0]/g, ""));
  const cut = all.findIndex(isMark);
  const lines = cut === -1 ? all : all.slice(0, cut);
  return {
    lines,
    lower: lines.join(" ").replace(/\s+/g, " ").toLowerCase(),
    returnedHeaders: cut === -1 ? null : headersIn(all.slice(isHeaderMark(all[cut] ?? "") ? cut : cut + 1)),
  };
}

/** Where the returned message begins: a line that says so. */
function isMark(line: string): boolean {
  const said = line.trim().toLowerCase();
  if (said.length < 8) return false;
  if (/^\+{20}/.test(said)) return true;
  if (MARKS.some((mark) => said.startsWith(mark))) return true;
  if (!/^[-|=_*]{2}/.test(said)) return false;
  const words = said.replace(/^[-|=_* ]+/, "");
  return RULED_MARKS.some((mark) => mark !== "" && words.startsWith(mark));
}

const isHeaderMark = (line: string): boolean => /^\s*received:/i.test(line);

function headersIn(lines: readonly string[]): readonly HeaderField[] | null {
  // Empty lines, and a part's own header, may stand before it.
  const start = lines.findIndex((line) => /^[ >]*[\w-]{2,60}:[ \t]/.test(line) && !/^content-/i.test(line));
  if (start === -1) return null;
  const header = lines
    .slice(start, start + 200)
    .map((line) => line.replace(/^[ >]+(?=[\w-]{2,60}:[ \t])/, ""));
  const { fields } = splitHeader(Buffer.from(header.join("\n")));
  return fields.length === 0 ? null : fields;
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  nbsp: " ",
  apos: "'",
};

/** HTML as lines of words. Scans forward once: no pattern that hostile HTML could slow down. */
function textOfHtml(html: string): string {
  const lower = html.toLowerCase();
  let text = "";
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    text += html.slice(at, open === -1 ? html.length : open).replace(/\s+/g, " ");
    if (open === -1) break;
    const name = /^<\/?([a-z][a-z0-9]{0,9})/.exec(lower.slice(open, open + 14))?.[1] ?? "";
    const hidden = name === "style" || name === "script" || name === "head" || name === "title";
    const from = hidden && lower[open + 1] !== "/" ? lower.indexOf(`</${name}`, open) : open;
    const close = from === -1 ? -1 : html.indexOf(">", from);
    if (close === -1) break;
    text += /^(?:br|p|div|tr|li|h\d|table|blockquote|pre|hr)$/.test(name) ? "\n" : " ";
    at = close + 1;
  }
  return text.replace(/&(#?\w{1,8});/g, (entity, name: string) => {
    const code = /^#(\d{1,6})$/.exec(name)?.[1];
    if (code !== undefined) return String.fromCodePoint(Math.min(Number(code), 0xfffd)).toWellFormed();
    return ENTITIES[name.toLowerCase()] ?? entity;
  });
}
