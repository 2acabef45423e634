import {
  decodeEncodedWords,
  type FieldRange,
  headerFieldRanges,
  type Mailbox,
  parseMailboxList,
  readField,
} from "@waxwing/message";
import { isTwin } from "./header-twins.ts";
import { type MimeRefusal, refused } from "./mime-refusal.ts";

/** As many as inbound mail may have: a message that comes back to its sender's gateway must not circle for ever. */
const MAX_RECEIVED_FIELDS = 50;

/** The fields of a submitted message that matter, by where they stand. */
export interface SubmittedHeader {
  readonly kind: "header";
  readonly from: readonly FieldRange[];
  readonly subject: FieldRange | null;
  /** What does not go out: Bcc, and what was meant for us. */
  readonly hidden: readonly FieldRange[];
  /** Idempotency-Key fields. */
  readonly keys: readonly FieldRange[];
  /** X-SMTPAPI fields. */
  readonly smtpApis: readonly FieldRange[];
  /** X-Waxwing-* fields. */
  readonly twins: readonly FieldRange[];
  /** TLS-Required fields. */
  readonly tlsRequired: readonly FieldRange[];
  readonly hasDate: boolean;
  /** The first one, where there is any. */
  readonly messageId: FieldRange | null;
  readonly hasReplyTo: boolean;
}

/**
 * Finds the fields that matter, over the whole header however long. A line that is no field ends the header for some programs and
 * is passed over by others; the two then see different senders, so such a message is refused.
 */
export function readHeader(raw: Buffer): SubmittedHeader | MimeRefusal {
  const from: FieldRange[] = [];
  const hidden: FieldRange[] = [];
  const keys: FieldRange[] = [];
  const smtpApis: FieldRange[] = [];
  const twins: FieldRange[] = [];
  const tlsRequired: FieldRange[] = [];
  let subject: FieldRange | null = null;
  let hasDate = false;
  let messageId: FieldRange | null = null;
  let hasReplyTo = false;
  let received = 0;
  let end = 0;
  const ranges = headerFieldRanges(raw);
  let next = ranges.next();
  for (; next.done !== true; next = ranges.next()) {
    const range = next.value;
    if (range.start !== end) return notAField(raw, end);
    end = range.end;
    const name = raw.toString("latin1", range.start, Math.min(range.colon, range.start + 80));
    const lowerName = name.trimEnd().toLowerCase();
    switch (lowerName) {
      case "from":
        from.push(range);
        break;
      case "subject":
        subject ??= range;
        break;
      case "date":
        hasDate = true;
        break;
      case "message-id":
        messageId ??= range;
        break;
      case "reply-to":
        hasReplyTo = true;
        break;
      case "tls-required":
        tlsRequired.push(range);
        break;
      case "received":
        received++;
        break;
      case "bcc":
      case "resent-bcc":
        hidden.push(range);
        break;
      case "idempotency-key":
        hidden.push(range);
        keys.push(range);
        break;
      case "x-smtpapi":
        hidden.push(range);
        smtpApis.push(range);
        break;
      default:
        if (!isTwin(lowerName)) break;
        hidden.push(range);
        twins.push(range);
    }
  }
  const bodyStart = next.value;
  // The empty line, or nothing where the message has no body, is all that may follow the last field.
  if (bodyStart - end > 2) return notAField(raw, end);
  if (received > MAX_RECEIVED_FIELDS) {
    return refused(554, "5.4.6", "Routing loop: too many Received fields"); // RFC 3463 §3.5
  }
  return {
    kind: "header",
    from,
    subject,
    hidden,
    keys,
    smtpApis,
    twins,
    tlsRequired,
    hasDate,
    messageId,
    hasReplyTo,
  };
}

function notAField(raw: Buffer, at: number): MimeRefusal {
  const line = raw
    .toString("latin1", at, Math.min(raw.length, at + 40))
    .replace(/[\r\n].*$/s, "")
    .replace(/[^\x20-\x7e]/g, "?");
  return refused(550, "5.6.0", `The header has a line that is not a field: "${line}"`);
}

/** RFC 5322 §3.6.2 allows several authors; one address decides which domain signs, so there is exactly one here. */
export function readSender(raw: Buffer, fields: readonly FieldRange[]): Mailbox | MimeRefusal {
  const [field, ...others] = fields;
  if (field === undefined) return refused(550, "5.6.0", "The message has no From field");
  // Two From fields are how a message shows its reader another sender than the one that was checked.
  if (others.length > 0) return refused(550, "5.6.0", "The message has more than one From field");
  if (raw.subarray(field.colon, field.end).some(isControl)) {
    return refused(550, "5.6.0", "The From field contains a control character");
  }
  const value = readField(raw, field).value;
  // The old form that cron and mail(1) still write: the name as a comment (RFC 5322 §3.4, "legacy").
  const [, commented] = /^([^\s()<>,;:"]+@[^\s()<>,;:"]+)\s*\([^()]*\)$/.exec(value) ?? [];
  const parsed = parseMailboxList(commented ?? value);
  if (parsed.kind === "invalid") {
    return refused(550, "5.6.0", `The From field must name one sender, but its address ${parsed.reason}`);
  }
  const [sender, ...more] = parsed.mailboxes;
  if (sender === undefined || more.length > 0) {
    return refused(550, "5.6.0", `The From field names ${parsed.mailboxes.length} senders; it must name one`);
  }
  return sender;
}

/** Encoded-words decoded at a time: longer values are more than a header that people read may have. */
const WORDS_AT_A_TIME = 500;

/** The value of a field, unfolded, RFC 2047 decoded. An X-SMTPAPI of a thousand recipients is longer than any field for people. */
export function readValue(raw: Buffer, range: FieldRange): string {
  const { value } = readField(raw, range);
  if (!value.includes("=?")) return value;
  // RFC 2047 §6.2: white space between two encoded-words is none of the text.
  const words = value.split(/(?<=\?=)[ \t]+(?==\?)/);
  let decoded = "";
  for (let at = 0; at < words.length; at += WORDS_AT_A_TIME) {
    decoded += decodeEncodedWords(words.slice(at, at + WORDS_AT_A_TIME).join(" "));
  }
  return decoded;
}

/** CR and LF stand only where the field is folded: the SMTP server takes no others. */
const isControl = (octet: number): boolean =>
  (octet < 0x20 && octet !== 0x09 && octet !== 0x0d && octet !== 0x0a) || octet === 0x7f;
