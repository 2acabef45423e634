import { messageLimits } from "./limits.ts";
import { decodeParameter, type Parameters, parseParameterized } from "./parse-parameter.ts";
import { firstValue, type HeaderField, readHeader } from "./split-header.ts";

/**
 * One part of a message, by offsets into its raw bytes. `parts` are the parts of a multipart, `message` the message
 * inside a message/rfc822; a leaf has neither. Header is `[headerStart, bodyStart)`, body is `[bodyStart, bodyEnd)`.
 */
export type MimePart = {
  readonly fields: readonly HeaderField[];
  /** Lower case. */
  readonly type: string;
  /** Lower case. */
  readonly subtype: string;
  readonly params: Parameters;
  /** Content-Transfer-Encoding in lower case, `7bit` when absent. */
  readonly encoding: string;
  readonly headerStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly parts: readonly MimePart[];
  readonly message: MimePart | undefined;
};

type Draft = { -readonly [Key in keyof MimePart]: MimePart[Key] } & {
  parts: Draft[];
  message: Draft | undefined;
};
type OpenMultipart = { readonly part: Draft; readonly key: string; readonly shadowed: number | undefined };

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const TOKEN = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,127}$/;

const readContentType = (
  fields: readonly HeaderField[],
  inDigest: boolean,
): { type: string; subtype: string; params: Parameters } => {
  const value = firstValue(fields, "content-type");
  const parsed = value === undefined ? undefined : parseParameterized(value);
  const [type = "", subtype = "", ...more] =
    parsed?.value
      .toLowerCase()
      .split("/")
      .map((word) => word.trim()) ?? [];
  if (parsed !== undefined && more.length === 0 && TOKEN.test(type) && TOKEN.test(subtype)) {
    return { type, subtype, params: parsed.params };
  }
  // RFC 2046 §5.1.5: inside a digest the default is a message. RFC 2045 §5.2: elsewhere it is US-ASCII text.
  if (inDigest) return { type: "message", subtype: "rfc822", params: [] };
  return { type: "text", subtype: "plain", params: [["charset", "us-ascii"]] };
};

/**
 * Finds the parts of a message in one pass over its bytes, whatever they are: linear time, nesting up to 100 and at
 * most 1,000 parts, deeper or later ones left inside their container. Never throws.
 *
 * Invariants: `open` is the path from the root to the part being read, each inside the one before; `multiparts` are
 * those of them whose boundary still counts, and `byKey` finds a boundary in them without comparing it to each, so
 * that a message made of near-boundaries costs no more than any other.
 */
export const parseMimeParts = (raw: Buffer): MimePart => {
  const open: Draft[] = [];
  const multiparts: OpenMultipart[] = [];
  const byKey = new Map<string, number>();
  let partCount = 0;

  /** The index in `multiparts` of the boundary on this line, and whether it closes. */
  const matchBoundary = (
    lineStart: number,
    lineEnd: number,
  ): { index: number; closes: boolean } | undefined => {
    if (raw[lineStart] !== DASH || raw[lineStart + 1] !== DASH || byKey.size === 0) return undefined;
    if (lineEnd - lineStart > messageLimits.boundaryChars + 100) return undefined;
    // RFC 2046 §5.1.1: white space may follow the boundary ("transport-padding").
    const key = raw.toString("latin1", lineStart + 2, lineEnd).trimEnd();
    const index = byKey.get(key);
    if (index !== undefined) return { index, closes: false };
    const closing = key.endsWith("--") ? byKey.get(key.slice(0, -2)) : undefined;
    return closing === undefined ? undefined : { index: closing, closes: true };
  };
  const isBoundary = (lineStart: number, lineEnd: number): boolean =>
    matchBoundary(lineStart, lineEnd) !== undefined;

  const dropMultiparts = (keep: number): void => {
    while (multiparts.length > keep) {
      const last = multiparts.pop();
      if (last === undefined) return;
      if (last.shadowed === undefined) byKey.delete(last.key);
      else byKey.set(last.key, last.shadowed);
    }
  };

  /** Reads the header at `start` and opens the part; an attached message opens the message inside it too. */
  const openPart = (start: number, inDigest: boolean): Draft => {
    const { fields, bodyStart } = readHeader(raw, start, raw.length, isBoundary);
    const contentType = readContentType(fields, inDigest);
    const encoding = firstValue(fields, "content-transfer-encoding")
      ?.split(/[\s;(]/, 1)[0]
      ?.toLowerCase();
    const part: Draft = {
      fields,
      ...contentType,
      encoding: encoding === undefined || !TOKEN.test(encoding) ? "7bit" : encoding,
      headerStart: start,
      bodyStart,
      bodyEnd: bodyStart,
      parts: [],
      message: undefined,
    };
    partCount++;
    open.push(part);
    if (open.length >= messageLimits.mimeDepth || partCount >= messageLimits.mimeParts) return part;
    if (part.type === "multipart") {
      const boundary = decodeParameter(part.params, "boundary")?.trimEnd() ?? "";
      if (boundary !== "" && boundary.length <= messageLimits.boundaryChars) {
        const key = Buffer.from(boundary).toString("latin1");
        multiparts.push({ part, key, shadowed: byKey.get(key) });
        byKey.set(key, multiparts.length - 1);
      }
    } else if (isMessageType(part) && /^(?:7bit|8bit|binary)$/.test(part.encoding)) {
      // RFC 2046 §5.2.1: only the identity encodings make what is inside readable in place.
      part.message = openPart(bodyStart, false);
    }
    return part;
  };

  const root = openPart(0, false);
  let at = open.at(-1)?.bodyStart ?? 0;
  while (byKey.size > 0 && at < raw.length) {
    // Boundaries stand at line starts: "--" right here, or after the next LF.
    const atLineStart = at === 0 || raw[at - 1] === LF;
    const lineStart =
      atLineStart && raw[at] === DASH && raw[at + 1] === DASH ? at : raw.indexOf("\n--", at, "latin1") + 1;
    // 0 is "not found": a boundary at the very start would have no header before it to name it.
    if (lineStart === 0) break;
    const lf = raw.indexOf(LF, lineStart);
    const lineEnd = lf === -1 ? raw.length : lf + 1;
    const match = matchBoundary(lineStart, lineEnd);
    const owner = match === undefined ? undefined : multiparts[match.index];
    if (match === undefined || owner === undefined) {
      at = lineEnd;
      continue;
    }
    // RFC 2046 §5.1.1: the line end before a boundary belongs to the boundary.
    let contentEnd = lineStart;
    if (raw[contentEnd - 1] === LF) contentEnd -= raw[contentEnd - 2] === CR ? 2 : 1;
    while (open.at(-1) !== owner.part) {
      const ended = open.pop();
      if (ended === undefined) break;
      ended.bodyEnd = Math.max(ended.bodyStart, contentEnd);
    }
    dropMultiparts(match.closes ? match.index : match.index + 1);
    if (match.closes) at = lineEnd;
    else if (partCount >= messageLimits.mimeParts) break;
    else {
      owner.part.parts.push(openPart(lineEnd, owner.part.subtype === "digest"));
      at = open.at(-1)?.bodyStart ?? raw.length;
    }
  }
  for (const part of open) part.bodyEnd = Math.max(part.bodyStart, raw.length);
  return root;
};

/** True for the types whose body is a message: message/rfc822 and message/global (RFC 6532). */
export const isMessageType = (part: Pick<MimePart, "type" | "subtype">): boolean =>
  part.type === "message" && (part.subtype === "rfc822" || part.subtype === "global");

/** The parts in the order they stand, the given one first, containers before what they hold. */
export function* walkParts(part: MimePart): Generator<MimePart, void> {
  yield part;
  for (const child of part.parts) yield* walkParts(child);
  if (part.message !== undefined) yield* walkParts(part.message);
}
