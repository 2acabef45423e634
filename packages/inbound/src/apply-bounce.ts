import { type BounceKind, bounceKind } from "@waxwing/events";
import { failureKind, isSoftBounce } from "@waxwing/message";
import type { MailClass } from "./classify.ts";
import { printable } from "./printable.ts";
import { findReply, type JudgedRecipient } from "./verdict.ts";

/** What a report comes to for a recipient of ours. */
export interface ReportedBounce {
  /** The part of the event that the report tells. */
  readonly told: BounceKind & {
    readonly reply: string;
    readonly class?: string;
    readonly code?: number;
    readonly enhanced_code?: string;
    readonly host?: string;
  };
  readonly status: string | null;
  /** It counts against the address when it happens again and again. */
  readonly isSoft: boolean;
}

/**
 * What a report says of our recipient when delivery failed, or null. The token tells who that is, so a report that names only an
 * address the mail was forwarded to counts too, and one that names nobody; one that names our recipient with another fate does not.
 */
export function bounceOf(
  { report, verdict }: Extract<MailClass, { readonly kind: "delivery-report" }>,
  address: string,
): ReportedBounce | null {
  const isOurs = (named: string | undefined): boolean => named?.toLowerCase() === address.toLowerCase();
  const at = report.recipients.findIndex(
    ({ finalRecipient, originalRecipient }) => isOurs(finalRecipient) || isOurs(originalRecipient),
  );
  const judged =
    at === -1
      ? (verdict.recipients.find(({ action }) => action === "failed") ?? verdict.unnamed)
      : verdict.recipients[at];
  if (judged?.action !== "failed" || judged.reason === null) return null;
  const source = report.recipients[at] ?? report.recipients.find(({ action }) => action === "failed");
  const host = source?.remoteMta ?? report.reportingMta;
  const { code } = findReply(judged.reply);
  const status = judged.status === "" ? null : judged.status;
  const silent = `${report.reportingMta || "the server"} reports status ${judged.status || "failed"}`;
  return {
    told: {
      ...bounceKind(verdictOf(judged)),
      reply: printable(judged.reply || silent),
      class: judged.reason,
      ...(code !== null && { code }),
      ...(status !== null && { enhanced_code: status }),
      ...(host !== "" && { host: printable(host) }),
    },
    status,
    isSoft: isSoftBounce(judged.reason),
  };
}

/** Only what is said of the address itself, and for good, keeps further mail from it. */
function verdictOf({ reason, severity }: JudgedRecipient): BounceKind["verdict"] {
  return reason === null || severity !== "hard" ? "blocked" : failureKind(reason).verdict;
}
