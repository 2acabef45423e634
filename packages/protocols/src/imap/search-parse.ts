import type { Decoder } from "./decoder.ts";
import { bad, no } from "./imap-error.ts";
import type { ImapIo, SelectedFolder } from "./imap-session.ts";
import { resolveMessageSet } from "./message-set.ts";
import type { SearchKey, UidRange } from "./search-program.ts";
import { resolveRanges } from "./sequence-set.ts";

/** A SEARCH result option (RFC 9051 §6.4.4, RFC 4731, RFC 5182). */
export type SearchReturn = "MIN" | "MAX" | "ALL" | "COUNT" | "SAVE";

export interface SearchRequest {
  /** Null: no RETURN was given. */
  readonly returns: ReadonlySet<SearchReturn> | null;
  readonly key: SearchKey;
  /** MODSEQ was searched for: the answer carries the highest one (RFC 7162 §3.1.5). */
  readonly modseq: boolean;
}

const FLAG_KEYS: Readonly<Record<string, string>> = {
  ANSWERED: "\\Answered",
  DELETED: "\\Deleted",
  DRAFT: "\\Draft",
  FLAGGED: "\\Flagged",
  SEEN: "\\Seen",
};
const HEADER_KEYS: readonly string[] = ["BCC", "CC", "FROM", "SUBJECT", "TO"];
const ALL: SearchKey = { kind: "all" };
const NONE: SearchKey = { kind: "none" };

/** Reads the arguments of SEARCH; sequence numbers become UIDs of `folder`. */
export function parseSearch(io: ImapIo, args: Decoder, folder: SelectedFolder): SearchRequest {
  let budget = io.limits.maxListItems;
  let modseq = false;
  args.sp();
  const returns = parseReturns(args);
  if (args.tryWord("CHARSET")) {
    args.sp();
    const charset = args.astring().toUpperCase();
    // RFC 9051 §6.4.4: UTF-8 and US-ASCII are required, more is not.
    if (charset !== "UTF-8" && charset !== "US-ASCII")
      throw no("BADCHARSET (UTF-8 US-ASCII)", "Unknown charset");
    args.sp();
  }
  const keys: SearchKey[] = [];
  do keys.push(key(0));
  while (args.trySp());
  args.end();
  return { returns, key: all(keys), modseq };

  function key(depth: number): SearchKey {
    budget -= 1;
    if (depth > io.limits.maxNesting || budget < 0) throw bad("Search too complex");
    const next = args.peek();
    if (next === "(") {
      const inner: SearchKey[] = [];
      args.list(() => inner.push(key(depth + 1)));
      if (inner.length === 0) throw bad("Empty search group");
      return all(inner);
    }
    if (/[\d*$]/.test(next)) {
      const uids = resolveMessageSet(folder, args.sequenceSet(), "sequence");
      return { kind: "uids", ranges: compact(uids) };
    }
    return named(args.keyword(), depth);
  }

  function text(): string {
    args.sp();
    return args.astring();
  }

  function date(): string {
    args.sp();
    return args.date();
  }

  function named(name: string, depth: number): SearchKey {
    const negated = name.startsWith("UN") ? FLAG_KEYS[name.slice(2)] : undefined;
    if (negated !== undefined) return not({ kind: "flag", flag: negated });
    const flag = FLAG_KEYS[name];
    if (flag !== undefined) return { kind: "flag", flag };
    if (HEADER_KEYS.includes(name)) return { kind: "header", name: name.toLowerCase(), value: text() };
    switch (name) {
      case "ALL":
        return ALL;
      // RFC 3501 §6.4.4: \Recent is never set here, so nothing is recent and everything is old.
      case "OLD":
        return ALL;
      case "RECENT":
      case "NEW":
        return NONE;
      case "KEYWORD":
        args.sp();
        return { kind: "flag", flag: args.atom() };
      case "UNKEYWORD":
        args.sp();
        return not({ kind: "flag", flag: args.atom() });
      case "BODY":
        return { kind: "body", value: text() };
      case "TEXT":
        return { kind: "text", value: text() };
      case "HEADER":
        return { kind: "header", name: text().toLowerCase(), value: text() };
      case "BEFORE":
        return { kind: "internal-date", is: "before", date: date() };
      case "ON":
        return { kind: "internal-date", is: "on", date: date() };
      case "SINCE":
        return { kind: "internal-date", is: "since", date: date() };
      case "SENTBEFORE":
        return { kind: "sent-date", is: "before", date: date() };
      case "SENTON":
        return { kind: "sent-date", is: "on", date: date() };
      case "SENTSINCE":
        return { kind: "sent-date", is: "since", date: date() };
      case "LARGER":
        args.sp();
        return { kind: "larger", sizeBytes: args.number64() };
      case "SMALLER":
        args.sp();
        return { kind: "smaller", sizeBytes: args.number64() };
      case "MODSEQ":
        return modseqKey();
      case "UID":
        args.sp();
        return uidKey();
      case "NOT":
        args.sp();
        return not(key(depth + 1));
      case "OR": {
        args.sp();
        const left = key(depth + 1);
        args.sp();
        return { kind: "or", left, right: key(depth + 1) };
      }
      default:
        throw bad("Unknown search key");
    }
  }

  function uidKey(): SearchKey {
    const set = args.sequenceSet();
    if (set.kind === "saved") return { kind: "uids", ranges: compact(folder.saved) };
    return { kind: "uids", ranges: resolveRanges(set.ranges, folder.map.largestUid()) };
  }

  /** `MODSEQ ["/flags/\\Draft" all] 620162338`: per-flag modseqs do not exist here, RFC 7162 §3.1.5 allows that. */
  function modseqKey(): SearchKey {
    args.sp();
    if (args.peek() === '"') {
      args.astring();
      args.sp();
      if (!["ALL", "PRIV", "SHARED"].includes(args.keyword())) throw bad("Invalid MODSEQ search");
      args.sp();
    }
    modseq = true;
    io.enabled.add("CONDSTORE");
    return { kind: "modseq", atLeast: args.number64() };
  }
}

function parseReturns(args: Decoder): ReadonlySet<SearchReturn> | null {
  if (!args.tryWord("RETURN")) return null;
  const returns = new Set<SearchReturn>();
  args.sp();
  args.list(() => {
    const option = args.keyword();
    if (option !== "MIN" && option !== "MAX" && option !== "ALL" && option !== "COUNT" && option !== "SAVE") {
      throw bad("Unknown SEARCH result option");
    }
    returns.add(option);
  });
  args.sp();
  // RFC 9051 §6.4.4: an empty list means ALL.
  return returns.size === 0 ? new Set(["ALL"]) : returns;
}

function not(key: SearchKey): SearchKey {
  return { kind: "not", key };
}

function all(keys: SearchKey[]): SearchKey {
  const [only] = keys;
  return keys.length === 1 && only !== undefined ? only : { kind: "and", keys };
}

/** Ascending UIDs as ranges. */
function compact(uids: readonly number[]): UidRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const uid of uids) {
    const open = ranges.at(-1);
    if (open !== undefined && uid === open.last + 1) open.last = uid;
    else ranges.push({ first: uid, last: uid });
  }
  return ranges;
}
