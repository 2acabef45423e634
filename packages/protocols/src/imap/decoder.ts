import type { Flag } from "../mailbox-session.ts";
import { canonicalFlag } from "./flags.ts";
import { readFolderName } from "./folder-name.ts";
import { parseDateTime, parseSearchDate } from "./imap-date.ts";
import { bad, no } from "./imap-error.ts";
import { parseSequenceSet, type SequenceSet } from "./sequence-set.ts";

/** A command as it came: text between literals (Latin-1, so one character is one octet), and the literals. */
export type Segment =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "literal"; readonly bytes: Buffer; readonly binary: boolean };

export interface DecoderBounds {
  readonly maxNesting: number;
  readonly maxListItems: number;
  /** Octets of a literal where a message is not expected. */
  readonly maxLiteralBytes: number;
}

/**
 * Reads a command's arguments; each method is a rule of RFC 9051 §9 and throws BAD if the input is not of it.
 * Methods named `try…` return false or null instead and read nothing.
 */
export interface Decoder {
  /** Exactly one space. */
  sp(): void;
  trySp(): boolean;
  /** The next character is `character`; reads it. */
  tryChar(character: string): boolean;
  char(character: string): void;
  /** The next character without reading it; empty at the end or before a literal. */
  peek(): string;
  /** The case-insensitive word comes next, and ends there; reads it. */
  tryWord(word: string): boolean;
  /** The end of the command. */
  end(): void;
  atEnd(): boolean;
  /** An atom, as written. */
  atom(): string;
  /** Letters, digits, `.`, `-`, `/` and `+`, upper-cased: names of items, keys and options. */
  keyword(): string;
  /** 0 … 2^32-1. */
  number(): number;
  /** 0 … 2^63-1, clamped to what a JavaScript number holds exactly. */
  number64(): number;
  /** `atom / string`, as octets. */
  astringBytes(): Buffer;
  /** `astring` as UTF-8 text. */
  astring(): string;
  /** `list-mailbox`: an astring that may hold wildcards. */
  listPattern(): string;
  /** A folder name in the form the session uses. */
  mailbox(utf8: boolean): string;
  /** A literal of any permitted size; a message. `binary`: it came as literal8 and may hold NUL (RFC 3516 §4.4). */
  message(): { readonly bytes: Buffer; readonly binary: boolean };
  /** `nstring / literal8`: a value of octets, or null for NIL. */
  value(): Buffer | null;
  sequenceSet(): SequenceSet;
  /** `( item SP item … )`; may be empty. */
  list(item: () => void): void;
  /** `flag-list`; flags that clients cannot set are left out. */
  flagList(): Flag[];
  flag(): Flag | null;
  dateTime(): Date;
  /** `YYYY-MM-DD`. */
  date(): string;
}

// Octets above 127 are let through everywhere: UTF-8 names outside of quotes are wrong and common.
const ATOM = /(?:(?![(){%*"\\\]])[\x21-\x7e\x80-\xff])*/y;
const ASTRING = /(?:(?![(){%*"\\])[\x21-\x7e\x80-\xff])*/y;
const PATTERN = /(?:(?![(){"\\])[\x21-\x7e\x80-\xff])*/y;
const KEYWORD = /[A-Za-z0-9.\-/+]*/y;
const DIGITS = /\d*/y;
const SEQUENCE_SET = /[\d:,*$]*/y;

/** A decoder at the start of `segments`. */
export function createDecoder(segments: readonly Segment[], bounds: DecoderBounds): Decoder {
  let index = 0;
  let at = 0;
  let depth = 0;

  /** The rest of the text segment under the cursor. */
  const text = (): string => {
    const segment = segments[index];
    return segment?.kind === "text" ? segment.text : "";
  };
  const peek = () => text()[at] ?? "";
  const atEnd = () => at >= text().length && index >= segments.length - 1;

  /** Reads what the sticky pattern matches; maybe nothing. */
  function run(word: RegExp): string {
    word.lastIndex = at;
    const found = word.exec(text())?.[0] ?? "";
    at += found.length;
    return found;
  }

  function tryLiteral(maxBytes: number): (Segment & { kind: "literal" }) | null {
    const segment = at >= text().length ? segments[index + 1] : undefined;
    if (segment?.kind !== "literal") return null;
    if (segment.bytes.length > maxBytes) throw bad("Literal too long");
    index += 2;
    at = 0;
    return segment;
  }

  function quoted(): string {
    const source = text();
    let value = "";
    for (let i = at + 1; i < source.length; i += 1) {
      const character = source[i] ?? "";
      if (character === '"') {
        at = i + 1;
        return value;
      }
      if (character !== "\\") {
        value += character;
        continue;
      }
      i += 1;
      const escaped = source[i] ?? "";
      if (escaped !== '"' && escaped !== "\\") throw bad("Invalid escape in quoted string"); // quoted-specials
      value += escaped;
    }
    throw bad("Unterminated quoted string");
  }

  function stringOr(bare: RegExp): Buffer {
    const literal = tryLiteral(bounds.maxLiteralBytes);
    if (literal !== null) {
      // RFC 9051 §9: only a literal8 holds NUL, and no name or search string is one.
      if (literal.bytes.includes(0)) throw bad("NUL in a string");
      return literal.bytes;
    }
    if (peek() === '"') return Buffer.from(quoted(), "latin1");
    const word = run(bare);
    if (word === "") throw bad("Expected a string");
    return Buffer.from(word, "latin1");
  }

  const decoder: Decoder = {
    peek,
    atEnd,
    sp() {
      if (!decoder.trySp()) throw bad("Expected a space");
    },
    trySp: () => decoder.tryChar(" "),
    tryChar(character) {
      if (peek() !== character) return false;
      at += 1;
      return true;
    },
    char(character) {
      if (!decoder.tryChar(character)) throw bad(`Expected ${character}`);
    },
    tryWord(word) {
      const source = text();
      const next = source[at + word.length] ?? " ";
      if (source.slice(at, at + word.length).toUpperCase() !== word || /[A-Za-z0-9.-]/.test(next))
        return false;
      at += word.length;
      return true;
    },
    end() {
      if (!atEnd()) throw bad("Unexpected characters after the command");
    },
    atom() {
      const word = run(ATOM);
      if (word === "") throw bad("Expected an atom");
      return word;
    },
    keyword() {
      const word = run(KEYWORD);
      if (word === "") throw bad("Expected a keyword");
      return word.toUpperCase();
    },
    number() {
      const value = decoder.number64();
      if (value > 0xffff_ffff) throw bad("Number too large");
      return value;
    },
    number64() {
      const digits = run(DIGITS);
      if (digits === "" || digits.length > 20) throw bad("Expected a number");
      return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
    },
    astringBytes: () => stringOr(ASTRING),
    astring: () => decoder.astringBytes().toString("utf8"),
    listPattern: () => stringOr(PATTERN).toString("utf8"),
    mailbox(utf8) {
      const name = readFolderName(decoder.astring(), utf8);
      if (name === null) throw no("CANNOT", "Not a valid mailbox name"); // RFC 9051 §7.1: CANNOT
      return name;
    },
    message() {
      const literal = tryLiteral(Number.POSITIVE_INFINITY);
      if (literal === null) throw bad("Expected a literal");
      return literal;
    },
    value() {
      const literal = tryLiteral(bounds.maxLiteralBytes);
      if (literal !== null) return literal.bytes;
      if (peek() === '"') return Buffer.from(quoted(), "latin1");
      if (!decoder.tryWord("NIL")) throw bad("Expected a value");
      return null;
    },
    sequenceSet() {
      const set = parseSequenceSet(run(SEQUENCE_SET), bounds.maxListItems);
      if (set === null) throw bad("Invalid sequence set");
      return set;
    },
    list(item) {
      depth += 1;
      if (depth > bounds.maxNesting) throw bad("Nested too deeply");
      decoder.char("(");
      let items = 0;
      while (!decoder.tryChar(")")) {
        if (items > 0) decoder.sp();
        items += 1;
        if (items > bounds.maxListItems) throw bad("Too many items in a list");
        item();
      }
      depth -= 1;
    },
    flagList() {
      const flags: Flag[] = [];
      decoder.list(() => {
        const flag = decoder.flag();
        if (flag !== null && !flags.includes(flag)) flags.push(flag);
      });
      return flags;
    },
    flag() {
      const prefix = decoder.tryChar("\\") ? "\\" : "";
      return canonicalFlag(prefix + decoder.atom());
    },
    dateTime() {
      const date = peek() === '"' ? parseDateTime(quoted()) : null;
      if (date === null) throw bad("Invalid date-time");
      return date;
    },
    date() {
      const date = parseSearchDate(peek() === '"' ? quoted() : decoder.atom());
      if (date === null) throw bad("Invalid date");
      return date;
    },
  };
  return decoder;
}
