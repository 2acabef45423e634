import { METRICS, type Metric } from "@waxwing/events";
import type { PeriodCount } from "@waxwing/store";

/** What the days of a statistic are gathered into. Weeks begin on Monday (ISO 8601). */
export const PERIODS = ["day", "week", "month"] as const;

export type Period = (typeof PERIODS)[number];

/** Those and hours. */
export const PERIODS_AND_HOURS = ["hour", ...PERIODS] as const;

type PeriodOrHour = (typeof PERIODS_AND_HOURS)[number];

/** The numbers of a period; none is missing. */
export type Metrics = Readonly<Record<Metric, number>>;

/** A year and a month: what SendGrid keeps, and what one answer may be long. */
export const MAX_DAYS = 400;
/** Hours are kept for 35 days. */
export const MAX_DAYS_OF_HOURS = 35;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Reads a day YYYY-MM-DD from 1970 on; null for anything else, also for a day that no calendar has. */
export function readDay(text: unknown): string | null {
  if (typeof text !== "string" || !/^(?:19[7-9]|[2-9]\d\d)\d-\d{2}-\d{2}$/.test(text)) return null;
  const time = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== text ? null : text;
}

/** The day in UTC of a Unix time in ms. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** How many days lie from one day to another, both counted. */
export function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
}

/**
 * The starts of the periods that these days (inclusive) lie in: their first days, and of hours `2030-01-31T13:00:00Z`. The first
 * period may begin before `from`.
 */
export function periodStarts(from: string, to: string, by: PeriodOrHour): readonly string[] {
  const starts = new Set<string>();
  const stepMs = by === "hour" ? HOUR_MS : DAY_MS;
  for (let ms = Date.parse(from); ms < Date.parse(to) + DAY_MS; ms += stepMs) starts.add(startOf(ms, by));
  return [...starts];
}

function startOf(ms: number, by: PeriodOrHour): string {
  switch (by) {
    case "hour":
      return `${new Date(ms).toISOString().slice(0, 13)}:00:00Z`;
    case "day":
      return dayOf(ms);
    case "week": {
      const sinceMonday = (new Date(ms).getUTCDay() + 6) % 7;
      return dayOf(ms - sinceMonday * DAY_MS);
    }
    case "month":
      return `${dayOf(ms).slice(0, 7)}-01`;
  }
}

/** The numbers of one name by the start of their period. */
export function metricsByPeriod(counts: readonly PeriodCount[]): ReadonlyMap<string, Metrics> {
  const byPeriod = new Map<string, Record<string, number>>();
  for (const count of counts) {
    const metrics = byPeriod.get(count.start) ?? {};
    metrics[count.metric] = count.count;
    byPeriod.set(count.start, metrics);
  }
  return new Map([...byPeriod].map(([start, metrics]) => [start, wholeMetrics(metrics)]));
}

/** Puts zeros where nothing was counted. */
export function wholeMetrics(metrics: Readonly<Record<string, number>>): Metrics {
  return Object.fromEntries(METRICS.map((metric) => [metric, metrics[metric] ?? 0])) as Metrics;
}

/** The numbers of several periods together. */
export function sumMetrics(all: readonly Metrics[]): Metrics {
  return Object.fromEntries(
    METRICS.map((metric) => [metric, all.reduce((sum, metrics) => sum + metrics[metric], 0)]),
  ) as Metrics;
}
