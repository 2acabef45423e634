import type { EnvelopeAddress } from "./address-list.ts";
import { type BodyStructure, readBodyStructure } from "./body-structure.ts";
import { decodeEncodedWords } from "./decode-encoded-word.ts";
import { type Envelope, readEnvelope } from "./envelope.ts";
import { messageLimits } from "./limits.ts";
import { type MimePart, parseMimeParts } from "./mime-part.ts";
import { readTextPreview } from "./part-text.ts";
import { firstValue, type HeaderField } from "./split-header.ts";

/** A sender as people read it. */
export type DecodedAddress = { readonly name: string | null; readonly address: string };

/** What the platform keeps about a message it received, beside its bytes. */
export type ParsedMessage = {
  readonly fields: readonly HeaderField[];
  readonly envelope: Envelope;
  readonly bodyStructure: BodyStructure;
  /** Decoded; empty when there is none. */
  readonly subject: string;
  /** The mailboxes of From, decoded, groups opened. */
  readonly from: readonly DecodedAddress[];
  /** With its angle brackets. */
  readonly messageId: string | null;
  readonly inReplyTo: string | null;
  /** The ids of References, oldest first; the first and the last 99 of a longer list. */
  readonly references: readonly string[];
  /** The Date field, null when it is absent or no date. */
  readonly date: Date | null;
  /** The start of the text, on one line, at most 200 characters. */
  readonly textPreview: string;
  readonly sizeBytes: number;
  /** The parts, for readers that need more than the above. */
  readonly root: MimePart;
};

const MESSAGE_ID = /<[^<>\s]{1,995}>/g;

/** The message ids in a Message-ID, In-Reply-To or References value, in order, with their angle brackets. */
export const parseMessageIds = (value: string): string[] => {
  const ids = value.slice(0, messageLimits.decodedHeaderChars).match(MESSAGE_ID) ?? [];
  if (ids.length <= messageLimits.references) return [...ids];
  return [...ids.slice(0, 1), ...ids.slice(1 - messageLimits.references)];
};

/** Reads an RFC 5322 §3.3 date, obsolete zones and comments included. Null when it is none. */
export const parseDate = (value: string): Date | null => {
  if (value.length > 200) return null;
  const time = Date.parse(value.replace(/\([^()]*\)/g, " ").trim());
  // PostgreSQL and ISO 8601 agree on four-digit years only.
  if (Number.isNaN(time) || time < 0 || time > Date.UTC(9999, 11, 31)) return null;
  return new Date(time);
};

const decodeAddress = (address: EnvelopeAddress): DecodedAddress[] => {
  if (address.host === null || address.mailbox === null) return [];
  return [
    {
      name: address.name === null ? null : decodeEncodedWords(address.name),
      address: address.host === "" ? address.mailbox : `${address.mailbox}@${address.host}`,
    },
  ];
};

/**
 * Parses a message as it came from the network. Bounded by `messageLimits`, linear in its size, and never throws:
 * what cannot be understood is described as the opaque thing it is.
 *
 * @param raw the whole message; the result holds views into it.
 * @param root its parts, when they have been found already.
 */
export const parseMessage = (raw: Buffer, root = parseMimeParts(raw)): ParsedMessage => {
  const { fields } = root;
  const envelope = readEnvelope(fields);
  return {
    fields,
    envelope,
    bodyStructure: readBodyStructure(raw, root),
    subject: decodeEncodedWords(envelope.subject ?? ""),
    from: (envelope.from ?? []).flatMap(decodeAddress),
    messageId: parseMessageIds(envelope.messageId ?? "")[0] ?? null,
    inReplyTo: parseMessageIds(envelope.inReplyTo ?? "")[0] ?? null,
    references: parseMessageIds(firstValue(fields, "references") ?? ""),
    date: envelope.date === null ? null : parseDate(envelope.date),
    textPreview: readTextPreview(raw, root),
    sizeBytes: raw.length,
    root,
  };
};
