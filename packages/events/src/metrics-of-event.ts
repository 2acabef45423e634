import { idTimeMs } from "@waxwing/runtime";
import type { DailyCount, LoggedEvent } from "@waxwing/store";
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

/** Counts events by day (UTC), tag and metric; under the tag '' all of them. */
export function countEvents(events: readonly LoggedEvent[]): readonly DailyCount[] {
  const counts = new Map<string, { day: string; tag: string; metric: string; count: number }>();
  for (const event of events) {
    const metrics = metricsOfEvent(event);
    if (metrics.length === 0) continue;
    const day = new Date(idTimeMs(event.id)).toISOString().slice(0, 10);
    const tags = Array.isArray(event.payload.tags) ? event.payload.tags : [];
    // A message that names a tag twice is one message.
    for (const tag of new Set(["", ...tags.map(String)])) {
      for (const metric of metrics) {
        const key = `${day} ${metric} ${tag}`;
        const known = counts.get(key);
        if (known === undefined) counts.set(key, { day, tag, metric, count: 1 });
        else known.count++;
      }
    }
  }
  return [...counts.values()];
}
