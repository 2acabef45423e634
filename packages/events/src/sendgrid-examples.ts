import { newId } from "@waxwing/runtime";
import { LOG_START, type LoggedEvent } from "@waxwing/store";
import type { EventPayloads, EventType } from "./catalogue.ts";
import { sendGridEvent } from "./sendgrid-event.ts";

const about = { email: "example@test.com", tags: ["cat facts"] };
const attempt = { ...about, attempt: 1, host: "mx.test.com" };
const visit = { ...about, first: true, machine: false, user_agent: "Mozilla/5.0", ip: "192.0.2.1" };

type Example = { readonly [Type in EventType]: readonly [Type, EventPayloads[Type]] }[EventType];

const EXAMPLES: readonly Example[] = [
  ["processed", about],
  ["deferred", { ...attempt, reply: "451 4.7.1 try again later", next_attempt_at: "2026-01-01T00:00:00Z" }],
  ["delivered", { ...attempt, reply: "250 2.0.0 OK", tls: "TLSv1.3" }],
  ["opened", visit],
  ["clicked", { ...visit, url: "https://www.example.com/" }],
  [
    "bounced",
    {
      ...attempt,
      reply: "550 5.1.1 unknown user",
      code: 550,
      enhanced_code: "5.1.1",
      type: "hard",
      verdict: "bounced",
      cause: "refused",
    },
  ],
  ["dropped", { ...about, reason: "the address is suppressed (bounced)", suppression: "bounced" }],
  ["complained", { ...about, feedback_type: "abuse", reporter: "example" }],
  ["unsubscribed", { ...about, group: null, ip: "192.0.2.1" }],
  ["unsubscribed", { ...about, group: 10, ip: "192.0.2.1" }],
];

/**
 * One of each of SendGrid's events, of a message that never was, as JSON: what a test of a webhook sends.
 *
 * @param nowMs Unix time in ms that the events happened at
 */
export function sendGridExamples(nowMs: number): readonly string[] {
  const messageId = newId(nowMs);
  const context = {
    requestId: null,
    smtpId: `<${messageId}@example.com>`,
    group: null,
    pool: null,
    sendAt: null,
  };
  return EXAMPLES.map(([type, payload]) => {
    const event: LoggedEvent = {
      ...LOG_START,
      id: newId(nowMs),
      type,
      messageId,
      ordinal: 0,
      payload: { ...payload },
    };
    return JSON.stringify(sendGridEvent(event, context));
  });
}
