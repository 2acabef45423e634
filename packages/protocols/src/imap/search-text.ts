import { contentTypeParams, headerFields, type MimeEntity, scanMime } from "./mime-scan.ts";
import { decodeTransferEncoding } from "./transfer-decoding.ts";

/** Octets of one text part that a search looks at; a longer text is searched up to here. */
const MAX_TEXT_BYTES = 5 * 1024 * 1024;

/** Octets of a header that a search looks at: more than any real one has. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** Case and composition are not looked at (RFC 9051 §6.4.4: substring match in a case-insensitive collation). */
export function foldText(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** What SORT compares: titles and capitals are one, by i;unicode-casemap (RFC 5051 §2), which RFC 5256 §3 asks for. */
export function collationKey(text: string): string {
  return text.normalize("NFKD").toUpperCase();
}

/** The values of a header field, unfolded and with encoded words decoded. `name` in lower case. */
export function fieldValues(raw: Buffer, name: string): string[] {
  const values: string[] = [];
  for (const field of headerFields(raw, 0, raw.length)) {
    if (field.kind === "field" && field.name === name)
      values.push(readableHeader(raw.subarray(field.valueStart, field.end)));
  }
  return values;
}

/** The whole header as a reader sees it. */
export function headerText(raw: Buffer): string {
  for (const field of headerFields(raw, 0, raw.length)) {
    if (field.kind === "end") return readableHeader(raw.subarray(0, field.bodyStart));
  }
  return "";
}

/** The texts of a message's body: decoded text parts, reports, and the headers of parts and of messages inside. */
export function* bodyTexts(raw: Buffer): Generator<string> {
  yield* entityTexts(raw, scanMime(raw));
}

function* entityTexts(raw: Buffer, entity: MimeEntity): Generator<string> {
  for (const part of entity.parts) {
    yield readableHeader(raw.subarray(part.headerStart, part.bodyStart));
    yield* entityTexts(raw, part);
  }
  if (entity.message !== null) {
    yield readableHeader(raw.subarray(entity.message.headerStart, entity.message.bodyStart));
    yield* entityTexts(raw, entity.message);
  }
  // The parts of reports, such as message/delivery-status, are text.
  if (entity.type !== "text" && (entity.type !== "message" || entity.message !== null)) return;
  const body = raw.subarray(entity.bodyStart, Math.min(entity.bodyEnd, entity.bodyStart + MAX_TEXT_BYTES));
  const [contentType = ""] = fieldValues(raw.subarray(entity.headerStart, entity.bodyStart), "content-type");
  const charset = contentTypeParams(contentType.slice(Math.max(0, contentType.indexOf(";")))).get("charset");
  yield decodeCharset(decodeTransferEncoding(body, entity.encoding) ?? body, charset ?? "utf-8");
}

/** A header, or the value of a field, as a reader sees it: unfolded, encoded words decoded. */
export function readableHeader(bytes: Buffer): string {
  return readableText(bytes.subarray(0, MAX_HEADER_BYTES).toString("utf8"));
}

/** A header's text, unfolded and with encoded words decoded (RFC 2047). */
export function readableText(text: string): string {
  const unfolded = text.replace(/\r?\n(?=[ \t])/g, "").trim();
  // RFC 2047 §6.2: white space between adjacent encoded words is not shown.
  return unfolded
    .replace(/(=\?[^\s?]{1,60}\?[bq]\?[^\s?]*\?=)\s+(?==\?[^\s?]{1,60}\?[bq]\?)/gi, "$1")
    .replace(
      /=\?([^\s?*]{1,60})(?:\*[^\s?]{0,60})?\?([bq])\?([^\s?]*)\?=/gi,
      (_, charset: string, encoding: string, text: string) => {
        const bytes =
          encoding.toLowerCase() === "b"
            ? Buffer.from(text, "base64")
            : (decodeTransferEncoding(Buffer.from(text.replaceAll("_", " ")), "quoted-printable") ??
              Buffer.alloc(0));
        return decodeCharset(bytes, charset);
      },
    );
}

function decodeCharset(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    // An unknown charset: Latin-1 keeps the ASCII words findable.
    return bytes.toString("latin1");
  }
}
