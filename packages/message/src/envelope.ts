import { type EnvelopeAddress, parseAddressList } from "./address-list.ts";
import { firstValue, type HeaderField } from "./split-header.ts";

/** The ENVELOPE of IMAP (RFC 9051 §7.5.2): header strings unfolded, still RFC 2047-encoded; null for an absent field. */
export type Envelope = {
  readonly date: string | null;
  readonly subject: string | null;
  readonly from: readonly EnvelopeAddress[] | null;
  /** As `from` when the message has no Sender, or an empty one. */
  readonly sender: readonly EnvelopeAddress[] | null;
  /** As `from` when the message has no Reply-To, or an empty one. */
  readonly replyTo: readonly EnvelopeAddress[] | null;
  readonly to: readonly EnvelopeAddress[] | null;
  readonly cc: readonly EnvelopeAddress[] | null;
  readonly bcc: readonly EnvelopeAddress[] | null;
  readonly inReplyTo: string | null;
  readonly messageId: string | null;
};

/** Makes the ENVELOPE of a message from its header fields. Never throws. */
export const readEnvelope = (fields: readonly HeaderField[]): Envelope => {
  const text = (name: string): string | null => firstValue(fields, name) ?? null;
  const addresses = (name: string): readonly EnvelopeAddress[] | null => {
    const value = firstValue(fields, name);
    const list = value === undefined ? [] : parseAddressList(value);
    return list.length === 0 ? null : list;
  };
  const from = addresses("from");
  return {
    date: text("date"),
    subject: text("subject"),
    from,
    // RFC 9051 §7.5.2: "the server MUST default the reply-to and sender fields from the from field".
    sender: addresses("sender") ?? from,
    replyTo: addresses("reply-to") ?? from,
    to: addresses("to"),
    cc: addresses("cc"),
    bcc: addresses("bcc"),
    inReplyTo: text("in-reply-to"),
    messageId: text("message-id"),
  };
};
