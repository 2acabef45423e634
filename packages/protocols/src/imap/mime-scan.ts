/**
 * Finds the parts of a message by offset, in one pass and without decoding anything. The rules are those by which
 * BODYSTRUCTURE is computed when a message arrives, so part numbers mean the same in both: a boundary of any open
 * multipart ends everything inside it, nesting stops at 100 and parts at 1,000; what lies beyond stays inside its
 * container.
 */
export interface MimeEntity {
  readonly type: string;
  readonly subtype: string;
  /** Content-Transfer-Encoding in lower case. */
  readonly encoding: string;
  /** The header with its empty line is `[headerStart, bodyStart)`. */
  readonly headerStart: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** The parts of a multipart. */
  readonly parts: readonly MimeEntity[];
  /** The message inside a message/rfc822. */
  readonly message: MimeEntity | null;
}

interface Draft {
  type: string;
  subtype: string;
  encoding: string;
  headerStart: number;
  bodyStart: number;
  bodyEnd: number;
  parts: Draft[];
  message: Draft | null;
}

const MAX_DEPTH = 100;
const MAX_PARTS = 1_000;
const MAX_BOUNDARY = 256;
const MAX_FIELD_CHARS = 16_384;
const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;

/** Scans a whole message; takes time linear in its size whatever it holds. */
export function scanMime(raw: Buffer): MimeEntity {
  const open: Draft[] = [];
  const multiparts: { readonly part: Draft; readonly boundary: string }[] = [];
  /** How many open multiparts use a boundary, by the index of the innermost, so that a line is matched in one look-up. */
  const innermost = new Map<string, number[]>();
  let count = 0;

  function matchBoundary(start: number, end: number): { index: number; closes: boolean } | null {
    if (multiparts.length === 0 || raw[start] !== DASH || raw[start + 1] !== DASH) return null;
    if (end - start > MAX_BOUNDARY + 100) return null;
    // RFC 2046 §5.1.1: white space may follow the boundary.
    const line = raw.toString("latin1", start + 2, end).trimEnd();
    const opens = innermost.get(line)?.at(-1);
    if (opens !== undefined) return { index: opens, closes: false };
    const closes = line.endsWith("--") ? innermost.get(line.slice(0, -2))?.at(-1) : undefined;
    return closes === undefined ? null : { index: closes, closes: true };
  }

  function closeMultiparts(keep: number) {
    while (multiparts.length > keep) {
      const last = multiparts.pop();
      if (last === undefined) return;
      innermost.get(last.boundary)?.pop();
    }
  }

  function openEntity(start: number, inDigest: boolean): Draft {
    const header = readFields(raw, start, (a, b) => matchBoundary(a, b) !== null);
    const contentType = parseContentType(header.contentType, inDigest);
    const entity: Draft = {
      type: contentType.type,
      subtype: contentType.subtype,
      encoding: /^[^\s;(]*/.exec(header.encoding.trim())?.[0]?.toLowerCase() || "7bit",
      headerStart: start,
      bodyStart: header.end,
      bodyEnd: header.end,
      parts: [],
      message: null,
    };
    count += 1;
    open.push(entity);
    if (open.length >= MAX_DEPTH || count >= MAX_PARTS) return entity;
    const { boundary } = contentType;
    if (entity.type === "multipart" && boundary !== "" && boundary.length <= MAX_BOUNDARY) {
      multiparts.push({ part: entity, boundary });
      innermost.set(boundary, [...(innermost.get(boundary) ?? []), multiparts.length - 1]);
    } else if (
      entity.type === "message" &&
      /^(?:rfc822|global)$/.test(entity.subtype) &&
      /^(?:7bit|8bit|binary)$/.test(entity.encoding)
    ) {
      entity.message = openEntity(header.end, false);
    }
    return entity;
  }

  const root = openEntity(0, false);
  let at = open.at(-1)?.bodyStart ?? 0;
  while (multiparts.length > 0 && at < raw.length) {
    const atLineStart = at === 0 || raw[at - 1] === LF;
    const start =
      atLineStart && raw[at] === DASH && raw[at + 1] === DASH ? at : raw.indexOf("\n--", at, "latin1") + 1;
    if (start === 0) break;
    const end = lineEnd(raw, start);
    const match = matchBoundary(start, end);
    const owner = match === null ? undefined : multiparts[match.index];
    if (match === null || owner === undefined) {
      at = end;
      continue;
    }
    // RFC 2046 §5.1.1: the line end before a boundary belongs to the boundary.
    let contentEnd = start;
    if (raw[contentEnd - 1] === LF) contentEnd -= raw[contentEnd - 2] === CR ? 2 : 1;
    for (let last = open.at(-1); last !== undefined && last !== owner.part; last = open.at(-1)) {
      last.bodyEnd = Math.max(last.bodyStart, contentEnd);
      open.pop();
    }
    closeMultiparts(match.closes ? match.index : match.index + 1);
    if (match.closes) {
      at = end;
    } else {
      if (count >= MAX_PARTS) break;
      owner.part.parts.push(openEntity(end, owner.part.subtype === "digest"));
      at = open.at(-1)?.bodyStart ?? raw.length;
    }
  }
  for (const entity of open) entity.bodyEnd = Math.max(entity.bodyStart, raw.length);
  return root;
}

function lineEnd(raw: Buffer, at: number): number {
  const lf = raw.indexOf(LF, at);
  return lf === -1 ? raw.length : lf + 1;
}

/** The two fields that shape a part, and where the body starts: after the empty line, or at a boundary. */
function readFields(raw: Buffer, start: number, stopAt: (start: number, end: number) => boolean) {
  let contentType: string | null = null;
  let encoding: string | null = null;
  for (const field of headerFields(raw, start, raw.length, stopAt)) {
    if (field.kind === "end")
      return { contentType: contentType ?? "", encoding: encoding ?? "", end: field.bodyStart };
    if (field.name === "content-type") contentType ??= fieldText(raw, field);
    if (field.name === "content-transfer-encoding") encoding ??= fieldText(raw, field);
  }
  return { contentType: contentType ?? "", encoding: encoding ?? "", end: raw.length };
}

/** A header field by offset: `[start, end)` with its line ends; the value starts at `valueStart`. */
export interface FieldSpan {
  readonly kind: "field";
  /** Lower case. */
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** Walks a header; the last value says where the body starts. Lines that are no field are passed over. */
export function* headerFields(
  raw: Buffer,
  start: number,
  limit: number,
  stopAt: (start: number, end: number) => boolean = () => false,
): Generator<FieldSpan | { readonly kind: "end"; readonly bodyStart: number }> {
  let field: Omit<FieldSpan, "end"> | null = null;
  let at = start;
  while (at < limit) {
    const empty = raw[at] === LF || (raw[at] === CR && raw[at + 1] === LF);
    const end = Math.min(limit, lineEnd(raw, at));
    if (empty || stopAt(at, end)) {
      if (field !== null) yield { ...field, end: at };
      yield { kind: "end", bodyStart: empty ? end : at };
      return;
    }
    const continues = (raw[at] === 0x20 || raw[at] === 0x09) && field !== null;
    if (!continues) {
      if (field !== null) yield { ...field, end: at };
      // A name of more than 1,000 octets is none; without the bound a colon-free message would be copied as text.
      const match = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/.exec(
        raw.toString("latin1", at, Math.min(end, at + 1_000)),
      );
      field =
        match === null
          ? null
          : {
              kind: "field",
              name: (match[1] ?? "").toLowerCase(),
              start: at,
              valueStart: at + match[0].length,
            };
    }
    at = end;
  }
  if (field !== null) yield { ...field, end: at };
  yield { kind: "end", bodyStart: limit };
}

/** A field's value, unfolded, as Latin-1; cut at a length no honest structured field has. */
function fieldText(raw: Buffer, field: FieldSpan): string {
  const end = Math.min(field.end, field.valueStart + MAX_FIELD_CHARS);
  return raw.toString("latin1", field.valueStart, end).replace(/\r?\n/g, "").trim();
}

function parseContentType(value: string, inDigest: boolean) {
  const match =
    /^([!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,127})\s*\/\s*([!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,127})\s*(?=$|[;(])/.exec(
      value,
    );
  // RFC 2046 §5.1.5 and RFC 2045 §5.2: the defaults.
  if (match === null) {
    return inDigest
      ? { type: "message", subtype: "rfc822", boundary: "" }
      : { type: "text", subtype: "plain", boundary: "" };
  }
  const params = contentTypeParams(value.slice(match[0].length));
  return {
    type: (match[1] ?? "").toLowerCase(),
    subtype: (match[2] ?? "").toLowerCase(),
    boundary: (params.get("boundary") ?? "").trimEnd(),
  };
}

/** `; name=value` pairs by lower-case name, the first of a name winning; quoting is undone. */
export function contentTypeParams(text: string): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  for (const [, name, value] of text.matchAll(/;\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"?|[^;\s]*)/g)) {
    const key = (name ?? "").toLowerCase();
    const plain = value?.startsWith('"')
      ? value.replace(/^"|"$/g, "").replace(/\\(.)/g, "$1")
      : (value ?? "");
    if (!params.has(key)) params.set(key, plain);
  }
  return params;
}
