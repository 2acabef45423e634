import { firstValue, type ParsedMessage } from "@waxwing/message";
import type { MailText } from "./report-text.ts";
import { REPORT_SENDER, REPORT_SENDER_NAME, REPORT_SUBJECTS } from "./rules/report-subjects.ts";

/** What a mail says of itself before its text is read. */
export interface MailSigns {
  /** Lower case, one space between words, bounded. */
  readonly subject: string;
  /** Address in From, lower case; empty when there is none. */
  readonly from: string;
  /** The null reverse-path, which only reports and automatic answers have (RFC 5321 §4.5.5). */
  readonly isNullSender: boolean;
  /** From names a mail server. */
  readonly isFromServer: boolean;
  /** The subject is one of those that answer or pass on other mail. */
  readonly isAnswer: boolean;
  /** By its Content-Type it is a delivery report (RFC 6522 §3), whatever is in it. */
  readonly isReportType: boolean;
  /** In-Reply-To or References is there. */
  readonly namesMessage: boolean;
  /** The subject that reports carry, if it is one. */
  readonly reportSubject: (typeof REPORT_SUBJECTS)[number] | undefined;
}

/** Prefixes of answers and of mail passed on, as mail programs write them in their languages. */
const ANSWER_PREFIX =
  /^\[?(?:re|aw|sv|vs|antw|antwort|odp|ynt|res|rif|r|ref|bls|atb|vá|ots|回复|回覆|答复|答覆|返信|回信)(?:\[\d{1,3}\]|\^\d)?\s?[:\uff1a]/;
const FORWARD_PREFIX = /^\[?(?:fwd?|wg|tr|rv|enc|i|vb|vl|vs|pd|ilt|转发|轉寄|転送|전달)\s?[:\uff1a]/;

const MAX_SUBJECT_CHARS = 500;

export function readSigns(parsed: ParsedMessage, isNullSender: boolean): MailSigns {
  const subject = parsed.subject.slice(0, MAX_SUBJECT_CHARS).replace(/\s+/g, " ").trim().toLowerCase();
  const [sender] = parsed.from;
  const from = sender?.address.toLowerCase() ?? "";
  const isPassedOn = FORWARD_PREFIX.test(subject);
  const returnPath = firstValue(parsed.fields, "return-path")?.trim();
  const name = sender?.name?.slice(0, 200).toLowerCase() ?? "";
  return {
    subject,
    from,
    isNullSender: isNullSender || returnPath === "<>",
    isFromServer:
      REPORT_SENDER.test(from.slice(0, Math.max(0, from.lastIndexOf("@"))) || from) ||
      REPORT_SENDER_NAME.test(name),
    isAnswer: ANSWER_PREFIX.test(subject) || isPassedOn,
    isReportType: isReportType(parsed.root),
    namesMessage: parsed.inReplyTo !== null || parsed.references.length > 0,
    reportSubject: REPORT_SUBJECTS.find(({ says }) => says.test(subject)),
  };
}

const isReportType = ({ type, subtype, params }: ParsedMessage["root"]): boolean =>
  type === "multipart" &&
  subtype === "report" &&
  params.some(([name, value]) => name === "report-type" && /^delivery-status$/i.test(value.trim()));

/** Whether the subject begins as an answer does ("Re:"), not as mail passed on. */
export const isReplySubject = (subject: string): boolean => ANSWER_PREFIX.test(subject);

/** A mail as the judges see it. */
export interface SeenMail {
  readonly raw: Buffer;
  readonly parsed: ParsedMessage;
  readonly signs: MailSigns;
  /** Read when first asked for: most judges need no text. */
  readonly text: () => MailText;
}
