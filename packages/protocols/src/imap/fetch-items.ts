import type { BodySection, SectionText } from "./body-section.ts";
import type { Decoder } from "./decoder.ts";
import { encodeString } from "./encoder.ts";
import { bad } from "./imap-error.ts";

/** `<offset.length>` of RFC 9051 §6.4.5; null length for a response label. */
export interface Partial {
  readonly offset: number;
  readonly length: number;
}

/** One thing FETCH was asked for; `label` is how the answer names it. */
export type FetchItem =
  | {
      readonly kind:
        | "UID"
        | "FLAGS"
        | "INTERNALDATE"
        | "RFC822.SIZE"
        | "ENVELOPE"
        | "BODYSTRUCTURE"
        | "BODY"
        | "MODSEQ"
        | "EMAILID"
        | "THREADID"
        | "SAVEDATE"
        | "PREVIEW";
    }
  | {
      readonly kind: "section";
      readonly section: BodySection;
      readonly partial: Partial | null;
      readonly peek: boolean;
      readonly label: string;
    }
  | {
      readonly kind: "binary";
      readonly path: readonly number[];
      readonly partial: Partial | null;
      readonly peek: boolean;
      readonly label: string;
    }
  | { readonly kind: "binary-size"; readonly path: readonly number[]; readonly label: string };

const MACROS: Readonly<Record<string, readonly FetchItem[]>> = {
  FAST: [{ kind: "FLAGS" }, { kind: "INTERNALDATE" }, { kind: "RFC822.SIZE" }],
  ALL: [{ kind: "FLAGS" }, { kind: "INTERNALDATE" }, { kind: "RFC822.SIZE" }, { kind: "ENVELOPE" }],
  FULL: [
    { kind: "FLAGS" },
    { kind: "INTERNALDATE" },
    { kind: "RFC822.SIZE" },
    { kind: "ENVELOPE" },
    { kind: "BODY" },
  ],
};

/** The item list of a FETCH command (RFC 9051 §6.4.5). */
export function parseFetchItems(args: Decoder): FetchItem[] {
  if (args.peek() === "(") {
    const items: FetchItem[] = [];
    args.list(() => items.push(parseItem(args, args.keyword())));
    if (items.length === 0) throw bad("Nothing is asked for");
    return items;
  }
  const name = args.keyword();
  const macro = MACROS[name];
  return macro === undefined ? [parseItem(args, name)] : [...macro];
}

function parseItem(args: Decoder, name: string): FetchItem {
  switch (name) {
    case "UID":
    case "FLAGS":
    case "INTERNALDATE":
    case "RFC822.SIZE":
    case "ENVELOPE":
    case "BODYSTRUCTURE":
    case "MODSEQ":
    case "EMAILID":
    case "THREADID":
    case "SAVEDATE":
      return { kind: name };
    case "PREVIEW":
      // RFC 8970 §3.1: LAZY lets us say "not yet"; previews are there from the start.
      if (args.tryWord(" (LAZY")) args.char(")");
      return { kind: name };
    // RFC 3501 §6.4.5: the three obsolete names, answered under their own labels.
    case "RFC822":
      return wholeMessage({ kind: "all" }, false, name);
    case "RFC822.HEADER":
      return wholeMessage({ kind: "header" }, true, name);
    case "RFC822.TEXT":
      return wholeMessage({ kind: "text" }, false, name);
    case "BODY":
      return args.peek() === "[" ? parseSection(args, false) : { kind: "BODY" };
    case "BODY.PEEK":
      return parseSection(args, true);
    case "BINARY":
    case "BINARY.PEEK":
    case "BINARY.SIZE":
      return parseBinary(args, name);
    default:
      throw bad("Unknown FETCH item");
  }
}

function wholeMessage(text: SectionText, peek: boolean, label: string): FetchItem {
  return { kind: "section", section: { path: [], text }, partial: null, peek, label };
}

function parseSection(args: Decoder, peek: boolean): FetchItem {
  args.char("[");
  const path = parsePath(args);
  let text: SectionText = { kind: "all" };
  let label = path.join(".");
  if (args.peek() !== "]") {
    const word = args.keyword();
    label += `${path.length > 0 ? "." : ""}${word}`;
    if (word === "HEADER") text = { kind: "header" };
    else if (word === "TEXT") text = { kind: "text" };
    else if (word === "MIME" && path.length > 0) text = { kind: "mime" };
    else if (word === "HEADER.FIELDS" || word === "HEADER.FIELDS.NOT") {
      const names: string[] = [];
      args.sp();
      args.list(() => names.push(args.astring()));
      if (names.length === 0) throw bad("Expected header field names");
      label += ` (${names.map(fieldNameLabel).join(" ")})`;
      text = { kind: "fields", names: names.map((name) => name.toLowerCase()), not: word.endsWith("NOT") };
    } else throw bad("Unknown body section");
  }
  args.char("]");
  const partial = parsePartial(args);
  return {
    kind: "section",
    section: { path, text },
    partial,
    peek,
    label: `BODY[${label}]${partial === null ? "" : `<${partial.offset}>`}`,
  };
}

/** Echoed in the answer, so it must not be able to break out of its line. */
function fieldNameLabel(name: string): string {
  if (!/^[\x21-\x7e]{1,200}$/.test(name)) throw bad("Invalid header field name");
  return /^[A-Za-z0-9_.-]+$/.test(name) ? name : String(encodeString(name));
}

function parseBinary(args: Decoder, name: "BINARY" | "BINARY.PEEK" | "BINARY.SIZE"): FetchItem {
  args.char("[");
  const path = parsePath(args);
  args.char("]");
  const section = `[${path.join(".")}]`;
  if (name === "BINARY.SIZE") return { kind: "binary-size", path, label: `BINARY.SIZE${section}` };
  const partial = parsePartial(args);
  const label = `BINARY${section}${partial === null ? "" : `<${partial.offset}>`}`;
  return { kind: "binary", path, partial, peek: name === "BINARY.PEEK", label };
}

/** `1.2.3`, and the dot before a section word is read too. */
function parsePath(args: Decoder): number[] {
  const path: number[] = [];
  while (/^[0-9]$/.test(args.peek())) {
    const number = args.number();
    if (number === 0 || path.length >= 200) throw bad("Invalid part number");
    path.push(number);
    if (!args.tryChar(".")) break;
  }
  return path;
}

function parsePartial(args: Decoder): Partial | null {
  if (!args.tryChar("<")) return null;
  const offset = args.number64();
  args.char(".");
  const length = args.number64();
  args.char(">");
  if (length === 0) throw bad("A partial fetch of nothing"); // nz-number
  return { offset, length };
}
