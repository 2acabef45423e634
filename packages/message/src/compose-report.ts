import { hash } from "node:crypto";
import { formatDate } from "./compose.ts";
import type { DsnAction } from "./dsn.ts";
import { formatAddressField, type HeaderMailbox } from "./format-mailbox.ts";
import { formatHeaderField, formatTextField } from "./header-field.ts";
import { splitHeader } from "./split-header.ts";

/** What became of one recipient. Addresses and texts are plain, without their `rfc822;` and `smtp;`. */
export type ReportedRecipient = {
  readonly finalRecipient: string;
  /** As the sender named it in ORCPT, `type;address`, decoded. */
  readonly originalRecipient?: string | undefined;
  readonly action: Exclude<DsnAction, "unknown" | "expanded">;
  /** RFC 3463. */
  readonly status: string;
  /** The reply of the other server, or what was wrong on the way to it. */
  readonly diagnostic: string;
  /** Whether the diagnostic is an SMTP reply. */
  readonly isReply: boolean;
  readonly remoteMta?: string | undefined;
  /** Only for what is delayed. */
  readonly willRetryUntil?: Date | undefined;
};

/** A delivery report to write. */
export type ReportInput = {
  readonly from: HeaderMailbox;
  readonly to: string;
  /** Without angle brackets. */
  readonly messageId: string;
  readonly date: Date;
  /** Our host name. */
  readonly reportingMta: string;
  /** ENVID of the message, decoded. */
  readonly envelopeId?: string | undefined;
  readonly arrivalDate: Date;
  readonly recipients: readonly ReportedRecipient[];
  /** The message that is reported on. */
  readonly original: Buffer;
  readonly returned: "full" | "headers";
};

const SUBJECTS = {
  failed: "Delivery failed",
  delayed: "Delivery is delayed",
  delivered: "Delivered",
  relayed: "Handed on to the next server",
} as const;

const SENTENCES = {
  failed: "could not be delivered",
  delayed: "could not be delivered yet; it will be tried again",
  delivered: "was delivered",
  relayed: "was handed on to a server that may send no report of its own",
} as const;

const MAX_DIAGNOSTIC_CHARS = 500;
const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/**
 * Writes a delivery status notification (RFC 3464) as multipart/report: a text, the fields, and the header or the whole of the
 * message. An address that is not ASCII makes it the internationalised form (RFC 6533). It says Auto-Submitted (RFC 3834 §5), so that
 * nothing answers it; whoever sends it gives it the null reverse-path.
 *
 * @returns the message, lines ending in CRLF.
 */
export const composeReport = (input: ReportInput): Buffer => {
  const isGlobal = input.recipients.some(
    ({ finalRecipient, originalRecipient = "" }) => !isAscii(finalRecipient) || !isAscii(originalRecipient),
  );
  const original = originalPart(input);
  const parts = [
    Buffer.from(
      `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${explanation(input)}`,
    ),
    Buffer.concat([
      Buffer.from(
        isGlobal
          ? "Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
          : "Content-Type: message/delivery-status\r\n\r\n",
      ),
      Buffer.from(statusFields(input, isGlobal)),
    ]),
    original,
  ];
  const boundary = freeBoundary(input.messageId, parts);
  const [first] = input.recipients;
  const header = [
    formatAddressField("From", [input.from]).line,
    formatAddressField("To", [{ address: input.to }]).line,
    formatTextField("Subject", `${SUBJECTS[first?.action ?? "failed"]}: ${first?.finalRecipient ?? ""}`).line,
    formatHeaderField("Date", formatDate(input.date)).line,
    formatHeaderField("Message-ID", `<${input.messageId}>`).line,
    "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n", // RFC 3834 §5
    `Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="${boundary}"\r\n\r\n`,
  ];
  const delimiter = Buffer.from(`--${boundary}\r\n`);
  return Buffer.concat([
    Buffer.from(header.join("")),
    ...parts.flatMap((part) => [delimiter, part, Buffer.from("\r\n")]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);
};

function explanation({ recipients, reportingMta }: ReportInput): string {
  const lines = recipients.map(
    ({ finalRecipient, action, diagnostic }) =>
      `Your message to <${plain(finalRecipient)}> ${SENTENCES[action]}:\r\n  ${plain(diagnostic)}\r\n`,
  );
  return `This is the mail server ${reportingMta}.\r\n\r\n${lines.join("\r\n")}`;
}

/** RFC 3464 §2.2 and §2.3: one group for the message, one for each recipient. */
function statusFields(input: ReportInput, isGlobal: boolean): string {
  const { envelopeId, reportingMta, arrivalDate, recipients, date } = input;
  const type = isGlobal ? "utf-8" : "rfc822"; // RFC 6533 §3
  const perMessage = [
    ...(envelopeId === undefined ? [] : [field("Original-Envelope-Id", envelopeId)]),
    field("Reporting-MTA", `dns; ${reportingMta}`),
    field("Arrival-Date", formatDate(arrivalDate)),
  ];
  const groups = recipients.map((recipient) => {
    const { originalRecipient, finalRecipient, remoteMta, willRetryUntil, diagnostic } = recipient;
    return [
      ...(originalRecipient === undefined ? [] : [field("Original-Recipient", originalRecipient)]),
      field("Final-Recipient", `${type}; ${finalRecipient}`),
      field("Action", recipient.action),
      field("Status", recipient.status),
      ...(remoteMta === undefined ? [] : [field("Remote-MTA", `dns; ${remoteMta}`)]),
      // RFC 3464 §2.3.6: the type says whose words they are; ours are not SMTP.
      field("Diagnostic-Code", `${recipient.isReply ? "smtp" : "x-waxwing"}; ${plain(diagnostic)}`),
      field("Last-Attempt-Date", formatDate(date)),
      ...(willRetryUntil === undefined ? [] : [field("Will-Retry-Until", formatDate(willRetryUntil))]),
    ].join("");
  });
  return [perMessage.join(""), ...groups].join("\r\n");
}

const field = (name: string, value: string): string => formatHeaderField(name, plain(value)).line;

/** One line without control characters, whose words fit into a header line: a reply is what another server likes to say. */
function plain(text: string): string {
  const line = text
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .toWellFormed();
  return line.length > MAX_DIAGNOSTIC_CHARS
    ? `${line.slice(0, MAX_DIAGNOSTIC_CHARS).toWellFormed()}...`
    : line;
}

/** RFC 6522 §3 (3): the message, or its header. What is not ASCII in them makes them the forms of RFC 6533 §4. */
function originalPart({ original, returned }: ReportInput): Buffer {
  const bytes = returned === "full" ? original : splitHeader(original).header;
  const header = returned === "full" ? splitHeader(original).header : bytes;
  const isGlobal = header.some((byte) => byte > 127);
  const type =
    returned === "full"
      ? isGlobal
        ? "message/global"
        : "message/rfc822"
      : isGlobal
        ? "message/global-headers"
        : "text/rfc822-headers";
  const encoding = bytes.some((byte) => byte > 127) ? "Content-Transfer-Encoding: 8bit\r\n" : "";
  return Buffer.concat([Buffer.from(`Content-Type: ${type}\r\n${encoding}\r\n`), bytes]);
}

/** A boundary that is in none of the parts, which are sent as they are; the same for the same report. */
function freeBoundary(seed: string, parts: readonly Buffer[]): string {
  for (let round = 0; ; round++) {
    const boundary = `=_r${hash("sha256", `${seed}\n${round}`, "hex").slice(0, 24)}`;
    if (!parts.some((part) => part.includes(boundary))) return boundary;
  }
}
