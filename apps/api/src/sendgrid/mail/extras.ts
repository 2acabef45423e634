import { readHeaders, reservedHeaderNames, storedProblem } from "@waxwing/outbound";
import { isGiven, isObject, type Members, memberField, readStrings, reportUnknown } from "./members.ts";
import { quoted, type Report } from "./problems.ts";
import { EXTRA_TEXTS as TEXTS } from "./texts.ts";

/** Custom headers in the order given. */
export type CustomHeaders = readonly (readonly [name: string, value: string])[];

/** SendGrid's own, beside those that nobody may set here. */
const RESERVED = new Set(["x-sg-id", "x-sg-eid", ...reservedHeaderNames]);
const MAX_AHEAD_MS = 72 * 3_600_000;
const MAX_CATEGORIES = 10;
const MAX_CATEGORY_CHARS = 255;
const MAX_CUSTOM_ARG_BYTES = 10_000;
const MAX_GROUPS_SHOWN = 25;
const MIN_POOL_CHARS = 2;
const MAX_POOL_CHARS = 64;
/** The ids of unsubscribe groups are integers of the database. */
const MAX_GROUP_ID = 2_147_483_647;

/** The unsubscribe group a mail belongs to, and those offered beside it. */
export interface Asm {
  readonly groupId: number;
  readonly shown: readonly number[];
}

/** Reads `headers`, of the request or of a personalization; undefined when not given or reported. */
export function readCustomHeaders(value: unknown, field: string, report: Report): CustomHeaders | undefined {
  const own = field !== "headers";
  const headers = readStrings(value, field, own ? TEXTS.headersOfPersonalization : TEXTS.headers, report);
  if (headers === undefined) return undefined;
  const names = Object.keys(headers);
  const lowerNames = names.map((name) => name.toLowerCase());
  const problem = names.some((name) => !/^[\x21-\x39\x3b-\x7e]{1,76}$/.test(name))
    ? TEXTS.headersCharacters
    : lowerNames.some((name) => RESERVED.has(name))
      ? own
        ? TEXTS.headersReservedOfPersonalization
        : TEXTS.headersReserved
      : new Set(lowerNames).size < names.length
        ? TEXTS.headersTwice
        : undefined;
  if (problem !== undefined) {
    report(field, problem);
    return undefined;
  }
  // What is left is ours: values that cannot be written, or too many of them.
  let sound = true;
  const entries = readHeaders(headers, (at, message) => {
    sound = false;
    report(at === "headers" ? field : `${field}${at.slice("headers".length)}`, message);
  });
  return sound ? entries : undefined;
}

/** Reads `custom_args`, of the request or of a personalization. */
export function readCustomArgs(
  value: unknown,
  field: string,
  report: Report,
): Readonly<Record<string, string>> | undefined {
  const customArgs = readStrings(value, field, TEXTS.customArgsInvalid, report);
  if (customArgs === undefined) return undefined;
  const entries = Object.entries(customArgs);
  if (entries.length === 0) {
    report(field, TEXTS.customArgsEmpty);
    return undefined;
  }
  for (const [name, text] of entries) {
    const problem = storedProblem(name) ?? storedProblem(text);
    if (problem !== undefined) report(memberField(field, name), problem);
  }
  return customArgs;
}

/** Whether the arguments of one message are too many bytes. */
export function areTooLarge(customArgs: Readonly<Record<string, string>>): boolean {
  let sizeBytes = 0;
  for (const [name, text] of Object.entries(customArgs)) {
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  return sizeBytes > MAX_CUSTOM_ARG_BYTES;
}

/** Reads `send_at`: Unix time in ms; null for a time that has passed, which means now; undefined when not given or reported. */
export function readSendAt(
  value: unknown,
  field: string,
  nowMs: number,
  report: Report,
): number | null | undefined {
  if (!isGiven(value)) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    report(field, TEXTS.sendAtInvalid);
    return undefined;
  }
  const sendAtMs = value * 1_000;
  if (sendAtMs <= nowMs) return null;
  if (sendAtMs <= nowMs + MAX_AHEAD_MS) return sendAtMs;
  report(field, TEXTS.sendAtTooFar);
  return undefined;
}

/** Reads `categories`. */
export function readCategories(value: unknown, report: Report): readonly string[] {
  const field = "categories";
  if (!isGiven(value)) return [];
  if (!Array.isArray(value) || !value.every((category) => typeof category === "string" && category !== "")) {
    report(field, TEXTS.categoriesInvalid);
    return [];
  }
  const categories: readonly string[] = value;
  if (categories.length > MAX_CATEGORIES) {
    report(field, TEXTS.categoriesTooMany(categories.length));
    return [];
  }
  for (const [index, category] of categories.entries()) {
    if (category.length > MAX_CATEGORY_CHARS) report(field, TEXTS.categoryTooLong(quoted(category)));
    // Printable ASCII: what a header of the message can show.
    else if (!/^[\x20-\x7e]*$/.test(category)) report(field, TEXTS.categoryCharacters);
    else if (categories.indexOf(category) < index) report(field, TEXTS.categoryTwice(category));
  }
  return categories;
}

/** Reads `ip_pool_name`. */
export function readPool(value: unknown, report: Report): string | undefined {
  if (!isGiven(value)) return undefined;
  if (typeof value !== "string") {
    report("ip_pool_name", TEXTS.poolInvalid);
    return undefined;
  }
  if (
    value.length >= MIN_POOL_CHARS &&
    value.length <= MAX_POOL_CHARS &&
    !/\p{Cc}/u.test(value) &&
    value.isWellFormed()
  )
    return value;
  report("ip_pool_name", TEXTS.poolUnknown(quoted(value)));
  return undefined;
}

/** Reads `asm`; whether its groups exist is not looked at. */
export function readAsm(value: unknown, report: Report): Asm | undefined {
  if (!isGiven(value)) return undefined;
  if (!isObject(value)) {
    report("asm", TEXTS.groupInvalid);
    return undefined;
  }
  reportUnknown(value, new Set(["group_id", "groups_to_display"]), "asm", report);
  const shown = readGroupsShown(value, report);
  const { group_id: groupId } = value;
  if (isGroupId(groupId)) return { groupId, shown };
  report("asm.group_id", TEXTS.groupInvalid);
  return undefined;
}

function readGroupsShown(asm: Members, report: Report): readonly number[] {
  const { groups_to_display: shown } = asm;
  if (!isGiven(shown)) return [];
  if (!Array.isArray(shown) || !shown.every(isGroupId)) {
    report("asm.groups_to_display", TEXTS.groupsShownInvalid);
    return [];
  }
  if (shown.length <= MAX_GROUPS_SHOWN) return shown;
  report("asm.groups_to_display", TEXTS.groupsShownTooMany);
  return [];
}

function isGroupId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= MAX_GROUP_ID;
}
