import type { FetchWanted, MessageRow } from "../mailbox-session.ts";
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

/** One `* n FETCH (…)` without the star and the line end, in pieces. */
export function formatFetch(
  sequence: number,
  row: MessageRow,
  items: readonly FetchItem[],
): readonly (string | Buffer)[] {
  const pieces: (string | Buffer)[] = [];
  // Text is joined as far as it goes: a piece costs more than its letters.
  let text = `${sequence} FETCH (`;
  let octets = row.raw;
  const raw = () => {
    octets ??= Buffer.from(row.sent?.raw ?? "");
    return octets;
  };
  items.forEach((item, index) => {
    text += `${index > 0 ? " " : ""}${itemName(item)} `;
    const value = formatValue(row, item, raw);
    if (typeof value === "string") {
      text += value;
      return;
    }
    pieces.push(text, value);
    text = "";
  });
  pieces.push(`${text})`);
  return pieces;
}

function itemName(item: FetchItem): string {
  return "label" in item ? item.label : item.kind;
}

function formatValue(row: MessageRow, item: FetchItem, raw: () => Buffer): string | Buffer {
  switch (item.kind) {
    case "UID":
      return String(row.uid);
    case "FLAGS":
      return `(${row.flags.join(" ")})`;
    case "MODSEQ":
      return `(${row.modseq})`; // RFC 7162 §3.1.4.1
    case "INTERNALDATE":
      return formatDateTime(row.internalDate);
    case "EMAILID":
      return `(${row.emailId ?? ""})`; // RFC 8474 §5.1
    case "THREADID":
      return row.threadId == null ? "NIL" : `(${row.threadId})`;
    case "SAVEDATE":
      return row.saveDate === null ? "NIL" : formatDateTime(row.saveDate); // RFC 8514 §4.2
    case "PREVIEW":
      return encodeNstring(row.preview); // RFC 8970 §3.2
    case "RFC822.SIZE":
      return String(row.sizeBytes);
    case "ENVELOPE":
      return row.sent?.envelope ?? (row.envelope === undefined ? "NIL" : formatEnvelope(row.envelope));
    case "BODY":
    case "BODYSTRUCTURE": {
      const extended = item.kind === "BODYSTRUCTURE";
      if (extended && row.sent?.bodyStructure !== undefined) return row.sent.bodyStructure;
      return row.bodyStructure === undefined ? "NIL" : formatBodyStructure(row.bodyStructure, extended);
    }
    case "section": {
      const text = row.sent?.raw === undefined ? null : sentText(row.sent.raw, item);
      if (text !== null) return `{${Buffer.byteLength(text)}}\r\n${text}`;
      const octets = extractSection(raw(), item.section);
      return octets === null ? "NIL" : encodeLiteral(withoutNul(cut(octets, item.partial)));
    }
    case "binary":
      return binaryValue(raw(), item.path, (octets) => encodeLiteral(cut(octets, item.partial), true));
    case "binary-size":
      return binaryValue(raw(), item.path, (octets) => String(octets.length), "0");
  }
}

/** The sections that every program asks for, without a detour over octets; null: it takes that. */
function sentText(raw: string, { section: { path, text }, partial }: FetchItem & { kind: "section" }) {
  if (path.length > 0 || partial !== null) return null;
  if (text.kind === "all") return raw;
  return text.kind === "fields" ? headerFieldText(raw, text) : null;
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
