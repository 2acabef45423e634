import {
  decodeEncodedWords,
  type FieldRange,
  formatDate,
  headerFieldRanges,
  type Mailbox,
  parseMailbox,
  parseMailboxList,
  readField,
} from "@waxwing/message";
import { newId } from "@waxwing/runtime";
import type { MimeSubmission, Submitter } from "./accept.ts";
import { messageIdOf } from "./compose.ts";
import { mimeFingerprint } from "./mime-fingerprint.ts";

/** A refusal of a submitted message or address: SMTP reply code, enhanced code (RFC 3463) and one line that says what to change. */
export interface MimeRefusal {
  readonly kind: "refused";
  readonly code: 550 | 554;
  readonly enhanced: string;
  readonly text: string;
}

/** What an authenticated SMTP session hands in. */
export interface MimeInput {
  /** As sent: every line ends in CRLF. */
  readonly raw: Buffer;
  /** Those that `readMimeRecipient` has taken; they decide who gets the message, the header does not. */
  readonly envelope: { readonly recipients: readonly { readonly address: string }[] };
  readonly submitter: Submitter;
  readonly nowMs: number;
  /** Ours. */
  readonly hostname: string;
  /** The session: its id and the `with` word of RFC 3848. */
  readonly remote: { readonly sessionId: string; readonly protocol: string };
}

/** As many as inbound mail may have: a message that comes back to its sender's gateway must not circle for ever. */
const MAX_RECEIVED_FIELDS = 50;
/** RFC 5322 §2.1.1: the longest line that may be sent; what the store shows of a subject need not be longer. */
const MAX_SUBJECT_CHARS = 998;

const refused = (code: 550 | 554, enhanced: string, text: string): MimeRefusal => ({
  kind: "refused",
  code,
  enhanced,
  text,
});

/**
 * Reads the address of a RCPT TO.
 *
 * @returns the address to deliver to, its domain in lower-case A-labels; or 550 5.1.3 with what is wrong with it.
 */
export function readMimeRecipient(
  forwardPath: string,
): { readonly kind: "recipient"; readonly address: string } | MimeRefusal {
  const parsed = parseMailbox(forwardPath);
  if (parsed.kind === "invalid") return refused(550, "5.1.3", `The address ${parsed.reason}`);
  return { kind: "recipient", address: parsed.address };
}

/**
 * Makes a submission of a finished message. It is kept byte for byte, apart from what RFC 6409 §8 lets a submission server do: a
 * Received field on top, Date and Message-ID where there are none, and no Bcc. An Idempotency-Key field is for us and goes no
 * further.
 *
 * @returns the submission; 550 5.6.0 when the header does not name exactly one sender or cannot be read as a header; 550 5.1.3 for
 *   a recipient; 554 5.4.6 for a message in a loop. Whether the sender's domain may send is the acceptor's question.
 */
export function readMimeSubmission(
  input: MimeInput,
): { readonly kind: "submission"; readonly submission: MimeSubmission } | MimeRefusal {
  const { raw, envelope, submitter } = input;
  const header = readHeader(raw);
  if (header.kind === "refused") return header;
  const from = readSender(raw, header.from);
  if (from.kind === "refused") return from;
  const recipients: string[] = [];
  for (const { address } of envelope.recipients) {
    const recipient = readMimeRecipient(address);
    if (recipient.kind === "refused") return recipient;
    recipients.push(recipient.address);
  }
  const key = readKey(raw, header.keys);
  if (key !== null && typeof key !== "string") return key;
  const id = newId(input.nowMs);
  const subject = header.subject === null ? "" : decodeEncodedWords(readField(raw, header.subject).value);
  return {
    kind: "submission",
    submission: {
      kind: "mime",
      id,
      projectId: submitter.projectId,
      keyId: submitter.keyId,
      options: {},
      from: { address: from.address, ...(from.name !== undefined && { name: from.name }) },
      recipients,
      subject: subject.slice(0, MAX_SUBJECT_CHARS).toWellFormed(),
      mime: completeMime(input, header, messageIdOf(id, from.address)),
      tags: [],
      metadata: {},
      priority: "standard",
      sendAtMs: null,
      ttlMs: null,
      ...(key !== null && {
        idempotency: { key, item: -1, requestHash: mimeFingerprint(raw, recipients) },
      }),
    },
  };
}

interface SubmittedHeader {
  readonly kind: "header";
  readonly from: readonly FieldRange[];
  readonly subject: FieldRange | null;
  /** What does not go out: Bcc, and what was meant for us. */
  readonly hidden: readonly FieldRange[];
  /** Idempotency-Key fields. */
  readonly keys: readonly FieldRange[];
  readonly hasDate: boolean;
  readonly hasMessageId: boolean;
}

/**
 * Finds the fields that matter, over the whole header however long. A line that is no field ends the header for some programs and
 * is passed over by others; the two then see different senders, so such a message is refused.
 */
function readHeader(raw: Buffer): SubmittedHeader | MimeRefusal {
  const from: FieldRange[] = [];
  const hidden: FieldRange[] = [];
  const keys: FieldRange[] = [];
  let subject: FieldRange | null = null;
  let hasDate = false;
  let hasMessageId = false;
  let received = 0;
  let end = 0;
  const ranges = headerFieldRanges(raw);
  let next = ranges.next();
  for (; next.done !== true; next = ranges.next()) {
    const range = next.value;
    if (range.start !== end) return notAField(raw, end);
    end = range.end;
    const name = raw.toString("latin1", range.start, Math.min(range.colon, range.start + 80));
    switch (name.trimEnd().toLowerCase()) {
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
        hasMessageId = true;
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
      default:
    }
  }
  const bodyStart = next.value;
  // The empty line, or nothing where the message has no body, is all that may follow the last field.
  if (bodyStart - end > 2) return notAField(raw, end);
  if (received > MAX_RECEIVED_FIELDS) {
    return refused(554, "5.4.6", "Routing loop: too many Received fields"); // RFC 3463 §3.5
  }
  return { kind: "header", from, subject, hidden, keys, hasDate, hasMessageId };
}

function notAField(raw: Buffer, at: number): MimeRefusal {
  const line = raw
    .toString("latin1", at, Math.min(raw.length, at + 40))
    .replace(/[\r\n].*$/s, "")
    .replace(/[^\x20-\x7e]/g, "?");
  return refused(550, "5.6.0", `The header has a line that is not a field: "${line}"`);
}

/** RFC 5322 §3.6.2 allows several authors; one address decides which domain signs, so there is exactly one here. */
function readSender(raw: Buffer, fields: readonly FieldRange[]): Mailbox | MimeRefusal {
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

/** The key of a submission that may be repeated, or null; the same characters as in the API. */
function readKey(raw: Buffer, fields: readonly FieldRange[]): string | null | MimeRefusal {
  const [field, ...others] = fields;
  if (field === undefined) return null;
  const key = field.end - field.start > 1_000 ? "" : readField(raw, field).value.trim();
  if (others.length > 0 || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    return refused(550, "5.6.0", "The message must have one Idempotency-Key of 1 to 255 visible characters");
  }
  return key;
}

/** CR and LF stand only where the field is folded: the SMTP server takes no others. */
const isControl = (octet: number): boolean =>
  (octet < 0x20 && octet !== 0x09 && octet !== 0x0d && octet !== 0x0a) || octet === 0x7f;

function completeMime(input: MimeInput, header: SubmittedHeader, messageId: string): Buffer {
  const { raw, nowMs, hostname, remote } = input;
  const date = formatDate(new Date(nowMs));
  const added = [
    // Deviation: RFC 5321 §4.4 wants the client's name and address here. They tell every recipient where the sender sits, and
    // whoever may see them finds the session in the log by its id.
    `Received: from authenticated-client by ${hostname}\r\n with ${remote.protocol} id ${remote.sessionId};\r\n ${date}\r\n`,
    ...(header.hasDate ? [] : [`Date: ${date}\r\n`]), // RFC 6409 §8.2
    ...(header.hasMessageId ? [] : [`Message-ID: <${messageId}>\r\n`]), // RFC 6409 §8.3
  ];
  const pieces: Buffer[] = [Buffer.from(added.join(""))];
  // RFC 5321 Appendix B: the submitter's copy may name them, but this same message goes to everybody, and every To and Cc
  // recipient would read who was meant to be hidden. The envelope has them already.
  let from = 0;
  for (const range of header.hidden) {
    pieces.push(raw.subarray(from, range.start));
    from = range.end;
  }
  pieces.push(raw.subarray(from));
  return Buffer.concat(pieces);
}
