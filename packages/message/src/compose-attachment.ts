import { formatParameter } from "./format-parameter.ts";
import { formatHeaderField, type HeaderLine } from "./header-field.ts";
import { messageLimits } from "./limits.ts";
import { MessageError } from "./message-error.ts";
import type { Entity } from "./mime-entity.ts";
import { parseParameterized } from "./parse-parameter.ts";
import { encodeBase64, measureText } from "./transfer-encode.ts";

/** A file that goes with a message. */
export type ComposeAttachment = {
  /** Any characters; path separators are written as they are, readers must not trust them. */
  readonly filename?: string | undefined;
  /** `type/subtype`, parameters allowed. */
  readonly contentType: string;
  readonly disposition: "attachment" | "inline";
  /** With or without angle brackets; html refers to it as `cid:`. */
  readonly contentId?: string | undefined;
  readonly content: Buffer;
};

// RFC 2045 §5.1: type and subtype are tokens.
const MEDIA_TYPE = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,127}\/[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,127}$/;

/** Says why a content type cannot be written, or undefined when it can. Shape: `type/subtype[; name=value]...`. */
export const contentTypeProblem = (contentType: string): string | undefined =>
  MEDIA_TYPE.test(parseParameterized(contentType).value)
    ? undefined
    : "the content type must be type/subtype";

const formatContentId = (contentId: string): HeaderLine => {
  const bare = contentId.trim().replace(/^<|>$/g, "");
  // RFC 2392 §2: a content id is a message id; white space or brackets inside would end it early.
  if (!/^[^\s<>\p{Cc}]{1,500}$/u.test(bare))
    throw new MessageError("header-value", "a content id has a character that is not allowed");
  // Non-ASCII has no encoding in an id: percent-encoding is what cid: URLs use for it.
  return formatHeaderField("Content-ID", `<${bare.replace(/[^\x21-\x7e]/gu, encodeURIComponent)}>`);
};

/** An attached message: RFC 2046 §5.2.1 lets only the identity encodings carry it. */
const messageContent = (bytes: Buffer): { content: Buffer; encoding: "7bit" | "8bit" } | undefined => {
  const normalized =
    bytes.includes("\n") && /(?<!\r)\n/.test(bytes.toString("latin1"))
      ? Buffer.from(bytes.toString("latin1").replace(/(?<!\r)\n/g, "\r\n"), "latin1")
      : bytes;
  const measure = measureText(normalized);
  if (measure.hasNul || measure.longestLineBytes > messageLimits.lineHardBytes) return undefined;
  return { content: normalized, encoding: measure.hasEightBit ? "8bit" : "7bit" };
};

/**
 * Composes one attachment: base64, except that an attached message goes as it is when its lines allow that, and as
 * `application/octet-stream` when not. A `multipart/*` type becomes `application/octet-stream` too, since its
 * boundary would be ours to get wrong.
 *
 * @throws MessageError `content-type` or `header-value`.
 */
export const composeAttachment = (attachment: ComposeAttachment): Entity => {
  const problem = contentTypeProblem(attachment.contentType);
  if (problem !== undefined) throw new MessageError("content-type", problem);
  const parsed = parseParameterized(attachment.contentType);
  const mediaType = parsed.value.toLowerCase();
  const asMessage = mediaType.startsWith("message/") ? messageContent(attachment.content) : undefined;
  const opaque =
    mediaType.startsWith("multipart/") || (mediaType.startsWith("message/") && asMessage === undefined);

  let contentType = opaque ? "application/octet-stream" : mediaType;
  for (const [name, value] of opaque ? [] : parsed.params) {
    // Our own file name stands in Content-Disposition; a second one here is a way to show two names for one file.
    if (/^[a-z0-9*_.-]{1,64}$/.test(name) && !name.startsWith("name"))
      contentType += formatParameter(name.replace(/\*.*$/, ""), value);
  }
  const { filename, contentId } = attachment;
  const named = filename === undefined || filename === "" ? "" : formatParameter("filename", filename);
  const fields: HeaderLine[] = [
    formatHeaderField("Content-Type", contentType),
    formatHeaderField("Content-Disposition", `${attachment.disposition}${named}`),
  ];
  if (contentId !== undefined && contentId !== "") fields.push(formatContentId(contentId));
  if (asMessage !== undefined) {
    if (asMessage.encoding === "8bit") fields.push(formatHeaderField("Content-Transfer-Encoding", "8bit"));
    return {
      fields,
      content: [asMessage.content],
      is8bit: asMessage.encoding === "8bit",
      mayHoldBoundary: true,
    };
  }
  fields.push(formatHeaderField("Content-Transfer-Encoding", "base64"));
  return { fields, content: [encodeBase64(attachment.content)], is8bit: false, mayHoldBoundary: false };
};
