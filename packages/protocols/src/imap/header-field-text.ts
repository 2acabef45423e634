const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
/** A field name that is longer is none, as in `headerFields`. */
const MAX_NAME = 1_000;
const NAME = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/;

/**
 * HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 §6.4.5.1) of messages that are there as text. The same octets as `extractSection`
 * gives, for what every program asks of every message when it lists a folder.
 *
 * @param names in lower case
 * @returns gives the fields of one message
 */
export function headerFieldText({
  names,
  not,
}: {
  readonly names: readonly string[];
  readonly not: boolean;
}): (raw: string) => string {
  const isWanted = not ? isNoneOf(names) : isOneOf(names);
  return (raw) => {
    let kept = "";
    /** Where the wanted field begins that the last line belongs to; -1: it belongs to none. */
    let start = -1;
    let at = 0;
    while (at < raw.length) {
      const first = raw.charCodeAt(at);
      if (first === LF || (first === CR && raw.charCodeAt(at + 1) === LF)) break;
      // What begins with white space goes on with the field before it, and is none of its own.
      if (first !== SPACE && first !== TAB) {
        if (start !== -1) kept += raw.slice(start, at);
        start = isWanted(raw, at) ? at : -1;
      }
      const lf = raw.indexOf("\n", at);
      at = lf === -1 ? raw.length : lf + 1;
    }
    if (start !== -1) kept += raw.slice(start, at);
    // RFC 9051 §6.4.5.1: the empty line is always part of a subset.
    return `${kept}\r\n`;
  };
}

/** True where a field with one of the names begins. Nearly all lines are told by their first letter. */
function isOneOf(names: readonly string[]): (raw: string, at: number) => boolean {
  const byLetter = new Map<number, string[]>();
  for (const name of names) {
    for (const letter of new Set([name.charCodeAt(0), name.toUpperCase().charCodeAt(0)])) {
      byLetter.set(letter, [...(byLetter.get(letter) ?? []), name]);
    }
  }
  return (raw, at) => {
    const candidates = byLetter.get(raw.charCodeAt(at));
    return candidates?.some((name) => isNamed(raw, at, name)) ?? false;
  };
}

function isNamed(raw: string, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const code = raw.charCodeAt(at + index);
    // Letters of ASCII only: some others are one of them in lower case.
    const folded = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
    if (folded !== name.charCodeAt(index)) return false;
  }
  let end = at + name.length;
  while (raw.charCodeAt(end) === SPACE || raw.charCodeAt(end) === TAB) end += 1;
  return raw.charCodeAt(end) === COLON && end < at + MAX_NAME;
}

/** True where a field with another name begins. */
function isNoneOf(names: readonly string[]): (raw: string, at: number) => boolean {
  return (raw, at) => {
    const lf = raw.indexOf("\n", at);
    const end = lf === -1 ? raw.length : lf;
    const name = NAME.exec(raw.slice(at, Math.min(end, at + MAX_NAME)))?.[1];
    return name !== undefined && !names.includes(name.toLowerCase());
  };
}
