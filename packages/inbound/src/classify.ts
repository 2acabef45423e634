import type { ComplaintReport, DeliveryReport, ParsedMessage } from "@waxwing/message";
import { isId } from "@waxwing/runtime";
import { judgeMail } from "./judge-mail.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What an incoming message is: a bounce (RFC 3464, or what mail systems write in its place), a complaint (ARF, RFC 5965), an
 * automatic answer (RFC 3834), the answer to a message of ours, or anything else. `answers` are our messages that it says it
 * answers, the likeliest first. `verdict` says more, and why.
 */
export type MailClass = { readonly verdict: Verdict } & (
  | { readonly kind: "delivery-report"; readonly report: DeliveryReport }
  | { readonly kind: "complaint"; readonly report: ComplaintReport }
  | { readonly kind: "auto-reply"; readonly answers: readonly SentReference[] }
  | { readonly kind: "reply"; readonly answers: readonly SentReference[] }
  | { readonly kind: "other" }
);

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

/**
 * Classifies a parsed message. Pure; never throws.
 *
 * @param envelope whether the reverse-path was null (RFC 5321 §4.5.5)
 */
export function classify(
  raw: Buffer,
  parsed: ParsedMessage,
  envelope: { readonly isNullSender?: boolean } = {},
): MailClass {
  const judged = judgeMail(raw, parsed, envelope);
  if (judged.kind !== "answer") return judged;
  const { verdict } = judged;
  const answers = answeredMessages(parsed);
  if (verdict.class === "auto-reply") return { kind: "auto-reply", answers, verdict };
  // Whoever names a message of ours answers it, whatever else the mail is; who names another's answers somebody else.
  const isReply = verdict.class === "reply" && answers.length > 0;
  return isReply ? { kind: "reply", answers, verdict } : { kind: "other", verdict };
}

/** In-Reply-To names the answered message; of References the last one is the nearest (RFC 5322 §3.6.4). */
function answeredMessages(parsed: ParsedMessage): readonly SentReference[] {
  const ids = [parsed.inReplyTo ?? "", ...parsed.references.toReversed()];
  const found = new Map(
    ids.flatMap((id) => sentReference(id) ?? []).map((reference) => [reference.messageId, reference]),
  );
  return [...found.values()];
}
