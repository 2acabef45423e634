import type { BounceVerdict } from "./replies/failure-class.ts";

/**
 * RFC 3463 §3.2: no such mailbox (1), moved away (6); no such host (2), bad syntax (3); null MX (10, RFC 7505 §4.2). The rest of
 * 5.1.x is about the sender's address (5.1.7, 5.1.8) or about nothing in particular (5.1.0). A full mailbox (5.2.2) empties, and
 * policy and reputation (5.7.x) are the sender's affair.
 */
const ABOUT_THE_ADDRESS: Readonly<Record<string, BounceVerdict>> = {
  "5.1.1": "bounced",
  "5.1.6": "bounced",
  "5.1.2": "invalid",
  "5.1.3": "invalid",
  "5.1.10": "invalid",
};

/**
 * What a bounce says about its recipient, by the enhanced status code. A reply without one is `blocked`: a bare 550 is said of
 * unknown users and of listed senders alike, and who is suppressed for nothing is not told.
 *
 * @param status RFC 3463 enhanced status code, such as `5.1.1`; null or empty when there was none
 */
export function judgeBounce(status: string | null): BounceVerdict {
  return (
    (status !== null && Object.hasOwn(ABOUT_THE_ADDRESS, status) && ABOUT_THE_ADDRESS[status]) || "blocked"
  );
}
