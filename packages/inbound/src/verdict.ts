import { classifyReply, type DsnAction, type FailureClass, failureKind } from "@waxwing/message";

/** What a mail is, as the command line and the documentation call it. `hard` and `soft` are bounces, `soft` a delay as well. */
export const VERDICT_CLASSES = [
  "hard",
  "soft",
  "complaint",
  "auto-reply",
  "delivered",
  "reply",
  "other",
] as const;

export type VerdictClass = (typeof VERDICT_CLASSES)[number];

/** What a report says of one recipient. */
export interface JudgedRecipient {
  readonly address: string;
  readonly action: DsnAction;
  /** RFC 3463 `d.d.d`: the report's own, or the one that fits the reason where it gives none. */
  readonly status: string;
  /** What the mail server said, as far as the report quotes it. At most 1,000 characters; may be empty. */
  readonly reply: string;
  /** Null where nothing failed. */
  readonly reason: FailureClass | null;
  /** `hard`: the address is no good and will not get better. `none`: nothing failed. */
  readonly severity: "hard" | "soft" | "none";
  /** The rule of the reply that gave the reason, such as `gmail.over-quota`. */
  readonly replyRule: string | null;
}

/** What a mail is, and why we think so. */
export interface Verdict {
  readonly class: VerdictClass;
  /** In a word: the reason of a bounce, the type of a complaint, `out-of-office`, `receipt`, `challenge`, `unsubscribe`, ... */
  readonly reason: string;
  /** Whom a report is about. Empty for mail that is no report, and for reports that name nobody. */
  readonly recipients: readonly JudgedRecipient[];
  /** What a report that names nobody says of whoever it is about, with an empty address. Null for all other mail. */
  readonly unnamed: JudgedRecipient | null;
  /** Message-ID of the message it is about, with angle brackets. Anybody may write one: it proves nothing. */
  readonly originalMessageId: string | null;
  /** 0 to 1: how far the rule that said so is to be trusted. Ordered, not measured: only compare it. */
  readonly confidence: number;
  /** The rule that said so, such as `dsn`, `bounce.qmail`, `auto-reply.subject.de`. */
  readonly rule: string;
  readonly source: string;
}

/** Text of a report that is kept and judged; no server has more to say. */
export const MAX_REPLY_CHARS = 1_000;

/** A reply as found in a report. */
export interface FoundReply {
  readonly code: number | null;
  readonly enhanced: string | null;
}

/** Codes of RFC 5321 §4.2.3 and its extensions; the others of their form are mostly amounts of something. */
const REPLY_CODES: ReadonlySet<string> = new Set(
  "421 432 450 451 452 453 454 455 471 521 523 530 534 535 538 550 551 552 553 554 555 556 557 570 571".split(
    " ",
  ),
);
const RARE_CODES: ReadonlySet<string> = new Set(
  "500 501 502 503 504 510 511 512 513 540 541 542 572 580".split(" "),
);

/** Finds the SMTP reply code and the enhanced code (RFC 3463) in a text of a report. Bounded by the text; never throws. */
export function findReply(text: string): FoundReply {
  let code: string | null = null;
  for (const match of text.matchAll(
    /(?<![\w.@-])([45]\d\d)(?=[ \-:;,.)\]#]|$)[ -]?#?(?:([45])\.\d{1,3}\.\d{1,3})?/g,
  )) {
    const [, digits = "", enhancedClass] = match;
    const before = text.slice(Math.max(0, match.index - 14), match.index);
    const isQuoted = /(?:said:?|<<<|reply:|response:|error:?|code:?|smtp;|^)\s*["'(]?$/i.test(before);
    if (enhancedClass !== undefined && enhancedClass === digits[0]) {
      code = digits;
      break;
    }
    if (code === null && (REPLY_CODES.has(digits) || (RARE_CODES.has(digits) && isQuoted))) code = digits;
  }
  const enhanced = /(?<![\d.])[45]\.\d\.\d{1,3}(?![\d.]*\d)/.exec(text)?.[0] ?? null;
  return { code: code === null ? null : Number(code), enhanced };
}

/** RFC 3463 codes for what a report says in words alone. */
const DETAILS: Partial<Readonly<Record<FailureClass, string>>> = {
  "invalid-recipient": "1.1",
  "bad-domain": "1.2",
  "malformed-address": "1.3",
  "mailbox-moved": "1.6",
  "inactive-mailbox": "2.1",
  "mailbox-full": "2.2",
  "mailbox-unavailable": "2.0",
  "system-unavailable": "3.0",
  "too-large": "3.4",
  misconfigured: "3.5",
  "no-answer": "4.1",
  "connection-lost": "4.2",
  "dns-failure": "4.3",
  routing: "4.4",
  "expired-elsewhere": "4.7",
  "protocol-error": "5.0",
  "malformed-message": "6.0",
  "tls-required": "7.10",
  "authentication-failed": "7.1",
  blocklisted: "7.1",
  reputation: "7.1",
  "spam-content": "7.1",
  policy: "7.1",
  "sender-blocked": "7.1",
  "relay-denied": "7.1",
  virus: "7.1",
};

/** What is known of a failure before it is judged. */
export interface Failure {
  readonly address: string;
  readonly action: DsnAction;
  /** As the report gives it; empty when it does not. */
  readonly status: string;
  /** What may say why, the most telling first. Later ones count only where the earlier ones say nothing. */
  readonly texts: readonly string[];
  /** The report says that it will not be tried again, beside its codes. */
  readonly isForGood?: boolean;
  /** When no text says anything. */
  readonly otherwise?: FailureClass | undefined;
}

/** Judges one recipient of a report. Pure; costs some tens of microseconds for each text it has to look at. */
export function judgeRecipient(failure: Failure): JudgedRecipient {
  const { address, texts } = failure;
  const action = failure.action === "unknown" ? actionOf(failure.status) : failure.action;
  const reply = texts.find((text) => text !== "")?.slice(0, MAX_REPLY_CHARS) ?? "";
  if (action !== "failed" && action !== "delayed") {
    const status = failure.status || "2.0.0";
    return { address, action, status, reply, reason: null, severity: "none", replyRule: null };
  }
  const { reason, rule, code, enhanced } = findReason(failure);
  const kind = failureKind(reason);
  const given = isVague(failure.status) ? (enhanced ?? failure.status) : failure.status;
  const passes =
    action === "delayed" || (code !== null && code < 500) || (code === null && kind.retry === "later");
  const status = given === "" || given === "5.0.0" ? `${passes ? 4 : 5}.${DETAILS[reason] ?? "0.0"}` : given;
  // What a server said for now may pass, but a name that DNS does not know stays unknown.
  const isForNow = reason !== "bad-domain" && (code === null ? status.startsWith("4") : code < 500);
  // Nothing speaks for a failure that passes, and a server speaks against it: so do Amazon SES and SendGrid see it, too.
  const isForGood = code !== null || failure.status.startsWith("5") || failure.isForGood === true;
  const isTelling = kind.verdict !== "blocked" || (UNSPECIFIC.has(reason) && isForGood);
  const isHard = action === "failed" && isTelling && !isForNow;
  return { address, action, status, reply, reason, severity: isHard ? "hard" : "soft", replyRule: rule };
}

/** Classes of failures that say that there was one, and no more. */
const UNSPECIFIC: ReadonlySet<FailureClass> = new Set<FailureClass>(["unclassified", "mailbox-unavailable"]);

/** RFC 3464 §2.3.3 asks for an action; reports without one are read by their status. */
const actionOf = (status: string): DsnAction => (status.startsWith("2") ? "delivered" : "failed");

const isVague = (status: string): boolean => status === "" || status.endsWith(".0.0");

function findReason(failure: Failure): {
  readonly reason: FailureClass;
  readonly rule: string;
  readonly code: number | null;
  readonly enhanced: string | null;
} {
  const { status, texts } = failure;
  const found = texts.map(findReply);
  const code = found.find((reply) => reply.code !== null)?.code ?? null;
  const enhanced = found.find((reply) => reply.enhanced !== null)?.enhanced ?? null;
  const meant = isVague(status) ? (enhanced ?? status) : status;
  let vague: { readonly reason: FailureClass; readonly rule: string } | undefined;
  for (const [at, text] of texts.entries()) {
    const own = found[at];
    if (text === "" || own === undefined) continue;
    const verdict = classifyReply({ code: own.code, enhanced: at === 0 ? meant : own.enhanced, text });
    const judged = { reason: verdict.class, rule: verdict.rule };
    if (verdict.class === "unclassified") continue;
    // A code alone says little: words elsewhere in the report say more.
    if (!/^(?:code|status)\./.test(verdict.rule) || isPrecise(verdict.class))
      return { ...judged, code, enhanced };
    vague ??= judged;
  }
  if (vague !== undefined) return { ...vague, code, enhanced };
  if (failure.otherwise !== undefined) return { reason: failure.otherwise, rule: "format", code, enhanced };
  const verdict = classifyReply({ code, enhanced: meant, text: "" });
  return { reason: verdict.class, rule: verdict.rule, code, enhanced };
}

/** Classes that enhanced codes name without doubt; the others stand for much (5.7.1, 5.2.0, a bare 550). */
const isPrecise = (reason: FailureClass): boolean => PRECISE.has(reason);

const PRECISE: ReadonlySet<FailureClass> = new Set<FailureClass>([
  "invalid-recipient",
  "bad-domain",
  "malformed-address",
  "mailbox-moved",
  "mailbox-full",
  "too-large",
  "tls-required",
  "authentication-failed",
  "host-identity",
]);

/** The class of a report: the worst that it says of anybody. */
export function classOfReport(recipients: readonly JudgedRecipient[]): "hard" | "soft" | "delivered" {
  if (recipients.some(({ severity }) => severity === "hard")) return "hard";
  return recipients.some(({ severity }) => severity === "soft") ? "soft" : "delivered";
}

/** The reason of a report in a word: that of the recipient who decided its class. */
export function reasonOfReport(recipients: readonly JudgedRecipient[]): string {
  const decisive =
    recipients.find(({ severity }) => severity === "hard") ??
    recipients.find(({ severity }) => severity === "soft") ??
    recipients[0];
  return decisive?.reason ?? decisive?.action ?? "unclassified";
}
