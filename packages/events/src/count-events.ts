import type { DailyCount, EventTotal, SeriesCount } from "@waxwing/store";
import { metricsOfEvent } from "./metrics-of-event.ts";

/** The numbers of some events, to be added to those of their project. */
export interface EventCounts {
  /** By day (UTC), tag and metric; under the tag '' all of them. */
  readonly daily: readonly DailyCount[];
  /** By hour, and by the domain and the provider of the recipient. */
  readonly series: readonly SeriesCount[];
}

/** The domain of the recipients that a total is about, in lower case. */
export const recipientDomain = ({ domain }: Pick<EventTotal, "domain">): string => domain.toLowerCase();

/**
 * Counts events.
 *
 * @param providerOf the mailbox provider of a domain, '' for none that is known
 */
export function countEvents(
  totals: readonly EventTotal[],
  providerOf: (domain: string) => string,
): EventCounts {
  const daily = new Map<string, { day: string; tag: string; metric: string; count: number }>();
  const series = new Map<string, Omit<SeriesCount, "count"> & { count: number }>();
  const add = (counted: SeriesCount): void => {
    const key = `${counted.period}${counted.kind}${counted.start}${counted.metric} ${counted.name}`;
    const known = series.get(key);
    if (known === undefined) series.set(key, { ...counted });
    else known.count += counted.count;
  };

  for (const total of totals) {
    const { count } = total;
    const time = new Date(total.hourMs).toISOString();
    const day = time.slice(0, 10);
    const starts = [
      ["hour", `${time.slice(0, 13)}:00:00Z`],
      ["day", `${day}T00:00:00Z`],
    ] as const;
    const hour = starts[0][1];
    // A message that names a tag twice is one message.
    const names = [...new Set(["", ...total.tags.map(String)])];
    const domain = recipientDomain(total);
    const provider = providerOf(domain);
    for (const metric of metricsOfEvent(total)) {
      for (const tag of names) {
        const key = `${day} ${metric} ${tag}`;
        const known = daily.get(key);
        if (known === undefined) daily.set(key, { day, tag, metric, count });
        else known.count += count;
        add({ period: "hour", kind: tag === "" ? "all" : "tag", start: hour, name: tag, metric, count });
      }
      for (const [period, start] of starts) {
        add({ period, kind: "domain", start, name: domain, metric, count });
        add({ period, kind: "provider", start, name: provider, metric, count });
      }
    }
  }
  return { daily: [...daily.values()], series: [...series.values()] };
}
