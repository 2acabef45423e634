import { type ComposeContent, type ComposedBody, composeBody } from "./compose-body.ts";
import { formatAddressField, type HeaderMailbox } from "./format-mailbox.ts";
import { formatHeaderField, formatTextField, type HeaderLine } from "./header-field.ts";
import { MessageError } from "./message-error.ts";

/** What the header of a message says beside describing its body. Addresses are as parseMailbox returned them. */
export type ComposeFields = {
  readonly from: HeaderMailbox;
  readonly to: readonly HeaderMailbox[];
  readonly cc?: readonly HeaderMailbox[] | undefined;
  readonly replyTo?: readonly HeaderMailbox[] | undefined;
  readonly subject: string;
  /** With or without its angle brackets. */
  readonly messageId: string;
  readonly date: Date;
  /** Further fields in the order given; none of `reservedHeaderNames`. */
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
};

/** A header ready to send. There is never a Bcc in it. */
export type ComposedHeader = {
  /** Lines ending in CRLF, without the empty line that ends a header. */
  readonly header: string;
  /** The same, field by field, as the signer wants it. */
  readonly headerFields: readonly HeaderLine[];
  /** True when an address is not ASCII: the message needs an SMTPUTF8 server (RFC 6531). */
  readonly needsSmtpUtf8: boolean;
};

/** A message ready to send: header, an empty line, body. */
export type ComposedMessage = ComposedHeader & { readonly body: Buffer; readonly is8bit: boolean };

/**
 * Names (lower case) that an application may not set as custom headers: the composer writes them, the platform
 * adds them, or (Bcc) nobody may.
 */
export const reservedHeaderNames: ReadonlySet<string> = new Set([
  "from",
  "to",
  "cc",
  "bcc",
  "reply-to",
  "subject",
  "message-id",
  "date",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
  "content-disposition",
  "return-path",
  "received",
  "dkim-signature",
  "authentication-results",
]);

// Fields whose value is not free text: encoded-words may not stand in them (RFC 2047 §5).
const structuredNames = new Set([
  "sender",
  "in-reply-to",
  "references",
  "auto-submitted",
  "precedence",
  "list-unsubscribe",
  "list-unsubscribe-post",
  "list-id",
  "list-help",
  "list-post",
  "list-owner",
  "list-archive",
  "list-subscribe",
  "feedback-id",
]);

/** RFC 5322 §3.3, always in UTC: `Thu, 13 Feb 2025 12:00:00 +0000`. */
export const formatDate = (date: Date): string => date.toUTCString().replace("GMT", "+0000");

const formatMessageId = (messageId: string): HeaderLine => {
  const bare = messageId.trim().replace(/^<|>$/g, "");
  if (!/^[\x21-\x3b\x3d\x3f-\x7e]{1,900}$/.test(bare)) {
    throw new MessageError(
      "message-id",
      "the Message-ID must be ASCII without spaces or angle brackets inside",
    );
  }
  return formatHeaderField("Message-ID", `<${bare}>`);
};

const formatCustomField = (name: string, value: string): HeaderLine => {
  const lowerName = name.toLowerCase();
  if (reservedHeaderNames.has(lowerName)) {
    throw new MessageError("reserved-header", `the header ${name} cannot be set: it is written for you`);
  }
  if (!structuredNames.has(lowerName)) return formatTextField(name, value);
  if (!/^[\x20-\x7e\t]*$/.test(value)) {
    throw new MessageError("header-value", `the value of ${name} has characters other than printable ASCII`);
  }
  return formatHeaderField(name, value);
};

/**
 * Composes a header around a body that may have been composed for many messages.
 *
 * @throws MessageError for a header, name or id that cannot be written; CR, LF and NUL never get through.
 */
export const composeHeader = (
  fields: ComposeFields,
  body: Pick<ComposedBody, "headerFields">,
): ComposedHeader => {
  const headerFields: HeaderLine[] = [formatAddressField("From", [fields.from])];
  const { to, cc = [], replyTo = [], headers = [] } = fields;
  if (to.length > 0) headerFields.push(formatAddressField("To", to));
  if (cc.length > 0) headerFields.push(formatAddressField("Cc", cc));
  if (replyTo.length > 0) headerFields.push(formatAddressField("Reply-To", replyTo));
  headerFields.push(formatTextField("Subject", fields.subject));
  headerFields.push(formatMessageId(fields.messageId));
  headerFields.push(formatHeaderField("Date", formatDate(fields.date)));
  for (const [name, value] of headers) headerFields.push(formatCustomField(name, value));
  headerFields.push(...body.headerFields);

  let header = "";
  for (const field of headerFields) header += field.line;
  return { header, headerFields, needsSmtpUtf8: Buffer.byteLength(header) !== header.length };
};

/** Composes header and body at once. See composeHeader and composeBody, and what they throw. */
export const composeMessage = (input: ComposeFields & ComposeContent): ComposedMessage => {
  const composed = composeBody(input);
  return { ...composeHeader(input, composed), body: composed.body, is8bit: composed.is8bit };
};
