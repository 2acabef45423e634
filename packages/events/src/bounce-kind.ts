import type { LoggedEvent } from "@waxwing/store";

type Payload = LoggedEvent["payload"];

/** Words by which servers say that they refuse the message or its sender, not the recipient. */
const POLICY =
  /\b(?:spam|unsolicited|policy|policies|blocked|block ?list(?:ed)?|black ?list(?:ed)?|rbl|dnsbl|reputation|spf|dkim|dmarc|denied|banned|virus|content rejected)\b/i;

/**
 * Whether a `bounced` event tells of a block: the server refused the message or its sender, or was never reached, and nothing
 * is known against the address. SendGrid's word for it; an address that was blocked may be written to again.
 *
 * @param payload of an event of the type `bounced`
 */
export function isBlock(payload: Payload): boolean {
  if (isTimeout(payload)) return true;
  if (payload.verdict !== undefined) return payload.verdict === "blocked";
  // Events from before the verdict was part of them.
  const code = textOf(payload.enhanced_code);
  // RFC 3463 §3.8: X.7.X is security or policy.
  if (/^[245]\.7\.\d+$/.test(code)) return true;
  // A code that names the mailbox outweighs the words around it (RFC 3463 §3.2 and §3.3).
  if (/^[245]\.[12]\.[1-9]\d*$/.test(code)) return false;
  return POLICY.test(textOf(payload.reply));
}

/** SendGrid's classes of bounces ("bounce_classification" of its event webhook). */
export const BOUNCE_CLASSES = [
  "Content",
  "Frequency or Volume Too High",
  "Invalid Address",
  "Mailbox Unavailable",
  "Reputation",
  "Technical Failure",
  "Unclassified",
] as const;

export type BounceClass = (typeof BOUNCE_CLASSES)[number];

/**
 * The class of a refusal, by its enhanced code (RFC 3463 §3) and, where that says little, by its words.
 *
 * @param payload of an event of the type `bounced` or `deferred`
 */
export function bounceClass(payload: Payload): BounceClass {
  const [, subject = "", detail = ""] = textOf(payload.enhanced_code).split(".");
  const reply = textOf(payload.reply);
  if (/\b(?:rate|too many|too fast|volume|throttl\w*)\b/i.test(reply)) return "Frequency or Volume Too High";
  switch (subject) {
    case "1":
      return "Invalid Address";
    case "2":
      return "Mailbox Unavailable";
    case "3":
    case "4":
    case "5":
      return "Technical Failure";
    case "6":
      return "Content";
    case "7":
      return /\b(?:spam|content|virus|unsolicited)\b/i.test(reply) && detail !== "26"
        ? "Content"
        : "Reputation";
    default:
      return isTimeout(payload) ? "Technical Failure" : "Unclassified";
  }
}

/** Events from before `type` was hard or soft said there what is the cause now. */
const isTimeout = ({ cause, type }: Payload): boolean => cause === "timeout" || type === "timeout";

/** A member of a payload where a text is expected; the empty text where there is none. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
