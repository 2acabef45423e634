import { newId } from "@waxwing/runtime";
import type { NewEvent } from "@waxwing/store";

/** What every event about a recipient says: who, and what the application sent along. */
export interface AboutRecipient {
  readonly email: string;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What an event about an SMTP attempt adds. */
export interface AboutAttempt extends AboutRecipient {
  readonly attempt: number;
  /** The last words of the other side, or ours where there were none. */
  readonly reply: string;
  /** SMTP reply code and RFC 3463 enhanced code, where there were any. */
  readonly code?: number;
  readonly enhanced_code?: string;
  /** Host name of the next hop. */
  readonly host?: string;
  /** What a failure was about, such as `mailbox-full`; `docs/bounces.md` has them all. */
  readonly class?: string;
}

/** What an event about something the recipient did over HTTP adds. */
export interface AboutVisit extends AboutRecipient {
  /** False for each later time. */
  readonly first: boolean;
  /** A program did it on its own, as far as can be told: a mail provider that loads pictures ahead, a security scanner. */
  readonly machine: boolean;
  /** What the client called itself, cut at 300 characters. */
  readonly user_agent?: string;
  readonly ip: string;
}

/** What vouches for the sender of incoming mail: results of RFC 8601 §2.7, such as `pass`. */
export interface AboutAuthentication {
  readonly spf: string;
  readonly dkim: string;
  readonly dmarc: string;
}

/** What a bounce says of the address, in two words and in one. */
export interface BounceKind {
  readonly type: "hard" | "soft";
  readonly verdict: "bounced" | "invalid" | "blocked";
}

/** Only what is said of the address itself makes a bounce hard. */
export const bounceKind = (verdict: BounceKind["verdict"]): BounceKind => ({
  type: verdict === "blocked" ? "soft" : "hard",
  verdict,
});

/**
 * The event types and what each says. The payload is what the feed and the webhooks show under `data`, beside `message_id` and
 * `recipient_id`.
 */
export interface EventPayloads {
  /** Committed; the application has its 202 or 250. */
  readonly accepted: AboutRecipient;
  /** Composed and signed, handed to delivery for the first time. */
  readonly processed: AboutRecipient;
  readonly deferred: AboutAttempt & { readonly next_attempt_at: string };
  readonly delivered: AboutAttempt & { readonly tls?: string };
  /**
   * `type`: `hard` says that the address is no good, `soft` that this message did not get through.
   * `cause`: `refused` with a 5xx; `timeout`: never got through within WAXWING_MAX_AGE; `report`: a bounce message came back;
   * `operator`: somebody has ended it by hand, and `reply` is the reason given.
   * `verdict`: what that says of the address; `blocked` says nothing of it.
   */
  readonly bounced: AboutAttempt &
    BounceKind & { readonly cause: "refused" | "timeout" | "report" | "operator" };
  /** Not tried: the address is suppressed. */
  readonly dropped: AboutRecipient & {
    readonly reason: string;
    /** Why the address is suppressed. */
    readonly suppression?: "bounced" | "complained" | "unsubscribed" | "invalid" | "manual";
  };
  /** The application took it back before it was delivered. */
  readonly cancelled: AboutRecipient;
  /** Its `ttl_seconds` ran out before it was delivered. */
  readonly expired: AboutRecipient & { readonly reply: string };
  /** The message was shown with its pictures: its tracking pixel was loaded. */
  readonly opened: AboutVisit;
  /** A tracked link was followed to `url`. */
  readonly clicked: AboutVisit & { readonly url: string };
  /** The recipient asked for no more mail of this group, or with `group` null for none at all. `ip`: by a link; absent: by mail. */
  readonly unsubscribed: AboutRecipient & { readonly group: number | null; readonly ip?: string };
  /** The recipient called the message spam: a feedback report (RFC 5965) came back. `feedback_type`: abuse, fraud, virus, opt-out. */
  readonly complained: AboutRecipient & { readonly feedback_type: string; readonly reporter: string };
  /**
   * A message arrived that answers this one. `from` is what its From says, which `authentication` vouches for or does not; `email` is
   * whom we had written to, where that is known. `text`: what was written, without what it quotes, at most 10,000 characters. `class`:
   * `person`, `unsubscribe`, `out-of-office`, `receipt`, `read-receipt`, `challenge`, and more for what programs write.
   */
  readonly replied: AboutRecipient & {
    readonly from: string;
    readonly subject: string;
    readonly text: string;
    readonly class: string;
    readonly authentication: AboutAuthentication;
  };
  /** Mail arrived in a mailbox of the project that answers nothing and changes nothing. `reason`: more of the class, in a word. */
  readonly received: {
    readonly email: string;
    readonly from: string;
    readonly subject: string;
    readonly folder: string;
    readonly class: string;
    readonly reason: string;
    readonly authentication: AboutAuthentication;
  };
}

export type EventType = keyof EventPayloads;

/** Every type, for validation and documentation. A test holds this list and EventPayloads together. */
export const EVENT_TYPES = [
  "accepted",
  "processed",
  "deferred",
  "delivered",
  "bounced",
  "dropped",
  "cancelled",
  "expired",
  "opened",
  "clicked",
  "complained",
  "unsubscribed",
  "replied",
  "received",
] as const satisfies readonly EventType[];

/** Whom an event is about. */
export interface EventSubject {
  readonly projectId: string;
  readonly messageId: string | null;
  readonly ordinal: number | null;
}

/** An event ready to be stored in the transaction of the change it tells of. */
export function newEvent<Type extends EventType>(
  subject: EventSubject,
  type: Type,
  payload: EventPayloads[Type],
  nowMs: number,
): NewEvent {
  return {
    id: newId(nowMs),
    projectId: subject.projectId,
    messageId: subject.messageId,
    ordinal: subject.ordinal,
    type,
    payload: { ...payload },
  };
}

/** The part of a payload that every event about a recipient shares; empty tags and metadata are left out. */
export function aboutRecipient(recipient: {
  readonly address: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}): AboutRecipient {
  return {
    email: recipient.address,
    ...(recipient.tags.length > 0 && { tags: recipient.tags }),
    ...(Object.keys(recipient.metadata).length > 0 && { metadata: recipient.metadata }),
  };
}
