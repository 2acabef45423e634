import type { Decoder } from "./decoder.ts";
import { bad, no } from "./imap-error.ts";
import type { ImapIo, SelectedFolder } from "./imap-session.ts";
import { resolveMessageSet } from "./message-set.ts";
import type { SearchKey } from "./search-program.ts";
import { resolveRanges, toRanges } from "./sequence-set.ts";

/** A SEARCH result option (RFC 9051 §6.4.4, RFC 4731, RFC 5182). */
export type SearchReturn = "MIN" | "MAX" | "ALL" | "COUNT" | "SAVE";

/** What is searched for. */
interface SearchRequest {
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

/**
 * Reads the charset and the keys of SEARCH, SORT and THREAD; sequence numbers become UIDs of `folder`.
 *
 * @param charset `required`: it stands without the word CHARSET (RFC 5256 §5)
 */
export function parseSearchKeys(
  io: ImapIo,
  args: Decoder,
  folder: SelectedFolder,
  charset: "optional" | "required",
): SearchRequest {
  let budget = io.limits.maxListItems;
  let modseq = false;
  if (charset === "required" || args.tryWord("CHARSET")) {
    // RFC 6855 §3: there is one charset then.
    if (charset === "optional" && io.enabled.has("UTF8=ACCEPT")) {
      throw bad("No CHARSET after ENABLE UTF8=ACCEPT");
    }
    if (charset === "optional") args.sp();
    const name = args.astring().toUpperCase();
    // RFC 9051 §6.4.4: UTF-8 and US-ASCII are required, more is not.
    if (name !== "UTF-8" && name !== "US-ASCII") throw no("BADCHARSET (UTF-8 US-ASCII)", "Unknown charset");
    args.sp();
  }
  const keys: SearchKey[] = [];
  do keys.push(key(0));
  while (args.trySp());
  args.end();
  return { key: all(keys), modseq };

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
      return { kind: "uids", ranges: toRanges(uids) };
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
      // RFC 5032 §3: from the moment of the search.
      case "OLDER":
        return { kind: "arrived", is: "before", at: secondsAgo() };
      case "YOUNGER":
        return { kind: "arrived", is: "since", at: secondsAgo() };
      case "SAVEDBEFORE":
        return { kind: "save-date", is: "before", date: date() };
      case "SAVEDON":
        return { kind: "save-date", is: "on", date: date() };
      case "SAVEDSINCE":
        return { kind: "save-date", is: "since", date: date() };
      // RFC 8514 §4.3: every folder has save dates.
      case "SAVEDATESUPPORTED":
        return ALL;
      case "EMAILID":
        return { kind: "email-id", id: objectId() };
      case "THREADID":
        return { kind: "thread-id", id: objectId() };
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

  function secondsAgo(): Date {
    args.sp();
    const seconds = args.number();
    if (seconds === 0) throw bad("Expected a number greater than zero"); // nz-number
    return new Date(io.clock.now() - seconds * 1_000);
  }

  function objectId(): string {
    const id = text();
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(id)) throw bad("Invalid object id"); // RFC 8474 §7
    return id;
  }

  function uidKey(): SearchKey {
    const set = args.sequenceSet();
    if (set.kind === "saved") return { kind: "uids", ranges: toRanges(folder.saved) };
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

/** `RETURN (...)` and the space after it; null: there is none. */
export function parseReturns(args: Decoder): ReadonlySet<SearchReturn> | null {
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
