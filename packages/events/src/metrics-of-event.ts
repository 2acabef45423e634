import type { LoggedEvent } from "@waxwing/store";
import { isBlock } from "./bounce-kind.ts";

/** What is counted, by SendGrid's names. */
export const METRICS = [
  "requests",
  "processed",
  "delivered",
  "deferred",
  "bounces",
  "blocks",
  "bounce_drops",
  "spam_report_drops",
  "unsubscribe_drops",
  "invalid_emails",
  "spam_reports",
  "opens",
  "unique_opens",
  "clicks",
  "unique_clicks",
  "unsubscribes",
] as const;

export type Metric = (typeof METRICS)[number];

const DROPS: Readonly<Record<string, Metric>> = {
  bounced: "bounce_drops",
  complained: "spam_report_drops",
  unsubscribed: "unsubscribe_drops",
  invalid: "invalid_emails",
};

/** What an event adds one to. */
export function metricsOfEvent(event: Pick<LoggedEvent, "type" | "payload">): readonly Metric[] {
  const { payload } = event;
  switch (event.type) {
    case "accepted":
      return ["requests"];
    case "processed":
    case "delivered":
    case "deferred":
      return [event.type];
    case "bounced":
      return [isBlock(payload) ? "blocks" : "bounces"];
    case "dropped": {
      const metric = Object.hasOwn(DROPS, String(payload.suppression))
        ? DROPS[String(payload.suppression)]
        : undefined;
      return metric === undefined ? [] : [metric];
    }
    case "complained":
      return ["spam_reports"];
    case "opened":
      return payload.first === true ? ["opens", "unique_opens"] : ["opens"];
    case "clicked":
      return payload.first === true ? ["clicks", "unique_clicks"] : ["clicks"];
    case "unsubscribed":
      return ["unsubscribes"];
    default:
      return [];
  }
}
