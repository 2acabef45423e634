import {
  decodeEncodedWords,
  decodePart,
  decodePartText,
  type EnvelopeAddress,
  findTextPart,
  firstValue,
  type MimePart,
  type ParsedMessage,
  parseMessage,
  partFilename,
} from "@waxwing/message";

interface PostedAddress {
  readonly name: string | null;
  readonly address: string;
}

/** A part of a message that is not its text. */
interface PostedAttachment {
  readonly filename: string;
  /** `type/subtype`, lower case. */
  readonly type: string;
  readonly disposition: "attachment" | "inline";
  /** Without angle brackets; null: nothing refers to it. */
  readonly contentId: string | null;
  readonly content: Buffer;
}

/** A message taken apart for a webhook. All text is well-formed Unicode. */
export interface PostedMessage {
  readonly parsed: ParsedMessage;
  /** In order, values unfolded and decoded. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly to: readonly PostedAddress[];
  readonly cc: readonly PostedAddress[];
  readonly replyTo: readonly PostedAddress[];
  /** The first text a reader is shown; null: there is none. */
  readonly text: string | null;
  readonly html: string | null;
  readonly attachments: readonly PostedAttachment[];
}

/** Takes a message apart. Never throws; costs a copy of its attachments. */
export function readPostedMessage(raw: Buffer): PostedMessage {
  const parsed = parseMessage(raw);
  const plain = findTextPart(parsed.root, "plain");
  const html = findTextPart(parsed.root, "html");
  const rest = [...leaves(parsed.root)].filter((part) => part !== plain && part !== html);
  return {
    parsed,
    headers: parsed.fields.map(({ name, value }) => [name, clean(decodeEncodedWords(value))] as const),
    to: addressesOf(parsed.envelope.to),
    cc: addressesOf(parsed.envelope.cc),
    replyTo: firstValue(parsed.fields, "reply-to") === undefined ? [] : addressesOf(parsed.envelope.replyTo),
    text: plain === undefined ? null : clean(decodePartText(raw, plain)),
    html: html === undefined ? null : clean(decodePartText(raw, html)),
    attachments: rest.map((part, index) => attachmentOf(raw, part, index)),
  };
}

/** Parts that hold no parts; an attached message is one of them, whatever it holds. */
function* leaves(part: MimePart): Generator<MimePart> {
  if (part.parts.length === 0) yield part;
  for (const child of part.parts) yield* leaves(child);
}

function attachmentOf(raw: Buffer, part: MimePart, index: number): PostedAttachment {
  const { type, subtype, fields } = part;
  const isMessage = part.message !== undefined;
  const named = clean(partFilename(part) ?? "").replace(/[\p{Cc}/\\]/gu, "_");
  const contentId = firstValue(fields, "content-id")?.trim().replace(/^<|>$/g, "") ?? "";
  const isInline = /^inline\b/i.test(firstValue(fields, "content-disposition")?.trim() ?? "");
  return {
    filename: named || `part-${index + 1}${isMessage ? ".eml" : ""}`,
    type: `${type}/${subtype}`,
    disposition: isInline ? "inline" : "attachment",
    contentId: contentId === "" ? null : clean(contentId),
    content: decodePart(raw, part),
  };
}

function addressesOf(list: readonly EnvelopeAddress[] | null): readonly PostedAddress[] {
  return (list ?? []).flatMap(({ name, mailbox, host }) =>
    mailbox === null || host === null
      ? []
      : [
          {
            name: name === null ? null : clean(decodeEncodedWords(name)),
            address: clean(host === "" ? mailbox : `${mailbox}@${host}`),
          },
        ],
  );
}

/** PostgreSQL and many languages take no NUL in a text. */
const clean = (text: string): string => text.replaceAll("\0", "\ufffd").toWellFormed();
