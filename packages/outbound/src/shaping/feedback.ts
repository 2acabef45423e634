import type { Judgement } from "../judge.ts";
import type { DeliveryOutcome } from "../outcome.ts";
import { type Reaction, reactionTo } from "./reply-reactions.ts";

/** What an outcome says of the way to a site, whatever it says of its message. */
export interface Feedback {
  /**
   * `fine`: the server does its work; `answered`: it is there, and that is all it says; `trouble`: it is pressed too hard; `unreachable`:
   * no server took a command; `nothing`: it is about us.
   */
  readonly kind: "fine" | "answered" | "trouble" | "unreachable" | "nothing";
  /** What the reply makes us do besides, and the name of the rule that says so. */
  readonly reaction: (Reaction & { readonly rule: string }) | null;
}

const HALF_HOUR_MS = 1_800_000;
const FINE: Feedback = { kind: "fine", reaction: null };
const ANSWERED: Feedback = { kind: "answered", reaction: null };
const NOTHING: Feedback = { kind: "nothing", reaction: null };
const UNREACHABLE: Feedback = { kind: "unreachable", reaction: null };

/** Reads an outcome by what was said, or by how far it came where nothing was. @param judgement null for a delivery */
export function feedbackOf(
  outcome: Pick<DeliveryOutcome, "kind" | "rule" | "reply" | "replyCode" | "remoteSpoke">,
  judgement: Pick<Judgement, "class" | "scope" | "rule"> | null,
): Feedback {
  if (outcome.kind === "delivered" || judgement === null) return FINE;
  // What went wrong on our side says nothing of theirs.
  if (outcome.rule.startsWith("local.")) return NOTHING;
  // Attack: whoever has a TLS policy for one domain, or publishes one, could close the site to all others.
  if (outcome.rule.startsWith("tls.")) return NOTHING;
  if (!outcome.remoteSpoke) return outcome.kind === "bounced" ? NOTHING : UNREACHABLE;
  const reaction = reactionOf(outcome.reply, judgement);
  if (outcome.rule === "connect.refused") return { kind: "unreachable", reaction };
  if (reaction !== null || outcome.replyCode === 421) return { kind: "trouble", reaction };
  return outcome.kind === "bounced" ? FINE : ANSWERED;
}

/** What the text makes us do, or else what it is about. */
function reactionOf(
  reply: string,
  { class: about, scope, rule }: Pick<Judgement, "class" | "scope" | "rule">,
): Feedback["reaction"] {
  const known = reactionTo(reply);
  if (known !== null) return { ...known.reaction, rule: known.name };
  // What is about one message must not hold up those of others.
  if (scope !== "site") return null;
  switch (about) {
    case "rate-limited":
      return { kind: "slow-down", rule };
    case "blocklisted":
      return { kind: "rest-source", forMs: HALF_HOUR_MS, rule };
    default:
      return null;
  }
}
