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

/** Tells of one message whether it matches. */
export type SearchMatcher = (row: SearchedRow) => Match;

/**
 * A search program (RFC 9051 §6.4.4), prepared to be asked of many messages. Without `row.raw` the answer may be `unknown`; with it, it
 * never is.
 */
export function searchMatcher(key: SearchKey): SearchMatcher {
  switch (key.kind) {
    case "all":
      return () => true;
    case "none":
      return () => false;
    case "not": {
      const inner = searchMatcher(key.key);
      return (row) => {
        const match = inner(row);
        return match === "unknown" ? match : !match;
      };
    }
    case "and":
      return allMatch(key.keys.map(searchMatcher));
    case "or":
      return eitherMatches(searchMatcher(key.left), searchMatcher(key.right));
    case "uids":
      return (row) => key.ranges.some(({ first, last }) => row.uid >= first && row.uid <= last);
    case "flag":
      return flagMatches(key.flag);
    case "larger":
      return (row) => row.sizeBytes > key.sizeBytes;
    case "smaller":
      return (row) => row.sizeBytes < key.sizeBytes;
    case "modseq":
      return (row) => row.modseq >= key.atLeast;
    case "internal-date":
      return (row) => compareDate(row.internalDate.toISOString().slice(0, 10), key);
    case "save-date":
      return (row) => compareDate((row.saveDate ?? row.internalDate).toISOString().slice(0, 10), key);
    case "arrived":
      return ({ internalDate }) => (key.is === "before" ? internalDate < key.at : internalDate >= key.at);
    case "email-id":
      return (row) => row.emailId === key.id;
    case "thread-id":
      return (row) => row.threadId === key.id;
    case "sent-date":
      return (row) => {
        const field = row.envelope?.date;
        if (field !== undefined) return field === null ? false : compareDate(headerDate(field), key);
        const raw = octetsOf(row);
        return raw === null ? "unknown" : sentDate(raw, key);
      };
    case "header":
      return headerMatches(key.name, foldText(key.value));
    case "body":
    case "text":
      return textMatches(key.kind, foldText(key.value));
  }
}

function allMatch(matchers: readonly SearchMatcher[]): SearchMatcher {
  return (row) => {
    let match: Match = true;
    for (const matcher of matchers) {
      const one = matcher(row);
      if (one === false) return false;
      if (one === "unknown") match = "unknown";
    }
    return match;
  };
}

function eitherMatches(left: SearchMatcher, right: SearchMatcher): SearchMatcher {
  return (row) => {
    const one = left(row);
    if (one === true) return true;
    const other = right(row);
    return other === true || one === false ? other : "unknown";
  };
}

/** Messages of a folder that have the same flags share them. */
function flagMatches(flag: string): SearchMatcher {
  let last: readonly string[] | null = null;
  let match = false;
  return ({ flags }) => {
    if (flags !== last) match = hasFlag(flags, flag);
    last = flags;
    return match;
  };
}

function headerMatches(name: string, wanted: string): SearchMatcher {
  const isKept = isKeptField(name);
  return (row) => {
    if (isKept && row.searchFields !== undefined && row.searchFields !== null) {
      // Nearly all messages have the text in none of their fields.
      if (!row.searchFields.includes(wanted)) return false;
      return storedFieldValues(row.searchFields, name).some((value) => value.includes(wanted));
    }
    const raw = octetsOf(row);
    if (raw === null) return "unknown";
    return fieldValues(raw, name).some((value) => foldText(value).includes(wanted));
  };
}

function textMatches(where: "body" | "text", wanted: string): SearchMatcher {
  return (row) => {
    if (row.sent?.raw !== undefined && cannotContain(row.sent.raw, wanted, where)) return false;
    const raw = octetsOf(row);
    if (raw === null) return "unknown";
    if (where === "text" && foldText(headerText(raw)).includes(wanted)) return true;
    for (const text of bodyTexts(raw)) if (foldText(text).includes(wanted)) return true;
    return false;
  };
}

/** The octets as far as they were fetched; null: they were not. */
function octetsOf(row: SearchedRow): Buffer | null {
  return row.raw ?? (row.sent?.raw === undefined ? null : Buffer.from(row.sent.raw));
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
    fetch(...asked: Parameters<MailboxSession["fetch"]>): AsyncIterable<readonly SearchedRow[]>;
  },
  folder: FolderId,
  key: SearchKey,
  candidates: readonly number[],
): Promise<readonly number[]> {
  const found: number[] = [];
  const open: number[] = [];
  const objectIds = needsObjectIds(key);
  const wanted = { envelope: false, bodyStructure: false, raw: "none", objectIds } as const;
  const matches = searchMatcher(key);
  for await (const rows of session.fetch(folder, candidates, wanted)) {
    for (const row of rows) {
      const match = matches(row);
      if (match === true) found.push(row.uid);
      if (match === "unknown") open.push(row.uid);
    }
  }
  if (open.length === 0) return found;
  const raw = needsBody(key) ? "full" : "header";
  for await (const rows of session.fetch(folder, open, { ...wanted, raw, sent: true })) {
    for (const row of rows) if (matches(row) === true) found.push(row.uid);
  }
  return found.sort((a, b) => a - b);
}
