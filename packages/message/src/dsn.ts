import { messageLimits } from "./limits.ts";
import { type MimePart, parseMimeParts } from "./mime-part.ts";
import { decodePart } from "./part-text.ts";
import { findReportPart, readGroups, readReturnedHeaders, stripType } from "./report.ts";
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

/** RFC 6533 §3: what ASCII cannot say stands as `\\x{5973}` in an address of type utf-8. */
const decodeUtf8Address = (address: string): string =>
  address.replace(/\\x\{([0-9A-Fa-f]{2,6})\}/g, (escaped, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code > 0x1f && code <= 0x10ffff ? String.fromCodePoint(code).toWellFormed() : escaped;
  });

const readRecipient = (fields: readonly HeaderField[]): DsnRecipient | undefined => {
  const typed = (name: string): string | undefined => {
    const value = firstValue(fields, name);
    return value === undefined || value === "" ? undefined : stripType(value);
  };
  const bare = (value: string): string => decodeUtf8Address(value.replace(/^<|>$/g, ""));
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
  const status = parseDeliveryStatus(decodePart(raw, part, messageLimits.reportBytes));
  if (status === undefined) return undefined;
  const returnedHeaders = readReturnedHeaders(raw, root, part);
  return { ...status, ...(returnedHeaders !== undefined && { returnedHeaders }) };
};

/**
 * Reads the fields of a delivery-status part (RFC 3464 §2.1) wherever they stand: some servers put them into a text. At most
 * 1,000 recipients. Never throws.
 *
 * @param bytes the fields, decoded: a group for the message, then one for each recipient
 * @returns undefined when no recipient is named.
 */
export const parseDeliveryStatus = (bytes: Buffer): Omit<DeliveryReport, "returnedHeaders"> | undefined => {
  const groups = readGroups(bytes, messageLimits.reportRecipients + 1);
  const recipients = groups
    .flatMap((fields) => readRecipient(fields) ?? [])
    .slice(0, messageLimits.reportRecipients);
  const [perMessage = []] = groups;
  if (recipients.length === 0) return undefined;
  const originalEnvelopeId = firstValue(perMessage, "original-envelope-id");
  return {
    reportingMta: stripType(firstValue(perMessage, "reporting-mta") ?? ""),
    ...(originalEnvelopeId !== undefined && originalEnvelopeId !== "" && { originalEnvelopeId }),
    recipients,
  };
};
