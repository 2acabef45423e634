import {
  type DeliveryReport,
  type DsnRecipient,
  firstValue,
  type HeaderField,
  type MimePart,
  parseDeliveryReport,
  parseMessageIds,
} from "@waxwing/message";
import { tellFormat } from "./bounce-format.ts";
import type { MailText } from "./report-text.ts";
import { BOILERPLATE } from "./rules/bounce-formats.ts";
import type { SeenMail } from "./sender-signs.ts";
import { classOfReport, judgeRecipient, MAX_REPLY_CHARS, reasonOfReport, type Verdict } from "./verdict.ts";

/** A report and what it comes to. */
export interface JudgedReport {
  readonly report: DeliveryReport;
  readonly verdict: Verdict;
}

/** Recipients whose replies are looked at one by one; a report of more is judged by the status of the others. */
const MAX_JUDGED_REPLIES = 200;

/** Judges a report by RFC 3464, or RFC 6533. Null when the mail holds none of its own. */
export function judgeStandardReport(mail: SeenMail): JudgedReport | null {
  const { raw, parsed } = mail;
  if (!holdsPart(parsed.root, ["delivery-status", "global-delivery-status"])) return null;
  const report = parseDeliveryReport(raw, parsed.root);
  return report === undefined ? null : judgeFields(mail, report, "dsn", 0.99);
}

/** Judges the fields of a report, wherever they stood. */
export function judgeFields(
  mail: SeenMail,
  report: DeliveryReport,
  rule: string,
  confidence: number,
): JudgedReport {
  const prose = wordsOf(mail.text());
  const format = tellFormat(mail);
  const seen = new Map<string, ReturnType<typeof judgeRecipient>>();
  const recipients = report.recipients.map((recipient, at) => {
    const { finalRecipient, originalRecipient, action, status, diagnosticCode } = recipient;
    const texts = at < MAX_JUDGED_REPLIES ? [(diagnosticCode ?? "").slice(0, MAX_REPLY_CHARS), prose] : [];
    const address =
      originalRecipient !== undefined && isMailbox(originalRecipient) && !isMailbox(finalRecipient)
        ? originalRecipient
        : finalRecipient;
    // Thousands of recipients mostly share one reply.
    const key = `${action} ${status} ${texts[0] ?? ""}`;
    const judged =
      seen.get(key) ??
      judgeRecipient({ address, action: actionOf(recipient, mail), status, texts, otherwise: format?.class });
    seen.set(key, judged);
    // The words around a report are no reply.
    return { ...judged, address, reply: texts[0] ?? "" };
  });
  return {
    report,
    verdict: {
      class: classOfReport(recipients),
      reason: reasonOfReport(recipients),
      recipients,
      unnamed: null,
      originalMessageId: messageIdOf(report.returnedHeaders ?? mail.text().returnedHeaders ?? [], mail),
      confidence,
      rule: format === null ? rule : `${rule}.${format.name}`,
      source: "https://www.rfc-editor.org/rfc/rfc3464",
    },
  };
}

/** What others can write to: no name of a queue, no source route. */
const isMailbox = (address: string): boolean => /^[^@:]+@[^@]+\.[^@.]+$/.test(address);

/** A report without a readable action means what its subject says. */
function actionOf({ action, status }: DsnRecipient, { signs }: SeenMail): DsnRecipient["action"] {
  if (action !== "unknown" || status.startsWith("5") || status.startsWith("2")) return action;
  return signs.reportSubject?.action ?? action;
}

/** Is the part the message's own? One inside an attached message was forwarded by somebody who asks about it. */
export function holdsPart(part: MimePart, subtypes: readonly string[]): boolean {
  if (part.type === "message" && subtypes.includes(part.subtype)) return true;
  return part.parts.some((child) => holdsPart(child, subtypes));
}

/** Prose of a report as it may be judged: bounded, without what stands in all of them. */
export function wordsOf({ lower }: MailText): string {
  const words = BOILERPLATE.reduce(
    (text, pattern) => text.replace(pattern, " "),
    lower.slice(0, 4 * MAX_REPLY_CHARS),
  );
  return words.trim().slice(0, MAX_REPLY_CHARS);
}

/** The Message-ID of the message that a report is about: in the returned header, or what the report says that it answers. */
export function messageIdOf(returned: readonly HeaderField[], { parsed }: SeenMail): string | null {
  const id = firstValue(returned, "message-id") ?? firstValue(parsed.fields, "x-original-message-id") ?? "";
  return parseMessageIds(id)[0] ?? parsed.inReplyTo ?? parsed.references.at(-1) ?? null;
}
