import { parseMailbox } from "@waxwing/message";
import type { StoredMailbox } from "@waxwing/store";
import { readPool } from "../egress/read-pool.ts";
import { submissionLimits } from "../submission.ts";
import { memberPath, type Report, storedProblem } from "../submission-problems.ts";
import { readFilters } from "./smtpapi-filters.ts";
import { checkTags, isObject, readGroup, readMetadata, type Wishes } from "./wishes.ts";

/** What an `X-SMTPAPI` field says. */
export interface SmtpApi {
  readonly wishes: Wishes;
  /** One message for each of these, in place of the envelope; null: as the envelope says. */
  readonly to: readonly StoredMailbox[] | null;
  /** Tags and the value for each recipient, in order. */
  readonly sub: Readonly<Record<string, readonly string[]>>;
  /** Tags and the text for everybody. */
  readonly section: Readonly<Record<string, string>>;
  /** For each recipient, in order; null: all at the same time. */
  readonly sendEachAtMs: readonly (number | null)[] | null;
}

export const FIELD = "X-SMTPAPI";
const MAX_AHEAD_MS = 72 * 3_600_000;
/** As in the API: SendGrid says 10,000 tags at most. */
const MAX_TAGS = 10_000;
const MAX_SHOWN_GROUPS = 25;

const KNOWN = new Set([
  "to",
  "sub",
  "section",
  "category",
  "unique_args",
  "filters",
  "send_at",
  "send_each_at",
  "asm_group_id",
  "asm_groups_to_display",
  "asm",
  "ip_pool",
]);

/**
 * Reads the JSON of an `X-SMTPAPI` field (Twilio SendGrid, "Building an X-SMTPAPI header"). Members that are wrong are reported, each
 * by its path, and left out.
 */
export function readSmtpApi(text: string, nowMs: number, report: Report): SmtpApi {
  const nothing: SmtpApi = { wishes: {}, to: null, sub: {}, section: {}, sendEachAtMs: null };
  const document = parseObject(text, report);
  if (document === null) return nothing;
  for (const name of Object.keys(document)) {
    if (!KNOWN.has(name)) report(memberPath(FIELD, name), "is not known");
  }
  const { to, sub, section, category, unique_args, send_at, send_each_at, ip_pool } = document;
  const categories = typeof category === "string" ? [category] : category;
  const each = send_each_at === undefined ? null : readTimes(send_each_at, nowMs, report);
  if (send_at !== undefined && send_each_at !== undefined) {
    report(`${FIELD}.send_at`, "cannot stand beside send_each_at");
  }
  const wishes: Wishes = {
    ...(categories !== undefined && { tags: readCategories(categories, report) }),
    ...(unique_args !== undefined && {
      metadata: readMetadata(unique_args, `${FIELD}.unique_args`, report) ?? {},
    }),
    ...(send_at !== undefined && { sendAtMs: readTime(send_at, `${FIELD}.send_at`, nowMs, report) }),
    ...readPoolWish(ip_pool, report),
    ...readFilters(document.filters, report),
  };
  return {
    wishes: { ...wishes, ...readGroups(document, wishes, report) },
    to: to === undefined ? null : readTo(to, report),
    sub: sub === undefined ? {} : readSub(sub, report),
    section: section === undefined ? {} : readSections(section, report),
    sendEachAtMs: each,
  };
}

function parseObject(text: string, report: Report): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
    report(FIELD, "must be a JSON object");
  } catch (error) {
    report(FIELD, `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return null;
}

function readTo(value: unknown, report: Report): readonly StoredMailbox[] {
  const field = `${FIELD}.to`;
  const items = typeof value === "string" ? [value] : value;
  if (!Array.isArray(items) || items.length === 0 || items.length > submissionLimits.recipients) {
    report(field, `must be a list of 1 to ${submissionLimits.recipients} addresses`);
    return [];
  }
  return items.flatMap((item: unknown, index): StoredMailbox[] => {
    const parsed = typeof item === "string" ? parseMailbox(item) : null;
    if (parsed?.kind === "mailbox") {
      const { address, name } = parsed;
      return [name === undefined ? { address } : { name, address }];
    }
    report(`${field}[${index}]`, parsed === null ? "must be a text" : parsed.reason);
    return [];
  });
}

function readSub(value: unknown, report: Report): SmtpApi["sub"] {
  const field = `${FIELD}.sub`;
  if (!isObject(value) || Object.keys(value).length > MAX_TAGS) {
    report(field, `must be an object of at most ${MAX_TAGS} lists of texts`);
    return {};
  }
  const table = new Map<string, readonly string[]>();
  for (const [tag, values] of Object.entries(value)) {
    const list: unknown[] = Array.isArray(values) ? values : [values];
    const texts = list.flatMap((item) =>
      typeof item === "string" || typeof item === "number" ? [String(item)] : [],
    );
    const problem =
      texts.length < list.length
        ? "must be a list of texts"
        : [tag, ...texts].map(storedProblem).find((found) => found !== undefined);
    if (problem !== undefined) report(memberPath(field, tag), problem);
    else table.set(tag, texts);
  }
  return Object.fromEntries(table);
}

function readSections(value: unknown, report: Report): SmtpApi["section"] {
  const field = `${FIELD}.section`;
  if (!isObject(value) || Object.keys(value).length > MAX_TAGS) {
    report(field, `must be an object of at most ${MAX_TAGS} texts`);
    return {};
  }
  const table = new Map<string, string>();
  for (const [tag, text] of Object.entries(value)) {
    const problem = typeof text === "string" ? (storedProblem(tag) ?? storedProblem(text)) : "must be a text";
    if (typeof text !== "string" || problem !== undefined)
      report(memberPath(field, tag), problem ?? "is wrong");
    else table.set(tag, text);
  }
  return Object.fromEntries(table);
}

function readCategories(value: unknown, report: Report): readonly string[] {
  const field = `${FIELD}.category`;
  if (!Array.isArray(value) || !value.every((item): item is string => typeof item === "string")) {
    report(field, "must be a text or a list of texts");
    return [];
  }
  checkTags(value, field, report);
  return value;
}

function readTimes(value: unknown, nowMs: number, report: Report): SmtpApi["sendEachAtMs"] {
  const field = `${FIELD}.send_each_at`;
  if (!Array.isArray(value) || value.length > submissionLimits.recipients) {
    report(field, "must be a list of Unix times, one for each recipient");
    return null;
  }
  return value.map((item: unknown, index) => readTime(item, `${field}[${index}]`, nowMs, report));
}

/** Unix time in seconds; what has passed means now. */
function readTime(value: unknown, field: string, nowMs: number, report: Report): number | null {
  const seconds = typeof value === "string" && /^\d{1,12}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== "number" || !Number.isInteger(seconds) || seconds < 0) {
    report(field, "must be a Unix time in seconds");
    return null;
  }
  if (seconds * 1000 > nowMs + MAX_AHEAD_MS) report(field, "is more than 72 hours ahead");
  return seconds * 1000 <= nowMs ? null : seconds * 1000;
}

function readPoolWish(value: unknown, report: Report): Wishes {
  const pool = value === undefined ? undefined : readPool(value, `${FIELD}.ip_pool`, report);
  return pool === undefined ? {} : { pool };
}

/** The groups, as members of their own or within `asm` as the HTTP API has them. */
function readGroups(document: Readonly<Record<string, unknown>>, wishes: Wishes, report: Report): Wishes {
  const asm = isObject(document.asm) ? document.asm : {};
  if (document.asm !== undefined && !isObject(document.asm)) report(`${FIELD}.asm`, "must be an object");
  const wantedGroup = document.asm_group_id ?? asm.group_id;
  const wantedShow = document.asm_groups_to_display ?? asm.groups_to_display;
  if (wantedGroup === undefined && wantedShow === undefined) return {};
  const field = `${FIELD}.asm_group_id`;
  const group = readGroup(typeof wantedGroup === "string" ? Number(wantedGroup) : wantedGroup, field, report);
  const show: unknown[] = Array.isArray(wantedShow) ? wantedShow : [];
  const showField = `${FIELD}.asm_groups_to_display`;
  if (wantedShow !== undefined && (!Array.isArray(wantedShow) || show.length > MAX_SHOWN_GROUPS)) {
    report(showField, `must be a list of at most ${MAX_SHOWN_GROUPS} groups`);
  }
  const shown = show
    .slice(0, MAX_SHOWN_GROUPS)
    .map((item, index) => readGroup(item, `${showField}[${index}]`, report))
    .filter((id) => id !== undefined);
  if (group === undefined) return {};
  return { unsubscribe: { ...wishes.unsubscribe, group, ...(shown.length > 0 && { show: shown }) } };
}
