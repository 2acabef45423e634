import type { SmtpEnvelope, SmtpRecipient, SmtpSender } from "./envelope.ts";
import { type Refusal, replies } from "./reply.ts";

/** The mail transaction of a connection (RFC 5321 §3.3): from an accepted MAIL to the end of DATA, RSET or EHLO. */
export interface Transaction {
  readonly sender: () => SmtpSender | null;
  readonly begin: (sender: SmtpSender) => void;
  /** Is there room for this recipient? A repeated address takes the place of the earlier one. */
  readonly hasRoomFor: (recipient: SmtpRecipient) => boolean;
  readonly add: (recipient: SmtpRecipient) => void;
  readonly refused: () => void;
  /** Throws outside a transaction. */
  readonly envelope: () => SmtpEnvelope;
  /** Why DATA may not start, or `null`. */
  readonly dataRefusal: () => Refusal | null;
  readonly reset: () => void;
}

/** An empty transaction for at most `maxRecipients`. */
export const createTransaction = (maxRecipients: number): Transaction => {
  let sender: SmtpSender | null = null;
  let refusedRecipients = 0;
  // Keyed by address, so that nobody reads a message twice; local parts keep their case (RFC 5321 §2.4).
  const recipients = new Map<string, SmtpRecipient>();
  return {
    sender: () => sender,
    begin: (accepted) => {
      sender = accepted;
    },
    hasRoomFor: ({ address }) => recipients.size < maxRecipients || recipients.has(address),
    add: (recipient) => recipients.set(recipient.address, recipient),
    refused: () => {
      refusedRecipients += 1;
    },
    envelope: () => {
      if (sender === null) throw new Error("no envelope outside a transaction");
      return { sender, recipients: [...recipients.values()] };
    },
    dataRefusal: () => {
      if (sender === null) return replies.needMail;
      if (recipients.size > 0) return null;
      return refusedRecipients > 0 ? replies.noValidRecipients : replies.needRecipient;
    },
    reset: () => {
      sender = null;
      refusedRecipients = 0;
      recipients.clear();
    },
  };
};
