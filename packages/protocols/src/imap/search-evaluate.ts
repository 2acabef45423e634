import type { FolderId, MailboxSession, MessageRow } from "../mailbox-session.ts";
import { hasFlag } from "./flags.ts";
import { headerDate } from "./imap-date.ts";
import { isKeptField, storedFieldValues } from "./search-fields.ts";
import { cannotContain } from "./search-plain.ts";
import type { SearchKey } from "./search-program.ts";
import { bodyTexts, fieldValues, foldText, headerText } from "./search-text.ts";

/** A message as a search looks at it. */
export interface SearchedRow extends MessageRow {
  /** From a store that keeps what `foldSearchFields` gives; null: it does not know. */
  readonly searchFields?: string | null;
}

/** `unknown`: it takes the message's octets to tell. */
export type Match = boolean | "unknown";

/**
 * Evaluates a search program over one message (RFC 9051 §6.4.4). Without `row.raw` the answer may be `unknown`;
 * with it, it never is.
 */
export function evaluateSearch(key: SearchKey, row: SearchedRow): Match {
  switch (key.kind) {
    case "all":
      return true;
    case "none":
      return false;
    case "not": {
      const match = evaluateSearch(key.key, row);
      return match === "unknown" ? match : !match;
    }
    case "and":
      return every(key.keys, row);
    case "or": {
      const left = evaluateSearch(key.left, row);
      if (left === true) return true;
      const right = evaluateSearch(key.right, row);
      return right === true || left === false ? right : "unknown";
    }
    case "uids":
      return key.ranges.some(({ first, last }) => row.uid >= first && row.uid <= last);
    case "flag":
      return hasFlag(row.flags, key.flag);
    case "larger":
      return row.sizeBytes > key.sizeBytes;
    case "smaller":
      return row.sizeBytes < key.sizeBytes;
    case "modseq":
      return row.modseq >= key.atLeast;
    case "internal-date":
      return compareDate(row.internalDate.toISOString().slice(0, 10), key);
    case "save-date":
      return compareDate((row.saveDate ?? row.internalDate).toISOString().slice(0, 10), key);
    case "arrived":
      return key.is === "before" ? row.internalDate < key.at : row.internalDate >= key.at;
    case "email-id":
      return row.emailId === key.id;
    case "thread-id":
      return row.threadId === key.id;
    case "sent-date": {
      const field = row.envelope?.date;
      if (field === undefined) {
        const raw = octetsOf(row);
        return raw === null ? "unknown" : sentDate(raw, key);
      }
      return field === null ? false : compareDate(headerDate(field), key);
    }
    case "header": {
      if (row.searchFields !== undefined && row.searchFields !== null && isKeptField(key.name))
        return storedFieldValues(row.searchFields, key.name).some((value) =>
          value.includes(foldText(key.value)),
        );
      const raw = octetsOf(row);
      if (raw === null) return "unknown";
      return fieldValues(raw, key.name).some((value) => foldText(value).includes(foldText(key.value)));
    }
    case "body":
    case "text": {
      const wanted = foldText(key.value);
      if (row.sent?.raw !== undefined && cannotContain(row.sent.raw, wanted, key.kind)) return false;
      const raw = octetsOf(row);
      if (raw === null) return "unknown";
      if (key.kind === "text" && foldText(headerText(raw)).includes(wanted)) return true;
      for (const text of bodyTexts(raw)) if (foldText(text).includes(wanted)) return true;
      return false;
    }
  }
}

/** The octets as far as they were fetched; null: they were not. */
function octetsOf(row: SearchedRow): Buffer | null {
  return row.raw ?? (row.sent?.raw === undefined ? null : Buffer.from(row.sent.raw));
}

function every(keys: readonly SearchKey[], row: SearchedRow): Match {
  let match: Match = true;
  for (const key of keys) {
    const one = evaluateSearch(key, row);
    if (one === false) return false;
    if (one === "unknown") match = "unknown";
  }
  return match;
}

function sentDate(raw: Buffer, key: SearchKey & { kind: "sent-date" }): boolean {
  const [field] = fieldValues(raw, "date");
  return field !== undefined && compareDate(headerDate(field), key);
}

function compareDate(date: string | null, key: { is: "before" | "on" | "since"; date: string }): boolean {
  if (date === null) return false;
  return key.is === "before" ? date < key.date : key.is === "on" ? date === key.date : date >= key.date;
}

/** True if the program asks for EMAILID or THREADID. */
function needsObjectIds(key: SearchKey): boolean {
  switch (key.kind) {
    case "email-id":
    case "thread-id":
      return true;
    case "not":
      return needsObjectIds(key.key);
    case "or":
      return needsObjectIds(key.left) || needsObjectIds(key.right);
    case "and":
      return key.keys.some(needsObjectIds);
    default:
      return false;
  }
}

/** True if the program, once flags and sizes have been looked at, can be decided from the header alone. */
function needsBody(key: SearchKey): boolean {
  switch (key.kind) {
    case "body":
    case "text":
      return true;
    case "not":
      return needsBody(key.key);
    case "or":
      return needsBody(key.left) || needsBody(key.right);
    case "and":
      return key.keys.some(needsBody);
    default:
      return false;
  }
}

/**
 * `MailboxSession.search` for a backend without a better one: goes through the rows first and loads the octets, or
 * only the header where that is enough, of those messages that cannot be decided otherwise.
 */
export async function searchByFetch(
  session: {
    fetch(...asked: Parameters<MailboxSession["fetch"]>): AsyncIterable<SearchedRow>;
  },
  folder: FolderId,
  key: SearchKey,
  candidates: readonly number[],
): Promise<readonly number[]> {
  const found: number[] = [];
  const open: number[] = [];
  const objectIds = needsObjectIds(key);
  const rows = { envelope: false, bodyStructure: false, raw: "none", objectIds } as const;
  for await (const row of session.fetch(folder, candidates, rows)) {
    const match = evaluateSearch(key, row);
    if (match === true) found.push(row.uid);
    if (match === "unknown") open.push(row.uid);
  }
  if (open.length === 0) return found;
  const raw = needsBody(key) ? "full" : "header";
  for await (const row of session.fetch(folder, open, { ...rows, raw, sent: true })) {
    if (evaluateSearch(key, row) === true) found.push(row.uid);
  }
  return found.sort((a, b) => a - b);
}
