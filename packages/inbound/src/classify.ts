import {
  type ComplaintReport,
  type DeliveryReport,
  detectAutoReply,
  type MimePart,
  type ParsedMessage,
  parseComplaintReport,
  parseDeliveryReport,
} from "@waxwing/message";
import { isId } from "@waxwing/runtime";

/**
 * What an incoming message is: a bounce (RFC 3464), a complaint (ARF, RFC 5965), an automatic answer (RFC 3834), the answer to a
 * message of ours, or anything else. `answers` are our messages that it says it answers, the likeliest first.
 */
export type MailClass =
  | { readonly kind: "delivery-report"; readonly report: DeliveryReport }
  | { readonly kind: "complaint"; readonly report: ComplaintReport }
  | { readonly kind: "auto-reply"; readonly answers: readonly SentReference[] }
  | { readonly kind: "reply"; readonly answers: readonly SentReference[] }
  | { readonly kind: "other" };

/** A Message-ID of ours, `<message id>@<From domain>`, taken apart. Anybody may write one: it proves nothing. */
export interface SentReference {
  readonly messageId: string;
  /** Lower case. */
  readonly domain: string;
}

/** The message of ours that a Message-ID names by its form, or null. Angle brackets may be missing. */
export function sentReference(id: string): SentReference | null {
  const [, messageId, domain] = /^<?([0-9a-f-]{36})@([^@\s<>]{1,255})>?$/i.exec(id.trim()) ?? [];
  if (messageId === undefined || domain === undefined || !isId(messageId.toLowerCase())) return null;
  return { messageId: messageId.toLowerCase(), domain: domain.toLowerCase() };
}

/** Classifies a parsed message. Pure; never throws. */
export function classify(raw: Buffer, parsed: ParsedMessage): MailClass {
  const complaint = holdsReport(parsed.root, ["feedback-report"])
    ? parseComplaintReport(raw, parsed.root)
    : undefined;
  if (complaint !== undefined) return { kind: "complaint", report: complaint };
  const bounce = holdsReport(parsed.root, ["delivery-status", "global-delivery-status"])
    ? parseDeliveryReport(raw, parsed.root)
    : undefined;
  if (bounce !== undefined) return { kind: "delivery-report", report: bounce };

  const answers = answeredMessages(parsed);
  const automatic = detectAutoReply(parsed.fields);
  if (automatic.kind === "auto-replied") return { kind: "auto-reply", answers };
  // Ticket systems confirm with `auto-generated`, which by itself is any mail that a program sent.
  if (automatic.kind === "auto-generated" && answers.length > 0) return { kind: "auto-reply", answers };
  return answers.length > 0 ? { kind: "reply", answers } : { kind: "other" };
}

/** Is the report the message's own? One inside an attached message was forwarded by somebody who asks about it. */
function holdsReport(part: MimePart, subtypes: readonly string[]): boolean {
  if (part.type === "message" && subtypes.includes(part.subtype)) return true;
  return part.parts.some((child) => holdsReport(child, subtypes));
}

/** In-Reply-To names the answered message; of References the last one is the nearest (RFC 5322 §3.6.4). */
function answeredMessages(parsed: ParsedMessage): readonly SentReference[] {
  const ids = [parsed.inReplyTo ?? "", ...parsed.references.toReversed()];
  const found = new Map(
    ids.flatMap((id) => sentReference(id) ?? []).map((reference) => [reference.messageId, reference]),
  );
  return [...found.values()];
}
