import {
  classifyReply,
  type FailureClass,
  type FailureScope,
  failureKind,
  retryHintMs,
} from "@waxwing/message";
import type { DeliveryOutcome } from "./outcome.ts";

/** What a failed attempt was about. */
export interface Judgement {
  readonly class: FailureClass;
  /** Who should wait: with `site` nothing else of the site is worth a try from the same source for now. */
  readonly scope: FailureScope;
  readonly retry: "later" | "never";
  /** The name of the rule that decided. */
  readonly rule: string;
  /** What the other side asked us to wait; null where it did not. */
  readonly hintMs: number | null;
  /** It is the sender that has to come again: the next attempt leaves by the same source. */
  readonly sameEgress: boolean;
}

/** What our own rules are about; those of routing say it by their enhanced code. */
const OWN_RULES: Readonly<Record<string, FailureClass>> = {
  "connect.aborted": "local-error",
  "connect.auth-impossible": "misconfigured",
  "connect.failed": "no-answer",
  "connect.nonsense": "protocol-error",
  "connect.refused": "no-answer",
  "connection.goodbye": "connection-lost",
  "connection.lost": "connection-lost",
  "connection.lost-after-data": "connection-lost",
  "connection.nonsense": "protocol-error",
  "local.needs-requiretls": "tls-required",
  "local.needs-smtputf8": "protocol-error",
  "local.too-large-for-server": "too-large",
  "route.dns-failure": "dns-failure",
  "route.no-usable-server": "routing",
  "route.private-address": "routing",
  "site.paused": "no-answer",
};

/** Where only the first part of a rule's name is known. */
const OWN_STAGES: Readonly<Record<string, FailureClass>> = {
  connect: "tls-required",
  connection: "connection-lost",
  route: "routing",
  tls: "tls-required",
};

/**
 * The judging stage: what an outcome means, beyond what was said. The code that a server gives is a proposal; what is known of its
 * words decides, so that a 550 for greylisting is tried again and a 421 that says "permanently deferred" is not. Null for a delivery.
 */
export function judge(outcome: DeliveryOutcome): Judgement | null {
  if (outcome.kind === "delivered") return null;
  const { replyCode, enhancedCode, reply, rule } = outcome;
  if (!outcome.remoteSpoke) return ownJudgement(outcome);
  // A code that cannot stand there is a broken server, whatever it says.
  if (replyCode !== null && replyCode < 400)
    return {
      class: "protocol-error",
      scope: "connection",
      retry: "later",
      rule,
      hintMs: null,
      sameEgress: false,
    };
  const verdict = classifyReply({ code: replyCode, enhanced: enhancedCode, text: reply });
  // RFC 5321 §3.1: who is refused before any message is refused as a host; that says nothing about the recipient.
  const isAtDoor = rule === "connect.refused";
  const retry = isAtDoor ? "later" : verdict.retry;
  return {
    class: verdict.class,
    scope: isAtDoor ? "site" : verdict.scope,
    retry,
    rule: verdict.rule,
    hintMs: retry === "later" ? retryHintMs(reply) : null,
    sameEgress: verdict.class === "greylisted",
  };
}

function ownJudgement({ rule, enhancedCode, retry }: DeliveryOutcome): Judgement {
  const found = ownClass(rule, enhancedCode);
  return {
    class: found,
    scope: failureKind(found).scope,
    retry: retry === "never" ? "never" : "later",
    rule,
    hintMs: null,
    sameEgress: false,
  };
}

function ownClass(rule: string, enhanced: string | null): FailureClass {
  const known = Object.hasOwn(OWN_RULES, rule) ? OWN_RULES[rule] : undefined;
  if (known !== undefined) return known;
  const stage = rule.split(".", 1)[0] ?? "";
  if (stage === "route" && enhanced !== null) return classifyReply({ code: null, enhanced, text: "" }).class;
  return (Object.hasOwn(OWN_STAGES, stage) ? OWN_STAGES[stage] : undefined) ?? "local-error";
}
