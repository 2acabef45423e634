/**
 * What was wrong with something an application asked us to write into a message.
 * `header-name`: not a field name (RFC 5322 §2.2). `header-value`: would break out of its line, or cannot be
 * written. `line-too-long`: a word without a space over 998 octets. `reserved-header`: the composer writes this
 * field itself. `content-type`: not `type/subtype`. `message-id`: not an id.
 */
export type MessageErrorCode =
  | "header-name"
  | "header-value"
  | "line-too-long"
  | "reserved-header"
  | "content-type"
  | "message-id";

/** Thrown by the composer. `message` is a sentence fit for the application that sent the input. */
export class MessageError extends Error {
  override readonly name = "MessageError";
  readonly code: MessageErrorCode;

  constructor(code: MessageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
