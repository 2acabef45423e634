/** SendGrid's classes of bounces: "bounce_classification" of its event webhook, and what its API counts bounces by. */
export const SENDGRID_BOUNCE_CLASSES = [
  "Content",
  "Frequency or Volume Too High",
  "Invalid Address",
  "Mailbox Unavailable",
  "Reputation",
  "Technical Failure",
  "Unclassified",
] as const;

export type SendgridBounceClass = (typeof SENDGRID_BOUNCE_CLASSES)[number];

/**
 * Whom a failure is about, and so who waits.
 *
 * - `message`: this message; others to the same recipient may go through;
 * - `recipient`: this address; others of the site may go through;
 * - `connection`: this connection is used up, a fresh one may do better;
 * - `site`: everything for this destination from the address we send from.
 */
export type FailureScope = "message" | "recipient" | "connection" | "site";

/**
 * What a permanent failure says of the address: `bounced` (no such mailbox) and `invalid` (no such address at all) are about the
 * recipient, who is not written to again; `blocked` is about this message, its sender or the moment, and the next may well arrive.
 */
export type BounceVerdict = "bounced" | "invalid" | "blocked";

/** What is known of a class of failures. */
interface FailureKind {
  readonly sendgrid: SendgridBounceClass;
  /** Name in KumoMTA's `PreDefinedBounceClass`. */
  readonly kumomta: string;
  readonly scope: FailureScope;
  readonly verdict: BounceVerdict;
  /** `later`: passes by itself, so that even a 5yz is tried again. Without it the reply code decides. */
  readonly retry?: "later";
}

const aboutSite = { scope: "site", verdict: "blocked" } as const;
const aboutMessage = { scope: "message", verdict: "blocked" } as const;
const aboutRecipient = { scope: "recipient", verdict: "blocked" } as const;
const technical = { sendgrid: "Technical Failure", verdict: "blocked" } as const;

/**
 * The classes of failures, with their names in the terms of SendGrid (docs.sendgrid.com, "Bounce and Block Classifications") and of
 * KumoMTA (crates/bounce-classify, `PreDefinedBounceClass`), which has none for rates and greylisting.
 */
const FAILURE_CLASSES = {
  "invalid-recipient": {
    sendgrid: "Invalid Address",
    kumomta: "InvalidRecipient",
    scope: "recipient",
    verdict: "bounced",
  },
  "malformed-address": {
    sendgrid: "Invalid Address",
    kumomta: "InvalidRecipient",
    scope: "recipient",
    verdict: "invalid",
  },
  "bad-domain": {
    sendgrid: "Invalid Address",
    kumomta: "BadDomain",
    scope: "recipient",
    verdict: "invalid",
  },
  "mailbox-moved": {
    sendgrid: "Invalid Address",
    kumomta: "InactiveMailbox",
    scope: "recipient",
    verdict: "bounced",
  },
  "inactive-mailbox": {
    sendgrid: "Mailbox Unavailable",
    kumomta: "InactiveMailbox",
    scope: "recipient",
    verdict: "bounced",
  },
  "mailbox-full": {
    ...aboutRecipient,
    sendgrid: "Mailbox Unavailable",
    kumomta: "QuotaIssues",
    retry: "later",
  },
  "mailbox-unavailable": {
    ...aboutRecipient,
    sendgrid: "Mailbox Unavailable",
    kumomta: "TransientFailure",
  },
  greylisted: { ...technical, kumomta: "TransientFailure", scope: "recipient", retry: "later" },
  "rate-limited": {
    ...aboutSite,
    sendgrid: "Frequency or Volume Too High",
    kumomta: "TransientFailure",
    retry: "later",
  },
  "too-many-connections": {
    ...aboutSite,
    sendgrid: "Frequency or Volume Too High",
    kumomta: "BadConnection",
    retry: "later",
  },
  reputation: { ...aboutSite, sendgrid: "Reputation", kumomta: "SpamBlock" },
  blocklisted: { ...aboutSite, sendgrid: "Reputation", kumomta: "SpamBlock" },
  "host-identity": { ...aboutSite, sendgrid: "Reputation", kumomta: "AuthenticationFailed" },
  "authentication-failed": { ...aboutMessage, sendgrid: "Reputation", kumomta: "AuthenticationFailed" },
  "spam-content": { ...aboutMessage, sendgrid: "Content", kumomta: "SpamContent" },
  virus: { ...aboutMessage, sendgrid: "Content", kumomta: "VirusRelated" },
  attachment: { ...aboutMessage, sendgrid: "Content", kumomta: "ProhibitedAttachment" },
  "too-large": { ...aboutMessage, sendgrid: "Content", kumomta: "ContentRelated" },
  "malformed-message": { ...aboutMessage, sendgrid: "Content", kumomta: "ContentRelated" },
  "invalid-sender": { ...technical, kumomta: "InvalidSender", scope: "message" },
  "sender-blocked": { ...aboutRecipient, sendgrid: "Reputation", kumomta: "PolicyRelated" },
  policy: { ...aboutMessage, sendgrid: "Reputation", kumomta: "PolicyRelated" },
  "relay-denied": { ...technical, kumomta: "RelayDenied", scope: "recipient" },
  "tls-required": { ...technical, kumomta: "PolicyRelated", scope: "message" },
  "protocol-error": { ...technical, kumomta: "ProtocolErrors", scope: "connection" },
  misconfigured: { ...technical, kumomta: "BadConfiguration", scope: "recipient" },
  "system-unavailable": { ...technical, kumomta: "TransientFailure", scope: "recipient" },
  routing: { ...technical, kumomta: "RoutingErrors", scope: "recipient" },
  "dns-failure": { ...technical, kumomta: "DNSFailure", scope: "site" },
  "no-answer": { ...technical, kumomta: "NoAnswerFromHost", scope: "site" },
  "connection-lost": { ...technical, kumomta: "BadConnection", scope: "connection" },
  "expired-elsewhere": { ...technical, kumomta: "MessageExpired", scope: "recipient" },
  "local-error": { ...technical, kumomta: "Uncategorized", scope: "message" },
  unclassified: { ...aboutRecipient, sendgrid: "Unclassified", kumomta: "Uncategorized" },
} as const satisfies Readonly<Record<string, FailureKind>>;

/** What a failed attempt was about. */
export type FailureClass = keyof typeof FAILURE_CLASSES;

/** Every class, for validation and documentation. */
export const FAILURE_CLASS_NAMES = Object.keys(FAILURE_CLASSES) as readonly FailureClass[];

/** Whether a text from outside, an old event say, names a class. */
export const isFailureClass = (name: unknown): name is FailureClass =>
  typeof name === "string" && Object.hasOwn(FAILURE_CLASSES, name);

/**
 * What is nobody's fault here and passes by itself, unless the address is given up: what counts as a soft bounce of it. Refusals of
 * the sender, of the message and without a reason say nothing of the address, however often they come.
 */
const PASSING: ReadonlySet<FailureClass> = new Set<FailureClass>([
  "mailbox-full",
  "mailbox-unavailable",
  "greylisted",
  "system-unavailable",
  "routing",
  "dns-failure",
  "no-answer",
  "connection-lost",
  "expired-elsewhere",
]);

/** Whether a bounce of this class counts against its address when it happens again and again. */
export const isSoftBounce = (name: FailureClass): boolean => PASSING.has(name);

/** What is known of a class. */
export const failureKind = (name: FailureClass): FailureKind => FAILURE_CLASSES[name];
