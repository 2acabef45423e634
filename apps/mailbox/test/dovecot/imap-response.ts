/** A value of an IMAP response: a string, quoted or literal or an atom; a list; NIL. */
export type ImapValue = string | null | readonly ImapValue[];

/**
 * Reads the values of a response that stands there whole, literals included, in Latin-1. Atoms become upper case up to a bracket, so
 * that they compare.
 */
export function readValues(text: string): ImapValue[] {
  let at = 0;

  function list(end: string): ImapValue[] {
    const values: ImapValue[] = [];
    while (at < text.length) {
      const char = text[at];
      if (char === end) {
        at += 1;
        break;
      }
      if (char === " ") at += 1;
      else values.push(value());
    }
    return values;
  }

  function value(): ImapValue {
    if (text[at] === "(") {
      at += 1;
      return list(")");
    }
    const literal = /^~?\{(\d+)\}\r\n/.exec(text.slice(at, at + 30));
    if (literal !== null) {
      const from = at + literal[0].length;
      at = from + Number(literal[1]);
      return text.slice(from, at);
    }
    if (text[at] === '"') {
      const quoted = /"((?:[^"\\]|\\.)*)"/y;
      quoted.lastIndex = at;
      const found = quoted.exec(text);
      if (found === null) throw new Error(`no end of ${text.slice(at, at + 80)}`);
      at = quoted.lastIndex;
      return (found[1] ?? "").replace(/\\(.)/g, "$1");
    }
    // A section may hold a list: BODY[HEADER.FIELDS (FROM)]<0>.
    const atom = /(?:\[[^\]]*\]|[^\s()[])+/y;
    atom.lastIndex = at;
    const found = atom.exec(text);
    if (found === null) throw new Error(`no value at ${text.slice(at, at + 80)}`);
    at = atom.lastIndex;
    return found[0].toUpperCase() === "NIL" ? null : found[0];
  }

  return list("");
}

/** The value as text that compares: strings quoted, numbers and atoms like strings. */
export function printValue(value: ImapValue | undefined): string {
  if (value === null || value === undefined) return "NIL";
  if (typeof value === "string") return JSON.stringify(value);
  return `(${value.map(printValue).join(" ")})`;
}
