import { messageLimits } from "./limits.ts";
import { type MimePart, parseMimeParts } from "./mime-part.ts";
import { parseDate } from "./parse.ts";
import { findReportPart, readFieldGroups, readReturnedHeaders } from "./report.ts";
import { firstValue, type HeaderField } from "./split-header.ts";

/** A complaint in the Abuse Reporting Format (RFC 5965). */
export type ComplaintReport = {
  /** `abuse`, `fraud`, `virus`, `other`, `not-spam` or a newer one (RFC 5965 §7.3), in lower case. */
  readonly feedbackType: string;
  readonly userAgent: string;
  readonly originalMailFrom?: string;
  readonly originalRcptTo: readonly string[];
  readonly arrivalDate?: Date;
  /** Header of the message complained about. Absent when the reporter kept it. */
  readonly returnedHeaders?: readonly HeaderField[];
};

const bare = (address: string): string => address.trim().replace(/^<|>$/g, "");

/**
 * Reads a complaint out of a message. At most 1,000 addresses. Never throws.
 *
 * @returns undefined when the message holds no message/feedback-report with a Feedback-Type.
 */
export const parseComplaintReport = (
  raw: Buffer,
  root: MimePart = parseMimeParts(raw),
): ComplaintReport | undefined => {
  const part = findReportPart(root, ["feedback-report"]);
  if (part === undefined) return undefined;
  const [fields = []] = readFieldGroups(raw, part, 1);
  const feedbackType = firstValue(fields, "feedback-type")?.toLowerCase();
  if (feedbackType === undefined || feedbackType === "") return undefined;
  const originalMailFrom = firstValue(fields, "original-mail-from");
  // RFC 5965 §3.2: Received-Date is the name that Arrival-Date had in the drafts, and some reporters still use it.
  const arrival = firstValue(fields, "arrival-date") ?? firstValue(fields, "received-date");
  const arrivalDate = arrival === undefined ? null : parseDate(arrival);
  const returnedHeaders = readReturnedHeaders(raw, root, part);
  return {
    feedbackType,
    userAgent: firstValue(fields, "user-agent") ?? "",
    ...(originalMailFrom !== undefined && { originalMailFrom: bare(originalMailFrom) }),
    originalRcptTo: fields
      .filter((field) => field.name.toLowerCase() === "original-rcpt-to")
      .slice(0, messageLimits.reportRecipients)
      .map((field) => bare(field.value)),
    ...(arrivalDate !== null && { arrivalDate }),
    ...(returnedHeaders !== undefined && { returnedHeaders }),
  };
};
