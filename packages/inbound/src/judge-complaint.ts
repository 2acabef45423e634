import { type ComplaintReport, firstValue, parseComplaintReport } from "@waxwing/message";
import { attachedHeaders } from "./judge-prose-report.ts";
import { holdsPart, messageIdOf } from "./judge-report.ts";
import { COMPLAINT_FORMATS, NO_COMPLAINT } from "./rules/complaint-formats.ts";
import type { SeenMail } from "./sender-signs.ts";
import type { JudgedRecipient, Verdict } from "./verdict.ts";

/** A complaint and what it comes to. */
export interface JudgedComplaint {
  readonly report: ComplaintReport;
  readonly verdict: Verdict;
}

const MAX_TEXT_CHARS = 4_000;

/** Judges a complaint: ARF (RFC 5965), or one of the forms that providers had before it. Null when it is none. */
export function judgeComplaint(mail: SeenMail): JudgedComplaint | null {
  const { raw, parsed } = mail;
  if (holdsPart(parsed.root, ["feedback-report"])) {
    const report = parseComplaintReport(raw, parsed.root);
    if (report !== undefined) {
      return verdictOn(mail, report, "complaint.arf", "https://www.rfc-editor.org/rfc/rfc5965", 0.99);
    }
  }
  const { from, subject } = mail.signs;
  const format = COMPLAINT_FORMATS.find(
    (row) =>
      (row.from === undefined || row.from.test(from)) &&
      (row.subject === undefined || row.subject.test(subject)) &&
      (row.text === undefined ||
        row.text.test(mail.text().lines.join("\n").slice(0, MAX_TEXT_CHARS).toLowerCase())),
  );
  if (format === undefined || mail.signs.isAnswer) return null;
  const returned = attachedHeaders(mail) ?? mail.text().returnedHeaders ?? [];
  const complainer =
    (format.recipientField === undefined ? undefined : firstValue(returned, format.recipientField)) ??
    firstValue(returned, "x-hmxmroriginalrecipient");
  const report: ComplaintReport = {
    feedbackType: "abuse",
    userAgent: format.name,
    originalRcptTo: complainer === undefined ? [] : [complainer.trim().replace(/^<|>$/g, "").slice(0, 320)],
    ...(returned.length > 0 && { returnedHeaders: returned }),
  };
  return verdictOn(mail, report, `complaint.${format.name}`, format.source, 0.9);
}

/** A complaint that was read, judged. */
export function verdictOn(
  mail: SeenMail,
  report: ComplaintReport,
  rule: string,
  source: string,
  confidence: number,
): JudgedComplaint {
  const { feedbackType } = report;
  const recipients = report.originalRcptTo.map(
    (address): JudgedRecipient => ({
      address,
      action: "unknown",
      status: "",
      reply: "",
      reason: null,
      severity: "none",
      replyRule: null,
    }),
  );
  return {
    report,
    verdict: {
      class: NO_COMPLAINT.has(feedbackType) ? "other" : "complaint",
      reason: feedbackType,
      recipients,
      unnamed: null,
      originalMessageId: messageIdOf(report.returnedHeaders ?? [], mail),
      confidence,
      rule,
      source,
    },
  };
}
