/** What becomes of a message to an address of the simulator. */
export type Scenario =
  | { readonly kind: "delivered" }
  /** Refused at RCPT, always. */
  | { readonly kind: "bounce"; readonly reply: SimulatedReply }
  /** Put off at RCPT so many times, then taken. */
  | { readonly kind: "defer"; readonly times: number; readonly reply: SimulatedReply }
  /** Taken, and then the connection's answer takes so long. */
  | { readonly kind: "slow"; readonly delayMs: number }
  /** 421, and the connection is closed. */
  | { readonly kind: "drop" }
  /** Taken, and answered by mail. */
  | { readonly kind: "late-bounce"; readonly reply: SimulatedReply }
  | { readonly kind: "complaint" }
  | { readonly kind: "out-of-office" }
  | { readonly kind: "reply" };

/** An SMTP refusal. */
interface SimulatedReply {
  readonly code: number;
  /** RFC 3463. */
  readonly enhanced: string;
  readonly text: string;
}

/** Words of servers, which our own rules read again. The text of a code that is not here says only that it is simulated. */
const TEXTS: Readonly<Record<string, string>> = {
  "4.2.2": "Mailbox full, try again later",
  "4.3.2": "System not accepting messages",
  "4.4.1": "No answer from host",
  "4.7.1": "Greylisted, try again later",
  "5.1.1": "No such user here",
  "5.1.2": "Domain not found",
  "5.1.3": "Bad destination mailbox address syntax",
  "5.1.6": "Mailbox has moved",
  "5.1.10": "Recipient address has null MX",
  "5.2.1": "Mailbox disabled",
  "5.2.2": "Mailbox full",
  "5.3.4": "Message too big for system",
  "5.7.1": "Message rejected as spam",
  "5.7.26": "Unauthenticated mail is not accepted (SPF, DKIM, DMARC)",
};

/** RFC 5321 §4.2.3 for RFC 3463 codes that have one of their own. */
const CODES: Readonly<Record<string, number>> = {
  "4.2.2": 452,
  "4.7.1": 451,
  "5.2.2": 552,
  "5.3.4": 552,
  "5.1.3": 553,
};

const MAX_DELAY_MS = 120_000;
const MAX_DEFERRALS = 100;

const replyOf = (enhanced: string): SimulatedReply => ({
  code: CODES[enhanced] ?? (enhanced.startsWith("4") ? 450 : 550),
  enhanced,
  text: TEXTS[enhanced] ?? "Simulated refusal",
});

/**
 * Reads the local part of an address: a word, and behind pluses what it takes (a status code, a number of times, a time). What it does
 * not take is a label, so that tests can have addresses of their own: `bounce+5.2.2+order-7`.
 *
 * @returns null for a word that is none of ours.
 */
export function readScenario(localPart: string): Scenario | null {
  const [word, ...labels] = localPart.toLowerCase().split("+");
  const codeOf = (otherwise: string, pattern: RegExp): SimulatedReply =>
    replyOf(labels.find((label) => pattern.test(label)) ?? otherwise);
  switch (word) {
    case "delivered":
    case "complaint":
    case "out-of-office":
    case "reply":
    case "drop":
      return { kind: word };
    case "bounce":
      return { kind: word, reply: codeOf("5.1.1", /^[45]\.\d{1,3}\.\d{1,3}$/) };
    case "late-bounce":
      return { kind: word, reply: codeOf("5.1.1", /^5\.\d{1,3}\.\d{1,3}$/) };
    case "defer": {
      const times = Number(labels.find((label) => /^\d{1,3}$/.test(label)) ?? 1);
      return {
        kind: word,
        times: Math.min(times, MAX_DEFERRALS),
        reply: codeOf("4.3.2", /^4\.\d{1,3}\.\d{1,3}$/),
      };
    }
    case "greylist":
      return { kind: "defer", times: 1, reply: replyOf("4.7.1") };
    case "slow": {
      const [, digits = "5", unit = "s"] =
        labels.map((label) => /^(\d{1,6})(ms|s)$/.exec(label)).find(Boolean) ?? [];
      return { kind: word, delayMs: Math.min(Number(digits) * (unit === "s" ? 1_000 : 1), MAX_DELAY_MS) };
    }
    default:
      return null;
  }
}
