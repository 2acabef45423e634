import { idTimeMs } from "@waxwing/runtime";
import type { DailyCount, LoggedEvent, SeriesCount } from "@waxwing/store";
import { metricsOfEvent } from "./metrics-of-event.ts";

const HOUR_MS = 3_600_000;

/** The numbers of some events, to be added to those of their project. */
export interface EventCounts {
  /** By day (UTC), tag and metric; under the tag '' all of them. */
  readonly daily: readonly DailyCount[];
  /** By hour, and by the domain and the provider of the recipient. */
  readonly series: readonly SeriesCount[];
}

/** The domain of the recipient that an event is about, in lower case. */
export function recipientDomain(event: Pick<LoggedEvent, "payload">): string {
  const email = String(event.payload.email ?? "");
  return email.slice(email.lastIndexOf("@") + 1).toLowerCase();
}

/**
 * Counts events.
 *
 * @param providerOf the mailbox provider of a domain, '' for none that is known
 */
export function countEvents(
  events: readonly LoggedEvent[],
  providerOf: (domain: string) => string,
): EventCounts {
  const daily = new Map<string, { day: string; tag: string; metric: string; count: number }>();
  const series = new Map<string, Omit<SeriesCount, "count"> & { count: number }>();
  const add = (counted: Omit<SeriesCount, "count">): void => {
    const key = `${counted.period}${counted.kind}${counted.start}${counted.metric} ${counted.name}`;
    const known = series.get(key);
    if (known === undefined) series.set(key, { ...counted, count: 1 });
    else known.count++;
  };

  const hours = new Map<number, { readonly day: string; readonly hour: string; readonly midnight: string }>();
  const startsOf = (ms: number) => {
    const key = Math.floor(ms / HOUR_MS);
    let starts = hours.get(key);
    if (starts === undefined) {
      const time = new Date(ms).toISOString();
      const day = time.slice(0, 10);
      starts = { day, hour: `${time.slice(0, 13)}:00:00Z`, midnight: `${day}T00:00:00Z` };
      hours.set(key, starts);
    }
    return starts;
  };

  for (const event of events) {
    const metrics = metricsOfEvent(event);
    if (metrics.length === 0) continue;
    const { day, hour, midnight } = startsOf(idTimeMs(event.id));
    const tags = Array.isArray(event.payload.tags) ? event.payload.tags : [];
    // A message that names a tag twice is one message.
    const names = [...new Set(["", ...tags.map(String)])];
    const domain = recipientDomain(event);
    const provider = providerOf(domain);
    for (const metric of metrics) {
      for (const tag of names) {
        const key = `${day} ${metric} ${tag}`;
        const known = daily.get(key);
        if (known === undefined) daily.set(key, { day, tag, metric, count: 1 });
        else known.count++;
        add({ period: "hour", kind: tag === "" ? "all" : "tag", start: hour, name: tag, metric });
      }
      for (const [period, start] of [
        ["hour", hour],
        ["day", midnight],
      ] as const) {
        add({ period, kind: "domain", start, name: domain, metric });
        add({ period, kind: "provider", start, name: provider, metric });
      }
    }
  }
  return { daily: [...daily.values()], series: [...series.values()] };
}
