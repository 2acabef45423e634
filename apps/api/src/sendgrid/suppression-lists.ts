import { readAddress } from "@waxwing/outbound";
import type { Suppression } from "@waxwing/store";

/** One of SendGrid's lists of addresses, by the path it is at. */
export interface SuppressionList {
  readonly name: "bounces" | "blocks" | "spam_reports" | "invalid_emails" | "unsubscribes";
  readonly reasons: readonly Suppression["reason"][];
  /** Whether `email` in a query is the beginning of an address, rather than all of it. */
  readonly prefix: boolean;
  readonly show: (row: Suppression) => Readonly<Record<string, unknown>>;
}

/** SendGrid's lists, and the suppressions of ours that are in each. Those of an unsubscribe group are in none. */
export const SUPPRESSION_LISTS: readonly SuppressionList[] = [
  { name: "bounces", reasons: ["bounced"], prefix: true, show: showBounce },
  { name: "blocks", reasons: ["blocked"], prefix: true, show: showBounce },
  // The address that the message was sent from is not kept with the complaint.
  {
    name: "spam_reports",
    reasons: ["complained"],
    prefix: true,
    show: (row) => ({ ...showBare(row), ip: "" }),
  },
  {
    name: "invalid_emails",
    reasons: ["invalid"],
    prefix: false,
    show: (row) => ({ ...showBare(row), reason: row.detail ?? "" }),
  },
  // SendGrid knows no other list for an address that somebody adds by hand.
  { name: "unsubscribes", reasons: ["unsubscribed", "manual"], prefix: true, show: showBare },
];

/** The reasons that SendGrid calls a global unsubscribe. */
export const GLOBAL_REASONS = ["unsubscribed", "manual"] as const satisfies readonly Suppression["reason"][];

function showBare({ createdAt, address }: Suppression) {
  return { created: unixTime(createdAt), email: address };
}

function showBounce(row: Suppression) {
  return { ...showBare(row), reason: row.detail ?? "", status: row.status ?? "" };
}

/** Whole seconds since 1970. */
export function unixTime(date: Date): number {
  return Math.floor(date.getTime() / 1_000);
}

/** The address as it is kept; one that is none is found nowhere. */
export function storedAddress(text: string): string {
  const read = readAddress(text);
  return read.kind === "address" ? read.address : "";
}

/** SendGrid's filter as SQL's LIKE: `%` stands for anything, and so does the end. */
export function addressPattern(text: string, prefix: boolean): string {
  const literal = text.toLowerCase().replaceAll("\0", "").replace(/[\\_]/g, "\\$&");
  return prefix ? `${literal}%` : literal.replaceAll("%", "\\%");
}
