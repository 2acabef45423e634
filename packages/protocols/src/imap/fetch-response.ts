import type { FetchWanted, Flag, MessageRow } from "../mailbox-session.ts";
import { extractBinary, extractSection } from "./body-section.ts";
import { encodeLiteral, encodeNstring } from "./encoder.ts";
import type { FetchItem, Partial } from "./fetch-items.ts";
import { headerFieldText } from "./header-field-text.ts";
import { formatDateTime } from "./imap-date.ts";
import { no } from "./imap-error.ts";
import { formatBodyStructure, formatEnvelope } from "./message-structure-format.ts";

/** What the store has to load to answer `items`. */
export function wantedFor(items: readonly FetchItem[]): FetchWanted {
  const has = (...kinds: FetchItem["kind"][]) => items.some((item) => kinds.includes(item.kind));
  const full = items.some(
    (item) => item.kind.startsWith("binary") || (item.kind === "section" && !isHeaderOnly(item)),
  );
  return {
    envelope: has("ENVELOPE"),
    bodyStructure: has("BODY", "BODYSTRUCTURE"),
    objectIds: has("EMAILID", "THREADID"),
    preview: has("PREVIEW"),
    raw: full ? "full" : has("section") ? "header" : "none",
    // BODY is BODYSTRUCTURE with less in it: stores keep the latter.
    sent: !has("BODY"),
  };
}

function isHeaderOnly(item: FetchItem & { kind: "section" }): boolean {
  const { path, text } = item.section;
  return path.length === 0 && (text.kind === "header" || text.kind === "fields");
}

/** True if fetching these items sets `\Seen` (RFC 9051 §6.4.5). */
export function setsSeen(items: readonly FetchItem[]): boolean {
  return items.some((item) => (item.kind === "section" || item.kind === "binary") && !item.peek);
}

/** A value as it goes on the wire: text stands for its octets in UTF-8. */
type Value = string | Buffer;

/** What one item is to one message. */
type Format = (row: MessageRow) => Value;

/**
 * The answers to one FETCH, `* n FETCH (…)` with the line end. What does not depend on the message is looked at once, because programs
 * ask for thousands.
 *
 * @returns gives a message's answer: text where it can be, which is joined far more cheaply than octets
 */
export function fetchFormat(
  items: readonly FetchItem[],
): (sequence: number, row: MessageRow) => string | readonly Value[] {
  const octetsOf = octetsOfLast();
  const parts = items.map((item, index) => ({
    name: `${index > 0 ? " " : ""}${"label" in item ? item.label : item.kind} `,
    format: formatOf(item, octetsOf),
  }));
  return (sequence, row) => {
    const pieces: Value[] = [];
    let text = `* ${sequence} FETCH (`;
    for (const { name, format } of parts) {
      const value = format(row);
      text += name;
      if (typeof value === "string") {
        text += value;
        continue;
      }
      pieces.push(text, value);
      text = "";
    }
    text += ")\r\n";
    return pieces.length === 0 ? text : [...pieces, text];
  };
}

/** The octets of a message, made once for all sections of it that are asked for. */
function octetsOfLast(): (row: MessageRow) => Buffer {
  let last: MessageRow | null = null;
  let octets: Buffer = Buffer.alloc(0);
  return (row) => {
    if (row !== last) octets = row.raw ?? Buffer.from(row.sent?.raw ?? "");
    last = row;
    return octets;
  };
}

function formatOf(item: FetchItem, octetsOf: (row: MessageRow) => Buffer): Format {
  switch (item.kind) {
    case "UID":
      return (row) => String(row.uid);
    case "FLAGS":
      return flagsFormat();
    case "MODSEQ":
      return (row) => `(${row.modseq})`; // RFC 7162 §3.1.4.1
    case "INTERNALDATE":
      return (row) => formatDateTime(row.internalDate);
    case "EMAILID":
      return (row) => `(${row.emailId ?? ""})`; // RFC 8474 §5.1
    case "THREADID":
      return (row) => (row.threadId == null ? "NIL" : `(${row.threadId})`);
    case "SAVEDATE":
      return (row) => (row.saveDate === null ? "NIL" : formatDateTime(row.saveDate)); // RFC 8514 §4.2
    case "PREVIEW":
      return (row) => encodeNstring(row.preview); // RFC 8970 §3.2
    case "RFC822.SIZE":
      return (row) => String(row.sizeBytes);
    case "ENVELOPE":
      return (row) =>
        row.sent?.envelope ?? (row.envelope === undefined ? "NIL" : formatEnvelope(row.envelope));
    case "BODY":
    case "BODYSTRUCTURE": {
      const extended = item.kind === "BODYSTRUCTURE";
      return ({ sent, bodyStructure }) => {
        if (extended && sent?.bodyStructure !== undefined) return sent.bodyStructure;
        return bodyStructure === undefined ? "NIL" : formatBodyStructure(bodyStructure, extended);
      };
    }
    case "section": {
      const { section, partial } = item;
      const cutText = sentText(item);
      return (row) => {
        if (cutText !== null && row.sent?.raw !== undefined) {
          const text = cutText(row.sent.raw);
          return `{${Buffer.byteLength(text)}}\r\n${text}`;
        }
        const octets = extractSection(octetsOf(row), section);
        return octets === null ? "NIL" : encodeLiteral(withoutNul(cut(octets, partial)));
      };
    }
    case "binary": {
      const { path, partial } = item;
      return (row) => binaryValue(octetsOf(row), path, (octets) => encodeLiteral(cut(octets, partial), true));
    }
    case "binary-size":
      return (row) => binaryValue(octetsOf(row), item.path, (octets) => String(octets.length), "0");
  }
}

/** Messages of a folder that have the same flags share them. */
function flagsFormat(): Format {
  let last: readonly Flag[] | null = null;
  let text = "";
  return ({ flags }) => {
    if (flags !== last) text = `(${flags.join(" ")})`;
    last = flags;
    return text;
  };
}

/** The sections that every program asks for, without a detour over octets; null: it takes that. */
function sentText({ section: { path, text }, partial }: FetchItem & { kind: "section" }) {
  if (path.length > 0 || partial !== null) return null;
  if (text.kind === "all") return (raw: string) => raw;
  return text.kind === "fields" ? headerFieldText(text) : null;
}

function binaryValue(
  raw: Buffer,
  path: readonly number[],
  format: (octets: Buffer) => string | Buffer,
  // RFC 9051 §9: a section may be NIL, its size is a number.
  missing = "NIL",
): string | Buffer {
  const octets = extractBinary(raw, path);
  if (octets === "unknown-encoding") throw no("UNKNOWN-CTE", "The part's transfer encoding is not known"); // RFC 3516 §5
  return octets === null ? missing : format(octets);
}

/**
 * RFC 9051 §9: no literal holds NUL, and clients end strings at one. Broken mail with a NUL outside of a part in binary keeps its
 * length, each NUL shown as 0x80; BINARY gives it as it is.
 */
function withoutNul(octets: Buffer): Buffer {
  if (!octets.includes(0)) return octets;
  const shown = Buffer.from(octets);
  for (let at = shown.indexOf(0); at >= 0; at = shown.indexOf(0, at + 1)) shown[at] = 0x80;
  return shown;
}

function cut(octets: Buffer, partial: Partial | null): Buffer {
  return partial === null ? octets : octets.subarray(partial.offset, partial.offset + partial.length);
}
