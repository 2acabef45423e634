import { isUtf8 } from "node:buffer";
import { decodeCharset, isKnownCharset } from "./charset.ts";
import { formatHeaderField } from "./header-field.ts";
import { messageLimits } from "./limits.ts";
import { type MimePart, parseMimeParts } from "./mime-part.ts";
import { decodeParameter, parseParameterized } from "./parse-parameter.ts";
import { decodePart } from "./part-text.ts";
import { firstValue, headerFieldRanges } from "./split-header.ts";
import {
  chooseTextEncoding,
  encodeBase64,
  encodeQuotedPrintable,
  measureText,
  type TransferEncoding,
} from "./transfer-encode.ts";

/** A text a reader would be shown, decoded. */
export type TextPart = { readonly type: "text/plain" | "text/html"; readonly text: string };

/** A piece of the message to write in place of `[start, end)`. */
type Edit = { readonly start: number; readonly end: number; readonly bytes: Buffer };

type Leaf = { readonly part: MimePart; readonly boundaries: readonly string[] };

/**
 * Rewrites the texts of a finished message in place. `rewrite` is called once for each text/plain and text/html part in the order
 * they stand, with its text decoded from charset and transfer encoding; it returns the new text, or undefined to leave the part as
 * it is. Every byte outside the parts that change is kept. A changed part keeps its transfer encoding where that can carry the new
 * text, and its charset where that is US-ASCII or UTF-8; otherwise it becomes UTF-8.
 *
 * Left alone are attachments, attached messages, whatever is signed or encrypted (RFC 1847), and texts that are not what their
 * charset says or whose charset nobody knows: to write them again would be to damage them.
 *
 * @param raw the message, lines ending in CRLF; any bytes, in time linear in their number.
 * @returns the same buffer when nothing changed.
 */
export const rewriteTextParts = (raw: Buffer, rewrite: (part: TextPart) => string | undefined): Buffer => {
  const edits: Edit[] = [];
  for (const leaf of textLeaves(parseMimeParts(raw), [])) {
    const { part } = leaf;
    const text = readText(raw, part);
    if (text === undefined) continue;
    const rewritten = rewrite({ type: part.subtype === "html" ? "text/html" : "text/plain", text });
    if (rewritten !== undefined && rewritten !== text) edits.push(...editsFor(raw, leaf, rewritten));
  }
  if (edits.length === 0) return raw;
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { start, end, bytes } of edits) {
    pieces.push(raw.subarray(at, start), bytes);
    at = end;
  }
  pieces.push(raw.subarray(at));
  return Buffer.concat(pieces);
};

/** The leaves a reader is shown as text, with the boundaries of what they stand in. */
function* textLeaves(part: MimePart, boundaries: readonly string[]): Generator<Leaf, void> {
  if (part.type === "multipart") {
    // RFC 1847 §2.1: one changed byte breaks the signature.
    if (part.subtype === "signed" || part.subtype === "encrypted") return;
    const boundary = decodeParameter(part.params, "boundary") ?? "";
    for (const child of part.parts) yield* textLeaves(child, [...boundaries, boundary]);
    return;
  }
  if (part.type !== "text" || (part.subtype !== "plain" && part.subtype !== "html")) return;
  const disposition = firstValue(part.fields, "content-disposition");
  if (disposition !== undefined) {
    const { value, params } = parseParameterized(disposition);
    // A text that has a file name is a file, wherever a mail program shows it.
    if (/^attachment$/i.test(value) || decodeParameter(params, "filename") !== undefined) return;
  }
  yield { part, boundaries };
}

/** The text of a part; undefined when it cannot be read for certain, or has no place for a body. */
const readText = (raw: Buffer, part: MimePart): string | undefined => {
  if (!endsWithEmptyLine(raw, part)) return undefined;
  // RFC 2045 §6.4: what has an encoding that is not known must be treated as application/octet-stream.
  if (!/^(?:7bit|8bit|binary|quoted-printable|base64)$/.test(part.encoding)) return undefined;
  const charset = charsetOf(part);
  const bytes = decodePart(raw, part);
  if (isUtf8(bytes) && /^(?:us-ascii|utf-?8)$/.test(charset)) return bytes.toString();
  if (/^utf-?8$/.test(charset) || !isKnownCharset(charset)) return undefined;
  return decodeCharset(bytes, charset);
};

/** RFC 2045 §5.2: without a charset it is US-ASCII. */
const charsetOf = (part: MimePart): string =>
  (decodeParameter(part.params, "charset") ?? "us-ascii").trim().toLowerCase();

const endsWithEmptyLine = (raw: Buffer, { headerStart, bodyStart }: MimePart): boolean => {
  const end = raw.toString("latin1", Math.max(headerStart, bodyStart - 4), bodyStart);
  return /^(?:\r?\n)$|\n\r?\n$/.test(end);
};

/** The new body, and before it what the header must say differently. */
const editsFor = (raw: Buffer, { part, boundaries }: Leaf, text: string): readonly Edit[] => {
  const bytes = Buffer.from(text.replace(/\r\n|\r|\n/g, "\r\n"));
  const { encoding, body } = encodeText(bytes, part.encoding, boundaries);
  const charset = charsetOf(part);
  const isAscii = bytes.length === text.replace(/\r\n|\r|\n/g, "\r\n").length;
  const keepsCharset = /^utf-?8$/.test(charset) || (charset === "us-ascii" && isAscii);
  const edits: Edit[] = [];
  const replaceField = (name: string, line: string): void => {
    let written = false;
    for (const range of headerFieldRanges(raw, part.headerStart, part.bodyStart)) {
      if (raw.toString("latin1", range.start, range.colon).trimEnd().toLowerCase() !== name) continue;
      // A second field of the name might be the one that another reader believes.
      edits.push({ ...range, bytes: Buffer.from(written ? "" : line) });
      written = true;
    }
    if (!written) edits.push({ start: part.headerStart, end: part.headerStart, bytes: Buffer.from(line) });
  };
  if (!keepsCharset) replaceField("content-type", contentTypeLine(part));
  if (encoding !== part.encoding) {
    replaceField("content-transfer-encoding", `Content-Transfer-Encoding: ${encoding}\r\n`);
  }
  edits.push({ start: part.bodyStart, end: part.bodyEnd, bytes: body });
  // A field added at the very start stands before one replaced there.
  return edits.sort((one, other) => one.start - other.start || one.end - other.end);
};

const encodeText = (
  bytes: Buffer,
  current: string,
  boundaries: readonly string[],
): { readonly encoding: string; readonly body: Buffer } => {
  const measure = measureText(bytes);
  const chosen: TransferEncoding =
    current === "quoted-printable" || current === "base64"
      ? current
      : current === "8bit" && !measure.hasNul && measure.longestLineBytes <= messageLimits.lineHardBytes
        ? "8bit"
        : chooseTextEncoding(bytes, measure);
  const encode = (encoding: TransferEncoding): Buffer =>
    encoding === "base64"
      ? encodeBase64(bytes)
      : encoding === "quoted-printable"
        ? encodeQuotedPrintable(bytes, measure.encodedBytes)
        : bytes;
  const body = encode(chosen);
  // A new text with a boundary in it would end its own part. Base64 has no hyphen.
  if (boundaries.some((boundary) => body.includes(`--${boundary}`))) {
    return { encoding: "base64", body: encode("base64") };
  }
  // 7bit and 8bit say the same of an ASCII text; the field is left as it is.
  return { encoding: chosen === "7bit" && /^(?:8bit|binary)$/.test(current) ? current : chosen, body };
};

const PLAIN_VALUE = /^[\x20-\x7e]{0,100}$/;

/** The same type in UTF-8; `format=flowed` and other short parameters stay. */
const contentTypeLine = (part: MimePart): string => {
  const kept = part.params.filter(
    ([name, value]) => !name.startsWith("charset") && /^[\w*-]{1,40}$/.test(name) && PLAIN_VALUE.test(value),
  );
  const params = kept.map(([name, value]) =>
    /^[\w.+-]+$/.test(value) ? `; ${name}=${value}` : `; ${name}="${value.replace(/["\\]/g, "\\$&")}"`,
  );
  const value = `${part.type}/${part.subtype}; charset=utf-8${params.join("")}`;
  return formatHeaderField("Content-Type", value).line;
};
