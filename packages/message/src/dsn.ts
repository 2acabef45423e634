import { messageLimits } from "./limits.ts";
import { type MimePart, parseMimeParts } from "./mime-part.ts";
import { findReportPart, readFieldGroups, readReturnedHeaders, stripType } from "./report.ts";
import { firstValue, type HeaderField } from "./split-header.ts";

/** RFC 3464 §2.3.3. `unknown` for anything else. */
export type DsnAction = "failed" | "delayed" | "delivered" | "relayed" | "expanded" | "unknown";

/** What a delivery report says about one recipient. Values without their `rfc822;`, `smtp;`, `dns;` type. */
export type DsnRecipient = {
  readonly finalRecipient: string;
  readonly originalRecipient?: string;
  readonly action: DsnAction;
  /** RFC 3463 `d.d.d`, or empty when the report gives none that can be read. */
  readonly status: string;
  readonly diagnosticCode?: string;
  readonly remoteMta?: string;
};

/** A delivery status notification (RFC 3464). */
export type DeliveryReport = {
  readonly reportingMta: string;
  /** ENVID of the message, when we gave one (RFC 3461 §4.4). */
  readonly originalEnvelopeId?: string;
  readonly recipients: readonly DsnRecipient[];
  /** Header of the message that the report is about. */
  readonly returnedHeaders?: readonly HeaderField[];
};

const ACTIONS = ["failed", "delayed", "delivered", "relayed", "expanded"] as const;

const readAction = (value: string | undefined): DsnAction => {
  // RFC 3464 §2.3.3 allows a comment after the word: "failed (bounced)".
  const word = value?.split(/[\s(;]/, 1)[0]?.toLowerCase();
  return ACTIONS.find((action) => action === word) ?? "unknown";
};

const readRecipient = (fields: readonly HeaderField[]): DsnRecipient | undefined => {
  const typed = (name: string): string | undefined => {
    const value = firstValue(fields, name);
    return value === undefined || value === "" ? undefined : stripType(value);
  };
  const bare = (value: string): string => value.replace(/^<|>$/g, "");
  const finalRecipient = typed("final-recipient") ?? typed("original-recipient");
  if (finalRecipient === undefined) return undefined;
  const originalRecipient = typed("original-recipient");
  const diagnosticCode = typed("diagnostic-code");
  const remoteMta = typed("remote-mta");
  return {
    finalRecipient: bare(finalRecipient),
    ...(originalRecipient !== undefined && { originalRecipient: bare(originalRecipient) }),
    action: readAction(firstValue(fields, "action")),
    status: /[245]\.\d{1,3}\.\d{1,3}/.exec(firstValue(fields, "status") ?? "")?.[0] ?? "",
    ...(diagnosticCode !== undefined && { diagnosticCode }),
    ...(remoteMta !== undefined && { remoteMta }),
  };
};

/**
 * Reads a delivery report out of a message: RFC 3464, its internationalised form (RFC 6533), and the ones whose
 * multipart/report label is wrong but whose delivery-status part is there. At most 1,000 recipients. Never throws.
 *
 * @returns undefined when the message holds no delivery-status part, or one that names no recipient.
 */
export const parseDeliveryReport = (
  raw: Buffer,
  root: MimePart = parseMimeParts(raw),
): DeliveryReport | undefined => {
  const part = findReportPart(root, ["delivery-status", "global-delivery-status"]);
  if (part === undefined) return undefined;
  const groups = readFieldGroups(raw, part, messageLimits.reportRecipients + 1);
  const recipients = groups
    .flatMap((fields) => readRecipient(fields) ?? [])
    .slice(0, messageLimits.reportRecipients);
  const [perMessage = []] = groups;
  if (recipients.length === 0) return undefined;
  const originalEnvelopeId = firstValue(perMessage, "original-envelope-id");
  const returnedHeaders = readReturnedHeaders(raw, root, part);
  return {
    reportingMta: stripType(firstValue(perMessage, "reporting-mta") ?? ""),
    ...(originalEnvelopeId !== undefined && originalEnvelopeId !== "" && { originalEnvelopeId }),
    recipients,
    ...(returnedHeaders !== undefined && { returnedHeaders }),
  };
};
