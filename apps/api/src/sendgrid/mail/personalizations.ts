import type { StoredMailbox } from "@waxwing/store";
import { MESSAGES } from "../errors.ts";
import { readFrom, readRecipients } from "./addresses.ts";
import { type CustomHeaders, readCustomArgs, readCustomHeaders, readSendAt } from "./extras.ts";
import { isGiven, isObject, type Members, readStrings, reportUnknown } from "./members.ts";
import type { Report } from "./problems.ts";
import { ADDRESS_TEXTS, CONTENT_TEXTS, EXTRA_TEXTS } from "./texts.ts";

/** One message of a request: who gets it, and what is its own. */
export interface Personalization {
  readonly from?: StoredMailbox;
  readonly to: readonly StoredMailbox[];
  readonly cc: readonly StoredMailbox[];
  readonly bcc: readonly StoredMailbox[];
  readonly subject?: string;
  readonly headers?: CustomHeaders;
  readonly substitutions?: Readonly<Record<string, string>>;
  readonly data?: Members;
  readonly customArgs?: Readonly<Record<string, string>>;
  /** Unix time in ms; null: now. undefined: as the request says. */
  readonly sendAtMs?: number | null;
}

const MAX_PERSONALIZATIONS = 1_000;
const MAX_RECIPIENTS = 1_000;
const MAX_SUBSTITUTIONS = 10_000;
/** Names and values of one personalization, UTF-8. */
const MAX_SUBSTITUTION_BYTES = 10_000;

const KNOWN = new Set([
  "from",
  "to",
  "cc",
  "bcc",
  "subject",
  "headers",
  "substitutions",
  "dynamic_template_data",
  "custom_args",
  "send_at",
]);

/** Reads the personalizations; what is wrong is reported and left out. */
export function readPersonalizations(
  value: unknown,
  nowMs: number,
  report: Report,
): readonly Personalization[] {
  const field = "personalizations";
  if (!Array.isArray(value)) {
    report(field, ADDRESS_TEXTS.personalizationsRequired);
    return [];
  }
  if (value.length === 0) {
    report(field, ADDRESS_TEXTS.personalizationsEmpty);
    return [];
  }
  if (value.length > MAX_PERSONALIZATIONS) {
    report(field, ADDRESS_TEXTS.personalizationsTooMany(value.length));
    return [];
  }
  if (countRecipients(value) > MAX_RECIPIENTS) {
    report(field, ADDRESS_TEXTS.recipientsTooMany);
    return [];
  }
  return value.map((item: unknown, index) => readPersonalization(item, `${field}.${index}`, nowMs, report));
}

function readPersonalization(value: unknown, field: string, nowMs: number, report: Report): Personalization {
  if (!isObject(value)) {
    report(field, MESSAGES.badRequest);
    return { to: [], cc: [], bcc: [] };
  }
  reportUnknown(value, KNOWN, field, report);
  const from = isGiven(value.from) ? readFrom(value.from, `${field}.from`, report) : undefined;
  const to = readRecipients(value.to, "to", `${field}.to`, report);
  const cc = readRecipients(value.cc, "cc", `${field}.cc`, report);
  const bcc = readRecipients(value.bcc, "bcc", `${field}.bcc`, report);
  reportTwice({ to, cc, bcc }, field, report);
  const subject = readSubject(value.subject, `${field}.subject`, report);
  const headers = readCustomHeaders(value.headers, `${field}.headers`, report);
  const substitutions = readSubstitutions(value.substitutions, `${field}.substitutions`, report);
  const data = readData(value.dynamic_template_data, `${field}.dynamic_template_data`, report);
  const customArgs = readCustomArgs(value.custom_args, `${field}.custom_args`, report);
  const sendAtMs = readSendAt(value.send_at, `${field}.send_at`, nowMs, report);
  return {
    ...(from !== undefined && { from }),
    to,
    cc,
    bcc,
    ...(subject !== undefined && { subject }),
    ...(headers !== undefined && { headers }),
    ...(substitutions !== undefined && { substitutions }),
    ...(data !== undefined && { data }),
    ...(customArgs !== undefined && { customArgs }),
    ...(sendAtMs !== undefined && { sendAtMs }),
  };
}

function countRecipients(personalizations: readonly unknown[]): number {
  let count = 0;
  for (const item of personalizations) {
    if (!isObject(item)) continue;
    for (const list of [item.to, item.cc, item.bcc]) if (Array.isArray(list)) count += list.length;
  }
  return count;
}

function reportTwice(lists: Pick<Personalization, "to" | "cc" | "bcc">, field: string, report: Report): void {
  const seen = new Set<string>();
  for (const kind of ["to", "cc", "bcc"] as const) {
    for (const { address } of lists[kind]) {
      const key = address.toLowerCase();
      if (seen.has(key)) {
        report(field, ADDRESS_TEXTS.recipientTwice(address, `${field}.${kind}`));
        return;
      }
      seen.add(key);
    }
  }
}

function readSubject(value: unknown, field: string, report: Report): string | undefined {
  if (!isGiven(value)) return undefined;
  if (typeof value === "string" && value !== "") return value;
  report(field, CONTENT_TEXTS.subjectInvalid);
  return undefined;
}

function readSubstitutions(
  value: unknown,
  field: string,
  report: Report,
): Readonly<Record<string, string>> | undefined {
  const substitutions = readStrings(value, field, CONTENT_TEXTS.substitutions, report);
  if (substitutions === undefined) return undefined;
  const entries = Object.entries(substitutions);
  let sizeBytes = 0;
  for (const [key, text] of entries) {
    sizeBytes += Buffer.byteLength(key) + Buffer.byteLength(text);
    // PostgreSQL's jsonb takes neither a NUL nor half of a character.
    if (!isStorable(key) || !isStorable(text)) {
      report(field, CONTENT_TEXTS.substitutions);
      return undefined;
    }
  }
  if (entries.length > MAX_SUBSTITUTIONS || sizeBytes > MAX_SUBSTITUTION_BYTES) {
    report(field, CONTENT_TEXTS.substitutionsTooMany);
    return undefined;
  }
  return entries.length === 0 ? undefined : substitutions;
}

function readData(value: unknown, field: string, report: Report): Members | undefined {
  if (!isGiven(value)) return undefined;
  if (isObject(value)) return value;
  report(field, EXTRA_TEXTS.dataInvalid);
  return undefined;
}

function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}
