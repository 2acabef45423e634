import {
  type ComplaintReport,
  type DeliveryReport,
  type DsnAction,
  decodePartText,
  findTextPart,
  type HeaderField,
} from "@waxwing/message";
import { verdictOn } from "./judge-complaint.ts";
import { judgeFields } from "./judge-report.ts";
import type { SeenMail } from "./sender-signs.ts";
import type { Verdict } from "./verdict.ts";

/** What a notification in JSON comes to. */
type JudgedNotification =
  | { readonly kind: "delivery-report"; readonly report: DeliveryReport; readonly verdict: Verdict }
  | { readonly kind: "complaint"; readonly report: ComplaintReport; readonly verdict: Verdict };

/** Amazon SNS allows 256 KB. */
const MAX_TEXT_BYTES = 262_144;
const MAX_RECIPIENTS = 1_000;
const SOURCE = "https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html";

type Json = Readonly<Record<string, unknown>>;

/**
 * Judges a notification of Amazon SES that SNS sent by mail: JSON in JSON, about a bounce, a complaint or a delivery. Null when the
 * mail is none.
 */
export function judgeNotification(mail: SeenMail): JudgedNotification | null {
  const part = findTextPart(mail.parsed.root, "plain");
  if (part === undefined || !isNotification(mail)) return null;
  const notification = readNotification(decodePartText(mail.raw, part, MAX_TEXT_BYTES));
  if (notification === null) return null;
  const kind = textOf(notification, "notificationType") || textOf(notification, "eventType");
  const sent = objectOf(notification, "mail");
  const fields = headersOf(sent);
  if (kind === "Complaint") {
    const complaint = objectOf(notification, "complaint");
    const report: ComplaintReport = {
      feedbackType: textOf(complaint, "complaintFeedbackType") || "abuse",
      userAgent: textOf(complaint, "userAgent"),
      originalRcptTo: recipientsOf(complaint, "complainedRecipients").map((one) =>
        textOf(one, "emailAddress"),
      ),
      ...(fields.length > 0 && { returnedHeaders: fields }),
    };
    return { kind: "complaint", ...verdictOn(mail, report, "complaint.amazon-sns", SOURCE, 0.95) };
  }
  if (kind !== "Bounce" && kind !== "Delivery") return null;
  const about = objectOf(notification, kind.toLowerCase());
  const isForNow = textOf(about, "bounceType") === "Transient";
  const action: DsnAction = kind === "Delivery" ? "delivered" : "failed";
  const bounced =
    kind === "Bounce"
      ? recipientsOf(about, "bouncedRecipients")
      : listOf(about, "recipients").map((address): Json => ({ emailAddress: address }));
  const report: DeliveryReport = {
    reportingMta: textOf(about, "reportingMTA").replace(/^ds?n;\s*/, ""),
    recipients: bounced.slice(0, MAX_RECIPIENTS).map((one) => ({
      finalRecipient: textOf(one, "emailAddress"),
      action,
      status: textOf(one, "status") || (action === "delivered" ? "2.0.0" : isForNow ? "4.0.0" : "5.0.0"),
      diagnosticCode: (textOf(one, "diagnosticCode") || textOf(about, "smtpResponse")).replace(
        /^smtp;\s*/,
        "",
      ),
    })),
    ...(fields.length > 0 && { returnedHeaders: fields }),
  };
  if (report.recipients.length === 0) return null;
  // Its text is JSON, which says nothing beyond what was read from it.
  const silent: SeenMail = { ...mail, text: () => ({ lines: [], lower: "", returnedHeaders: null }) };
  const { verdict } = judgeFields(silent, report, "notification.amazon-sns", 0.95);
  return { kind: "delivery-report", report, verdict: { ...verdict, source: SOURCE } };
}

const isNotification = ({ parsed, signs }: SeenMail): boolean =>
  signs.from.endsWith("@sns.amazonaws.com") ||
  parsed.fields.some(({ name }) => name.toLowerCase() === "x-amz-sns-message-id");

/** The notification inside what SNS wraps it in. Lines that a mail server broke in the middle of a string are mended. */
function readNotification(text: string): Json | null {
  const outer = parseObject(text.replace(/!?\r?\n[ \t]*/g, ""));
  if (outer === null) return null;
  return typeof outer.Message === "string" ? parseObject(outer.Message) : outer;
}

function parseObject(text: string): Json | null {
  try {
    // What follows the JSON is SNS's own footer.
    const end = text.lastIndexOf("}");
    const value: unknown = JSON.parse(text.slice(0, end + 1));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const objectOf = (json: Json, name: string): Json => {
  const value = json[name];
  return isObject(value) ? value : {};
};

const textOf = (json: Json, name: string): string => {
  const value = json[name];
  return typeof value === "string" ? value.slice(0, 2_000) : "";
};

const listOf = (json: Json, name: string): readonly unknown[] => {
  const value = json[name];
  return Array.isArray(value) ? value.slice(0, MAX_RECIPIENTS) : [];
};

const recipientsOf = (json: Json, name: string): readonly Json[] =>
  listOf(json, name)
    .filter(isObject)
    .filter((one) => textOf(one, "emailAddress") !== "");

/** Only what ties the notification to its message. */
const headersOf = (sent: Json): readonly HeaderField[] =>
  listOf(sent, "headers")
    .filter(isObject)
    .map((field) => ({ name: textOf(field, "name"), value: textOf(field, "value"), line: Buffer.alloc(0) }))
    .filter(({ name, value }) => name !== "" && value !== "");
