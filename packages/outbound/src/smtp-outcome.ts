import {
  formatReply,
  type OpenStage,
  type RecipientResult,
  type SendStage,
  type SmtpFault,
  type SmtpOpening,
  type SmtpReply,
} from "@waxwing/protocols";
import type { DeliveryOutcome } from "./outcome.ts";

/** An outcome without what the connection knows of itself. */
export type Verdict = Omit<DeliveryOutcome, "host" | "remoteAddress" | "tls" | "conversation">;

/**
 * What a recipient's result means for its delivery.
 *
 * @param reused the connection has carried messages before, so that a goodbye at MAIL only says that it was idle for too long
 */
export function verdictOn(result: RecipientResult, reused: boolean): Verdict {
  switch (result.kind) {
    case "accepted":
      return { ...spoken(result), kind: "delivered", retry: "never", rule: "reply.2xx" };
    case "refused":
      if (reused && result.code === 421 && (result.stage === "mail" || result.stage === "reset"))
        return { ...spoken(result), kind: "deferred", retry: "other-host", rule: "connection.goodbye" };
      return refusal(result);
    case "unsendable": {
      const silent = {
        replyCode: null,
        enhancedCode: result.enhanced,
        reply: result.text,
        remoteSpoke: false,
      };
      // Another server may offer what this one lacks.
      if (result.reason === "needs-requiretls" || result.reason === "needs-smtputf8")
        return { ...silent, kind: "bounced", retry: "other-host", rule: `local.${result.reason}` };
      const rule = result.reason === "too-large" ? "local.too-large-for-server" : "local.bad-envelope";
      return { ...silent, kind: "bounced", retry: "never", rule };
    }
    case "failed": {
      const { fault, stage, sent } = result;
      const where = stage === "content" && sent === "all" ? "at the end of the message" : SAID[stage];
      const reply = `${fault.message}, ${where}`;
      const silent = { replyCode: null, enhancedCode: null, reply, remoteSpoke: false };
      if (sent === "all")
        return { ...silent, kind: "unknown", retry: "later", rule: "connection.lost-after-data" };
      const rule = fault.code === "nonsense" ? "connection.nonsense" : "connection.lost";
      return { ...silent, kind: "deferred", retry: "other-host", rule };
    }
  }
}

/** RFC 5321 §4.2.1: 4yz is transient, 5yz permanent. Anything else that ends a transaction is a broken server: later. */
function refusal(reply: SmtpReply): Verdict {
  if (reply.code >= 500) return { ...spoken(reply), kind: "bounced", retry: "never", rule: "reply.5xx" };
  const rule = reply.code >= 400 ? "reply.4xx" : "reply.unexpected";
  return { ...spoken(reply), kind: "deferred", retry: "later", rule };
}

/** Where a conversation ended, for people; null where what went wrong says it already. */
const SAID = {
  connect: null,
  greeting: "before its greeting",
  hello: "at EHLO",
  starttls: "at STARTTLS",
  tls: null,
  auth: "at AUTH",
  reset: "at RSET",
  mail: "at MAIL",
  rcpt: "at RCPT",
  data: "at DATA",
  content: "in the middle of the message",
} as const satisfies Readonly<Record<OpenStage | SendStage, string | null>>;

/** Faults whose rule has their name at any stage; the others only say that there is no connection. */
const NAMED_FAULTS: ReadonlySet<SmtpFault["code"]> = new Set(["nonsense", "auth-impossible"]);

/** A server that cannot be reached, or refuses us before a message, says nothing about the recipient: the next one may. */
export function verdictOnOpening(opening: Exclude<SmtpOpening, { readonly kind: "open" }>): Verdict {
  if (opening.kind === "refused")
    return { ...spoken(opening.reply), kind: "deferred", retry: "other-host", rule: "connect.refused" };
  const { stage, fault } = opening;
  const where = SAID[stage];
  return {
    kind: "deferred",
    retry: "other-host",
    replyCode: null,
    enhancedCode: null,
    reply: where === null ? fault.message : `${fault.message}, ${where}`,
    rule: stage === "tls" || NAMED_FAULTS.has(fault.code) ? `connect.${fault.code}` : "connect.failed",
    remoteSpoke: false,
  };
}

/**
 * The same for mail that asks for REQUIRETLS (RFC 8689 §4.2.1): a server without TLS, or whose certificate proves nothing, is none it
 * may be given to. Another may be better.
 */
export function verdictWhereTlsIsRequired(opening: Exclude<SmtpOpening, { readonly kind: "open" }>): Verdict {
  const verdict = verdictOnOpening(opening);
  // A handshake that broke off may do better next time.
  const isLacking =
    opening.kind === "failed" &&
    (opening.fault.code === "tls-not-offered" || opening.fault.code === "tls-certificate");
  if (!isLacking) return verdict;
  return { ...verdict, kind: "bounced", enhancedCode: "5.7.30", rule: "local.needs-requiretls" };
}

const POLICY_FAILURES: Partial<
  Record<SmtpFault["code"], { readonly rule: string; readonly enhancedCode: string }>
> = {
  "tls-not-offered": { rule: "tls.not-offered", enhancedCode: "4.7.4" },
  "tls-certificate": { rule: "tls.not-verified", enhancedCode: "4.7.5" },
  "tls-handshake": { rule: "tls.handshake-failed", enhancedCode: "4.7.5" },
};

/**
 * The same where a policy asks for TLS: as long as it holds, the mail waits for a server that keeps to it (RFC 8461 §5, RFC 7672 §2.2).
 *
 * @param why whose policy it is
 */
export function verdictWherePolicyHolds(
  opening: Exclude<SmtpOpening, { readonly kind: "open" }>,
  why: string,
): Verdict {
  const verdict = verdictOnOpening(opening);
  const failure = opening.kind === "failed" ? POLICY_FAILURES[opening.fault.code] : undefined;
  if (failure === undefined) return verdict;
  return { ...verdict, ...failure, reply: `${verdict.reply}; ${why}, so the mail waits` };
}

const spoken = (reply: SmtpReply) => ({
  replyCode: reply.code,
  enhancedCode: reply.enhanced,
  reply: formatReply(reply),
  remoteSpoke: true,
});
