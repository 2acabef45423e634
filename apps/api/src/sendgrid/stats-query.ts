import { METRICS, type Metric } from "@waxwing/events";
import { dayOf, daysBetween, PERIODS, type Period, readDay } from "../stats-period.ts";
import { SendgridError, type SendgridProblem } from "./errors.ts";

/** A query string as it was parsed: a name that stands in it twice has an array. */
export type RawQuery = Readonly<Record<string, unknown>>;

/** The days that statistics are asked for, both counted, and how they are gathered. */
export interface AskedDays {
  readonly from: string;
  readonly to: string;
  readonly by: Period;
}

/** Ten years of days are about a megabyte. */
const MAX_DAYS = 3_660;
const MAX_NAMES = 10;
const MAX_NAME_CHARS = 255;

/**
 * Reads the parameters of SendGrid's statistics, collecting everything that is wrong with them. SendGrid documents the parameters,
 * not what it says of wrong ones: the texts are ours.
 */
export function createQueryReader(query: RawQuery) {
  const problems: SendgridProblem[] = [];
  const wrong = (field: string, message: string): void => {
    problems.push({ field, message, help: null });
  };
  const day = (field: "start_date" | "end_date", otherwise: string | null): string => {
    const given = query[field];
    if ((given === undefined || given === "") && otherwise !== null) return otherwise;
    const read = readDay(given);
    if (read === null) {
      const missing = given === undefined || given === "";
      wrong(field, missing ? `${field} is required` : `${field} must be a date in the format YYYY-MM-DD`);
    }
    return read ?? "1970-01-01";
  };
  const oneOf = <Choice extends string>(
    field: string,
    choices: readonly Choice[],
    otherwise: Choice,
  ): Choice => {
    const given = query[field];
    if (given === undefined || given === "") return otherwise;
    const choice = choices.find((candidate) => candidate === given);
    if (choice === undefined) wrong(field, `${field} must be one of ${choices.join(", ")}`);
    return choice ?? otherwise;
  };
  /** The names of a list, without repetitions; null for one that is wrong. */
  const list = (field: "categories" | "mailbox_providers"): readonly string[] | null => {
    // SendGrid's Node client writes an array as `categories[]=a&categories[]=b`, the others as `categories=a&categories=b`.
    const given = new Set([query[field], query[`${field}[]`]].flat().filter((name) => name !== undefined));
    const names = [...given].filter(isName);
    const before = problems.length;
    if (names.length < given.size) wrong(field, `${field} must be names of ${field.replace("_", " ")}`);
    if (names.length > MAX_NAMES) wrong(field, `${field} must not be more than ${MAX_NAMES}`);
    return problems.length > before ? null : names;
  };

  return {
    days: (nowMs: number): AskedDays => {
      const before = problems.length;
      const from = day("start_date", null);
      const to = day("end_date", dayOf(nowMs));
      const days = daysBetween(from, to);
      if (problems.length === before && days < 1) wrong("end_date", "end_date must not be before start_date");
      if (problems.length === before && days > MAX_DAYS)
        wrong("start_date", `start_date must not be more than ${MAX_DAYS} days before end_date`);
      return { from, to, by: oneOf("aggregated_by", PERIODS, "day") };
    },
    categories: (): readonly string[] => {
      const names = list("categories");
      if (names?.length === 0) wrong("categories", "categories is required");
      return names ?? [];
    },
    /** Empty: all of them. */
    providers: (): readonly string[] => list("mailbox_providers") ?? [],
    order: (): { readonly metric: Metric; readonly direction: "asc" | "desc" } => ({
      metric: oneOf("sort_by_metric", METRICS, "delivered"),
      direction: oneOf("sort_by_direction", ["desc", "asc"] as const, "desc"),
    }),
    prefix: (): string => {
      const { category = "" } = query;
      if (category === "" || isName(category)) return category;
      wrong("category", "category must be the beginning of a name");
      return "";
    },
    number: (
      field: "limit" | "offset",
      range: readonly [least: number, most: number],
      otherwise: number,
    ): number => {
      const given = query[field];
      if (given === undefined || given === "") return otherwise;
      const [least, most] = range;
      const number = typeof given === "string" && /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
      if (number >= least && number <= most) return number;
      wrong(field, `${field} must be a number from ${least} to ${most}`);
      return otherwise;
    },
    /** @throws SendgridError with everything that was wrong. */
    done: (): void => {
      if (problems.length > 0) throw new SendgridError(400, problems);
    },
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_NAME_CHARS && !value.includes("\0");
}
