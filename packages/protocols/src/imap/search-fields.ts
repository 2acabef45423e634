import { headerFields } from "./mime-scan.ts";
import { foldText, readableHeader } from "./search-text.ts";

/** Fields that people and programs search for; `x-waxwing-` ones name what a bounce or reply belongs to. */
const KEPT: ReadonlySet<string> = new Set([
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "bcc",
  "subject",
  "date",
  "message-id",
  "in-reply-to",
  "references",
  "list-id",
  "delivered-to",
  "x-waxwing-message-id",
  "x-waxwing-recipient",
]);

/** More than any of these fields have together, or the message is looked at itself. */
const MAX_CHARS = 8_192;

// Neither is in a folded value: what stands for them there is a space.
const FIELD = "\u0001";
const VALUE = "\u0002";

/** True for a field that `foldSearchFields` keeps. */
export function isKeptField(name: string): boolean {
  return KEPT.has(name.toLowerCase());
}

/**
 * The header fields that searches ask for, unfolded, decoded and folded as SEARCH compares them, in one text: so that a store can
 * look for a string in all of them, with `storedFieldValues` for the last word. Null when there is too much of it.
 */
export function foldSearchFields(raw: Buffer): string | null {
  let text = "";
  for (const field of headerFields(raw, 0, raw.length)) {
    if (field.kind === "end") break;
    if (!KEPT.has(field.name)) continue;
    if (text.length + (field.end - field.valueStart) > MAX_CHARS) return null;
    const value = foldText(readableHeader(raw.subarray(field.valueStart, field.end)));
    text += `${FIELD}${field.name}${VALUE}${value.replaceAll(FIELD, " ").replaceAll(VALUE, " ")}`;
  }
  return text.length > MAX_CHARS ? null : text;
}

/** The folded values of a kept field. @param fields as `foldSearchFields` gave it */
export function storedFieldValues(fields: string, name: string): readonly string[] {
  const start = `${name.toLowerCase()}${VALUE}`;
  return fields
    .split(FIELD)
    .filter((field) => field.startsWith(start))
    .map((field) => field.slice(start.length));
}
