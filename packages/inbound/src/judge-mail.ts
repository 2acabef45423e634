import {
  type ComplaintReport,
  type DeliveryReport,
  type ParsedMessage,
  parseMessage,
} from "@waxwing/message";
import { judgeAnswer } from "./judge-answer.ts";
import { judgeComplaint } from "./judge-complaint.ts";
import { judgeNotification } from "./judge-notification.ts";
import { judgeProseReport } from "./judge-prose-report.ts";
import { judgeStandardReport } from "./judge-report.ts";
import { mendParts } from "./mend-parts.ts";
import { type MailText, readMailText } from "./report-text.ts";
import { readSigns, type SeenMail } from "./sender-signs.ts";
import type { Verdict } from "./verdict.ts";

/** What a mail is, with the report it holds. */
export type JudgedMail =
  | { readonly kind: "delivery-report"; readonly report: DeliveryReport; readonly verdict: Verdict }
  | { readonly kind: "complaint"; readonly report: ComplaintReport; readonly verdict: Verdict }
  | { readonly kind: "answer"; readonly verdict: Verdict };

/**
 * Judges a parsed message, the surest first: complaints and reports that say what they are, reports in prose, and then everything
 * else. Pure, linear in the message and bounded; never throws.
 *
 * @param envelope what the SMTP envelope says; a Return-Path field of `<>` says the same
 */
export function judgeMail(
  raw: Buffer,
  parsed: ParsedMessage,
  envelope: { readonly isNullSender?: boolean } = {},
): JudgedMail {
  let text: MailText | null = null;
  const mended = mendParts(raw, parsed.root);
  const mail: SeenMail = {
    raw: mended.raw,
    parsed: mended.root === parsed.root ? parsed : { ...parsed, root: mended.root },
    signs: readSigns(parsed, envelope.isNullSender ?? false),
    text: () => {
      text ??= readMailText(mended.raw, mended.root);
      return text;
    },
  };
  const complaint = judgeComplaint(mail);
  if (complaint !== null) return { kind: "complaint", ...complaint };
  const notification = judgeNotification(mail);
  if (notification !== null) return notification;
  const report = judgeStandardReport(mail) ?? judgeProseReport(mail);
  if (report !== null) return { kind: "delivery-report", ...report };
  return { kind: "answer", verdict: judgeAnswer(mail) };
}

const LF = 0x0a;

/** Judges a message of which nothing is known but its bytes, as it lies in a file: with line ends of any kind. Never throws. */
export function judgeBytes(raw: Buffer): Verdict {
  const lines = raw.includes(LF) ? raw : Buffer.from(raw.toString("latin1").replaceAll("\r", "\n"), "latin1");
  const message = lines.subarray(headerStart(lines));
  return judgeMail(message, parseMessage(message)).verdict;
}

/** Where the header begins: empty lines and a byte order mark get in front of it when mail is copied into files. */
function headerStart(raw: Buffer): number {
  const [before = ""] = /^(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*/.exec(raw.toString("latin1", 0, 4_096)) ?? [];
  return before.length;
}
