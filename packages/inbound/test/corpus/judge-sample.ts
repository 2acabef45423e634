import { parseMessage } from "@waxwing/message";
import { judgeMail } from "../../src/judge-mail.ts";
import type { Verdict } from "../../src/verdict.ts";
import type { Sample } from "./sample.ts";

/** The verdict on a sample, and in what it differs from what is expected; empty when in nothing. */
export function judgeSample({ raw, expect }: Sample): { verdict: Verdict; differences: readonly string[] } {
  const { verdict } = judgeMail(raw, parseMessage(raw));
  const addresses = verdict.recipients.map(({ address }) => address);
  const statuses = verdict.recipients.map(({ status }) => status);
  const checks: readonly (readonly [what: string, got: string, holds: boolean])[] = [
    ["class", verdict.class, expect.class.includes(verdict.class)],
    ["reason", verdict.reason, expect.reasons.includes(verdict.reason)],
    ["recipients", String(addresses), String(expect.recipients ?? addresses) === String(addresses)],
    ["status", String(statuses), String(expect.status ?? statuses) === String(statuses)],
    [
      "message id",
      String(verdict.originalMessageId),
      expect.messageId === undefined || expect.messageId === verdict.originalMessageId,
    ],
  ];
  return {
    verdict,
    differences: checks.flatMap(([what, got, holds]) => (holds ? [] : [`${what} ${got} (${verdict.rule})`])),
  };
}
