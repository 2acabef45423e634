const LF = 0x0a;
const CR = 0x0d;
/** A field name that is longer is none, as in `headerFields`. */
const MAX_NAME = 1_000;
const NAME = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/;

/**
 * HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 §6.4.5.1) of a message that is there as text. The same octets as `extractSection`
 * gives, for what every program asks of every message when it lists a folder.
 *
 * @param names in lower case
 */
export function headerFieldText(
  raw: string,
  { names, not }: { readonly names: readonly string[]; readonly not: boolean },
): string {
  let kept = "";
  /** The field that the last line belongs to. */
  let field: { readonly start: number; readonly wanted: boolean } | null = null;
  let at = 0;
  while (at < raw.length) {
    const first = raw.charCodeAt(at);
    if (first === LF || (first === CR && raw.charCodeAt(at + 1) === LF)) break;
    const lf = raw.indexOf("\n", at);
    const end = lf === -1 ? raw.length : lf + 1;
    if ((first !== 0x20 && first !== 0x09) || field === null) {
      if (field?.wanted === true) kept += raw.slice(field.start, at);
      const name = NAME.exec(raw.slice(at, Math.min(end, at + MAX_NAME)))?.[1];
      field = name === undefined ? null : { start: at, wanted: names.includes(name.toLowerCase()) !== not };
    }
    at = end;
  }
  if (field?.wanted === true) kept += raw.slice(field.start, at);
  // RFC 9051 §6.4.5.1: the empty line is always part of a subset.
  return `${kept}\r\n`;
}
