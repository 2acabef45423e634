import {
  classifyReply,
  type DeliveryReport,
  type DsnAction,
  type FailureClass,
  firstValue,
  parseDeliveryStatus,
} from "@waxwing/message";
import { tellFormat } from "./bounce-format.ts";
import { holdsPart, type JudgedReport, judgeFields, messageIdOf, wordsOf } from "./judge-report.ts";
import { findNamedRecipients, type NamedRecipient } from "./named-recipients.ts";
import type { MailText } from "./report-text.ts";
import { ANSWER_SUBJECTS } from "./rules/answer-subjects.ts";
import {
  BOILERPLATE,
  type BounceFormat,
  DELAY_WORDS,
  FAILURE_WORDS,
  FOR_GOOD,
} from "./rules/bounce-formats.ts";
import type { SeenMail } from "./sender-signs.ts";
import { classOfReport, findReply, judgeRecipient, MAX_REPLY_CHARS, reasonOfReport } from "./verdict.ts";

/** Lines that belong to one recipient of a report in prose. */
const MAX_BLOCK_LINES = 14;
/** Lines above a recipient that may say why: "The user(s) account is disabled." */
const MAX_HEAD_LINES = 8;
const MAX_JUDGED_REPLIES = 50;

/** Words are looked for in the first page. */
const MAX_WORDS_CHARS = 6_000;

/**
 * Judges a report that is not RFC 3464, by what is known of the system that writes so, or by what reports have in common: who sends
 * them, what subject they carry, what they say. Null when it is no report, or cannot be told from a person's mail about one.
 */
export function judgeProseReport(mail: SeenMail): JudgedReport | null {
  const { signs } = mail;
  const hint =
    signs.isFromServer || signs.reportSubject !== undefined || signs.isNullSender || signs.isReportType;
  // A person who answers or passes on a report quotes all its marks.
  if (signs.isAnswer && !signs.isFromServer && signs.reportSubject === undefined) return null;
  if (ANSWER_SUBJECTS.some(({ says }) => says.test(signs.subject)) && signs.reportSubject === undefined)
    return null;
  const format = tellFormat(mail);
  if (!hint && format === null) return null;
  const text = mail.text();
  if (isReceipt(mail, text)) return null;
  const confidence = confidenceIn(mail, format, text);
  if (confidence === 0) return null;
  const rule = `bounce.${format?.name ?? "prose"}`;

  const fields = fieldsInText(mail, text);
  if (fields !== null) return judgeFields(mail, fields, rule, Math.max(confidence, 0.9));

  const action = actionOf(mail, format, text);
  const named = recipientsOf(mail, text);
  const whole = wordsOf(text);
  const isForGood = FOR_GOOD.test(text.lower.slice(0, MAX_WORDS_CHARS)) || /\(failure\)/.test(signs.subject);
  const recipients = named.map((recipient, at) =>
    judgeRecipient({
      address: recipient.address,
      action,
      status: "",
      isForGood,
      texts: at < MAX_JUDGED_REPLIES ? [...textsAbout(recipient, named[at + 1], text), whole] : [whole],
      otherwise: format?.class,
    }),
  );
  const judged =
    recipients.length > 0
      ? recipients
      : [
          judgeRecipient({
            address: "",
            action,
            status: "",
            isForGood,
            texts: [whole],
            otherwise: format?.class,
          }),
        ];
  const returned = text.returnedHeaders ?? attachedHeaders(mail) ?? [];
  return {
    report: reportOf(recipients, returned),
    verdict: {
      class: classOfReport(judged),
      reason: reasonOfReport(judged),
      recipients,
      unnamed: recipients.length > 0 ? null : (judged[0] ?? null),
      originalMessageId: messageIdOf(returned, mail),
      confidence: recipients.length > 0 ? confidence : confidence * 0.7,
      rule,
      source: format?.source ?? "https://www.rfc-editor.org/rfc/rfc3464#appendix-E",
    },
  };
}

/** 0: no report. A known format is nearly sure; without one, two signs must agree. */
function confidenceIn({ signs }: SeenMail, format: BounceFormat | null, text: MailText): number {
  if (format !== null)
    return signs.isFromServer || signs.reportSubject !== undefined || signs.isNullSender ? 0.95 : 0.8;
  const said = text.lower.slice(0, MAX_WORDS_CHARS);
  const failed = FAILURE_WORDS.test(said) || DELAY_WORDS.test(said);
  const replied = findReply(said).code !== null;
  const sent = signs.isFromServer || signs.isNullSender;
  if (signs.reportSubject !== undefined) return sent ? 0.9 : failed || replied ? 0.75 : 0;
  if (signs.isReportType) return failed || replied ? 0.75 : 0.5;
  if (sent && failed) return signs.isFromServer && signs.isNullSender ? 0.85 : 0.7;
  if (sent && replied) return 0.65;
  return signs.isFromServer && isAboutRecipient(text) ? 0.6 : 0;
}

/** Reasons that are nobody's but a recipient's: a server that says so in its mail reports a failure, in whatever words. */
const ABOUT_RECIPIENT: ReadonlySet<FailureClass> = new Set<FailureClass>([
  "invalid-recipient",
  "bad-domain",
  "mailbox-moved",
  "inactive-mailbox",
  "mailbox-full",
  "mailbox-unavailable",
]);

const isAboutRecipient = (text: MailText): boolean =>
  // A disk that is full is nobody's mailbox.
  text.lower.includes("@") &&
  ABOUT_RECIPIENT.has(classifyReply({ code: null, enhanced: null, text: wordsOf(text) }).class);

/** A receipt (RFC 8098) is no report, except where a filter rejects mail by one (RFC 5429 §2.2). */
const isReceipt = ({ parsed }: SeenMail, text: MailText): boolean =>
  holdsPart(parsed.root, ["disposition-notification"]) &&
  !/\brejected\b/.test(text.lower.slice(0, MAX_WORDS_CHARS));

/** Fields of RFC 3464 that stand in the text, as servers write them that know the standard by hearsay. */
function fieldsInText(mail: SeenMail, text: MailText): DeliveryReport | null {
  const start = text.lines.findIndex((line) =>
    /^(?:reporting-mta|final-recipient|original-recipient)\s*:/i.test(line),
  );
  if (start === -1) return null;
  const lines = text.lines.slice(start);
  if (!lines.some((line) => /^(?:action|status)\s*:/i.test(line))) return null;
  const status = parseDeliveryStatus(Buffer.from(lines.join("\n")));
  if (status === undefined) return null;
  const returned = text.returnedHeaders ?? attachedHeaders(mail);
  return { ...status, ...(returned !== null && { returnedHeaders: returned }) };
}

function actionOf({ signs }: SeenMail, format: BounceFormat | null, text: MailText): DsnAction {
  const said = signs.reportSubject?.action;
  if (said === "delayed" || said === "delivered") return said;
  if (format?.action !== undefined) return format.action;
  if (DELAY_WORDS.test(text.lower.slice(0, MAX_WORDS_CHARS))) return "delayed";
  return "failed";
}

function recipientsOf(mail: SeenMail, text: MailText): readonly NamedRecipient[] {
  const { parsed, signs } = mail;
  const listed = (firstValue(parsed.fields, "x-failed-recipients") ?? "").slice(0, 65_536).toLowerCase();
  const addressees = (parsed.envelope.to ?? []).flatMap(({ mailbox, host }) =>
    mailbox === null || host === null ? [] : [`${mailbox}@${host}`.toLowerCase()],
  );
  const named = findNamedRecipients(text.lines, new Set([...addressees, signs.from]));
  // The field says for certain who; the text may name others.
  const isListed = ({ address }: NamedRecipient): boolean => listed.includes(address.toLowerCase());
  if (listed === "" ? named.length > 0 : named.some(isListed))
    return listed === "" ? named : named.filter(isListed);
  const returned = text.returnedHeaders ?? attachedHeaders(mail) ?? [];
  const elsewhere = listed !== "" ? listed : (firstValue(returned, "to") ?? "");
  return findNamedRecipients(elsewhere.slice(0, 65_536).split(",", 1_000), new Set([signs.from])).map(
    ({ address }) => ({ address, line: -1, rest: "" }),
  );
}

/** What may say why, the most telling first: the reply itself, the lines below the recipient, those above it. */
function textsAbout(
  { line, rest }: NamedRecipient,
  next: NamedRecipient | undefined,
  { lines }: MailText,
): readonly string[] {
  if (line === -1) return [];
  const until = next === undefined || next.line <= line ? lines.length : next.line;
  const block = [rest, ...filled(lines.slice(line + 1, until)).slice(0, MAX_BLOCK_LINES)];
  const quoted = block.findIndex((text) =>
    /^\W{0,4}(?:<<<|>>>\s*[45]\d\d|[45]\d\d[ -])|said:|reply was:|returned:|response:/i.test(text),
  );
  const own = lines[line] ?? "";
  const head = filled(lines.slice(0, line)).slice(-MAX_HEAD_LINES);
  return [
    quoted === -1 ? "" : clean(block.slice(quoted, quoted + 4).join(" ")),
    clean(block.join(" ")),
    clean(own),
    clean(head.join(" ")),
  ].filter((text) => text !== "");
}

const filled = (lines: readonly string[]): readonly string[] => lines.filter((line) => line.trim() !== "");

const clean = (text: string): string =>
  BOILERPLATE.reduce(
    (said, pattern) => said.replace(new RegExp(pattern.source, "gi"), " "),
    text.slice(0, 4 * MAX_REPLY_CHARS),
  )
    .replace(/\s+/g, " ")
    .replace(/^[\s:>,;–—-]+/, "")
    .trim()
    .slice(0, MAX_REPLY_CHARS);

/** The header of the message that is attached to a report. */
export function attachedHeaders({ parsed }: SeenMail) {
  const attached = parsed.root.parts.find(({ message }) => message !== undefined)?.message;
  return attached?.fields ?? null;
}

function reportOf(
  recipients: readonly ReturnType<typeof judgeRecipient>[],
  returnedHeaders: DeliveryReport["returnedHeaders"] & {},
): DeliveryReport {
  return {
    reportingMta: "",
    recipients: recipients.map(({ address, action, status, reply }) => ({
      finalRecipient: address,
      action,
      status,
      ...(reply !== "" && { diagnosticCode: reply }),
    })),
    ...(returnedHeaders.length > 0 && { returnedHeaders }),
  };
}
