import { adviceOn, isFailureClass } from "@waxwing/message";
import type { AttemptRow, Hold, RecipientState } from "@waxwing/store";
import { holdReason } from "./holds/held-recipients.ts";

/** What became of a recipient. */
interface Fate {
  readonly state: RecipientState;
  /** Class of the failure that led to it, as it is stored; null where there was none. */
  readonly failure: string | null;
  /** It was dropped because its address is suppressed. */
  readonly suppressed: boolean;
}

/** One plain sentence for the sender: what happened to a recipient and what to do; null while and where nothing has gone wrong. */
export function recipientAdvice({ state, failure, suppressed }: Fate): string | null {
  switch (state) {
    case "queued":
    case "delivered":
    case "cancelled":
      return null;
    case "sending":
    case "deferred":
      return failureAdvice(failure);
    case "bounced":
      return failureAdvice(failure) ?? adviceOn("unclassified");
    case "expired":
      return "Its time to live ended before it could be delivered: the last attempt says what held it up, and a longer ttl_seconds gives it more time.";
    case "dropped":
      return suppressed
        ? "Nothing was sent because the address is suppressed: the list of suppressions says why, and taking it off there lets mail through again."
        : "Nothing was sent: the event says why.";
  }
}

const HELD: Readonly<Record<Hold["kind"], (value: string) => string>> = {
  // How a site is called is the operator's business.
  site: () => "mail for its mail servers",
  domain: (domain) => `mail for ${domain}`,
  project: () => "all mail of the project",
  tag: (tag) => `mail with the tag ${tag}`,
};

/** The same for a recipient that waits for a hold to end, whatever it waited for before. */
export function holdAdvice(hold: Pick<Hold, "kind" | "value" | "projectId" | "reason" | "until">): string {
  const reason = holdReason(hold);
  const why = reason === null ? "" : ` (${reason})`;
  const who = hold.projectId === null ? "The operator of the platform holds" : "You hold";
  return `${who} ${HELD[hold.kind](hold.value)} back${why}: it goes out ${hold.until === null ? "when that is resumed" : `after ${hold.until.toISOString()}, or when that is resumed`}.`;
}

/** The same for one attempt. */
export function attemptAdvice(attempt: Pick<AttemptRow, "outcome" | "class">): string | null {
  if (attempt.outcome === "unknown")
    return "Nobody knows whether this attempt arrived, because no answer came after the whole message had gone out: it is sent again, and the recipient may get it twice.";
  return failureAdvice(attempt.class);
}

const failureAdvice = (failure: string | null): string | null =>
  isFailureClass(failure) ? adviceOn(failure) : null;
