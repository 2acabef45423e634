/**
 * ENVELOPE and BODYSTRUCTURE as values (RFC 9051 §7.5.2). They are computed once, when a message arrives, and
 * stored, so that listing a folder reads no message. Header strings are kept as they stand in the message, RFC 2047
 * encoded words included: the client decodes them.
 */

/** One address; a group start or end has null fields as RFC 9051 §7.5.2 describes. */
export interface EnvelopeAddress {
  readonly name: string | null;
  /** The source route: obsolete, always null. */
  readonly adl: null;
  /** The local part. */
  readonly mailbox: string | null;
  /** The domain. */
  readonly host: string | null;
}

/** The fields a message list shows; null, or no address, for a field that is not there. */
export interface Envelope {
  /** The Date field as written. */
  readonly date: string | null;
  readonly subject: string | null;
  readonly from: readonly EnvelopeAddress[] | null;
  readonly sender: readonly EnvelopeAddress[] | null;
  readonly replyTo: readonly EnvelopeAddress[] | null;
  readonly to: readonly EnvelopeAddress[] | null;
  readonly cc: readonly EnvelopeAddress[] | null;
  readonly bcc: readonly EnvelopeAddress[] | null;
  readonly inReplyTo: string | null;
  readonly messageId: string | null;
}

/** A Content-Disposition (RFC 2183). */
export interface Disposition {
  readonly value: string;
  readonly params: readonly (readonly [string, string])[];
}

/** A part that is not a multipart. */
export interface BodyPart {
  readonly kind: "part";
  readonly type: string;
  readonly subtype: string;
  readonly params: readonly (readonly [string, string])[];
  readonly id: string | null;
  readonly description: string | null;
  readonly encoding: string;
  /** Octets of the body as transferred, before decoding. */
  readonly sizeBytes: number;
  /** Lines of the body as transferred; present for text and message/rfc822. */
  readonly lines?: number;
  readonly md5: string | null;
  readonly disposition: Disposition | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
  /** Present for message/rfc822. */
  readonly envelope?: Envelope;
  /** Present for message/rfc822. */
  readonly body?: BodyStructure;
}

/** A multipart with its parts in order. */
export interface BodyMultipart {
  readonly kind: "multipart";
  readonly subtype: string;
  readonly parts: readonly BodyStructure[];
  readonly params: readonly (readonly [string, string])[];
  readonly disposition: Disposition | null;
  readonly language: readonly string[] | null;
  readonly location: string | null;
}

export type BodyStructure = BodyPart | BodyMultipart;
