import { hash } from "node:crypto";
import { type ComposeAttachment, composeAttachment, contentTypeProblem } from "./compose-attachment.ts";
import { formatParameter } from "./format-parameter.ts";
import { formatHeaderField, type HeaderLine } from "./header-field.ts";
import { MessageError } from "./message-error.ts";
import type { Entity } from "./mime-entity.ts";
import { chooseTextEncoding, encodeBase64, encodeQuotedPrintable, measureText } from "./transfer-encode.ts";

/** What a message says: at least one of text and html is usual, neither makes an empty text. */
export type ComposeContent = {
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  /** Further forms of the same, in the order of preference, the best last (RFC 2046 §5.1.4): `type/subtype` without parameters. */
  readonly alternatives?: readonly { readonly type: string; readonly value: string }[] | undefined;
  readonly attachments?: readonly ComposeAttachment[] | undefined;
  /** The same seed and content give the same bytes, so that a retry sends the message that was tried before. */
  readonly boundarySeed: string;
};

/** A body and the fields that describe it, which belong at the end of the header of every message that carries it. */
export type ComposedBody = {
  /** MIME-Version, Content-Type and, when it is not 7bit, Content-Transfer-Encoding. */
  readonly headerFields: readonly HeaderLine[];
  /** CRLF line ends, ends in CRLF. */
  readonly body: Buffer;
  /** True when the body needs 8BITMIME: only an attached message/rfc822 can bring that about. */
  readonly is8bit: boolean;
};

const CRLF = Buffer.from("\r\n");

const normalizeLines = (text: string): string =>
  text.includes("\r") ? text.replace(/\r\n|\r|\n/g, "\r\n") : text.replaceAll("\n", "\r\n");

const textEntity = (mediaType: string, text: string): Entity => {
  const normalized = normalizeLines(text);
  // Every text ends its last line: in a single-part message a server would otherwise add the CRLF after signing.
  const bytes = Buffer.from(
    normalized === "" || normalized.endsWith("\r\n") ? normalized : `${normalized}\r\n`,
  );
  const measure = measureText(bytes);
  const encoding = chooseTextEncoding(bytes, measure);
  const fields = [formatHeaderField("Content-Type", `${mediaType}; charset=utf-8`)];
  if (encoding !== "7bit") fields.push(formatHeaderField("Content-Transfer-Encoding", encoding));
  if (encoding === "7bit") return { fields, content: [bytes], is8bit: false, mayHoldBoundary: true };
  const content =
    encoding === "base64" ? encodeBase64(bytes) : encodeQuotedPrintable(bytes, measure.encodedBytes);
  return { fields, content: [content], is8bit: false, mayHoldBoundary: false };
};

/**
 * A boundary that is in none of the parts. It starts with "=_", which quoted-printable and base64 never contain
 * (RFC 2045 §6.7), so only parts sent as they are have to be searched.
 */
const chooseBoundary = (seed: string, label: string, parts: readonly Entity[]): string => {
  for (let round = 0; ; round++) {
    const boundary = `=_${label}${hash("sha256", `${seed}\n${label}\n${round}`, "hex").slice(0, 24)}`;
    const taken = parts.some(
      (part) => part.mayHoldBoundary && part.content.some((bytes) => bytes.includes(boundary)),
    );
    if (!taken) return boundary;
  }
};

const multipart = (
  subtype: "mixed" | "related" | "alternative",
  parts: readonly Entity[],
  seed: string,
): Entity => {
  const boundary = chooseBoundary(seed, subtype.charAt(0), parts);
  // RFC 2387 §3.1: related names the type of its root.
  const rootType = /^Content-Type: ([^;\r\n]+)/.exec(parts[0]?.fields[0]?.line ?? "")?.[1] ?? "text/html";
  const type = subtype === "related" ? `; type="${rootType}"` : "";
  const content: Buffer[] = [];
  for (const part of parts) {
    const header = part.fields.map((field) => field.line).join("");
    content.push(Buffer.from(`--${boundary}\r\n${header}\r\n`), ...part.content, CRLF);
  }
  content.push(Buffer.from(`--${boundary}--\r\n`));
  const fields = [
    formatHeaderField("Content-Type", `multipart/${subtype}${type}${formatParameter("boundary", boundary)}`),
  ];
  const is8bit = parts.some((part) => part.is8bit);
  // RFC 2045 §6.4: a multipart's own encoding is that of what it holds.
  if (is8bit) fields.push(formatHeaderField("Content-Transfer-Encoding", "8bit"));
  return { fields, content, is8bit, mayHoldBoundary: parts.some((part) => part.mayHoldBoundary) };
};

/**
 * Composes a body once, for any number of messages that differ in their headers only. Structure: text, or html, or
 * multipart/alternative of both and of the other forms; multipart/related around the html when attachments are `inline` with a content id;
 * multipart/mixed around that when there are others.
 *
 * @throws MessageError for an attachment whose type, file name or content id cannot be written.
 */
export const composeBody = (content: ComposeContent): ComposedBody => {
  const { text, html, boundarySeed: seed } = content;
  const attachments = content.attachments ?? [];
  const related =
    html === undefined ? [] : attachments.filter((a) => a.disposition === "inline" && a.contentId);
  const mixed = attachments.filter((attachment) => !related.includes(attachment));

  let root: Entity | undefined;
  if (html !== undefined) {
    root = textEntity("text/html", html);
    if (related.length > 0) root = multipart("related", [root, ...related.map(composeAttachment)], seed);
  }
  const alternatives = (content.alternatives ?? []).map(({ type, value }) => {
    const problem = contentTypeProblem(type);
    if (problem !== undefined) throw new MessageError("content-type", problem);
    return textEntity(type, value);
  });
  const forms = root === undefined ? alternatives : [root, ...alternatives];
  if (text !== undefined || forms.length === 0) forms.unshift(textEntity("text/plain", text ?? ""));
  const [first] = forms;
  root = forms.length === 1 && first !== undefined ? first : multipart("alternative", forms, seed);
  if (mixed.length > 0) root = multipart("mixed", [root, ...mixed.map(composeAttachment)], seed);

  const [only] = root.content;
  return {
    headerFields: [{ name: "MIME-Version", line: "MIME-Version: 1.0\r\n" }, ...root.fields],
    body: root.content.length === 1 && only !== undefined ? only : Buffer.concat(root.content),
    is8bit: root.is8bit,
  };
};
