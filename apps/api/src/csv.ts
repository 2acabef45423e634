/** A line as long as that holds no address. */
const MAX_LINE_CHARS = 4_096;

/** The fields of one line of CSV (RFC 4180), or null when its quotes do not match. A field cannot hold a line break. */
export function parseCsvLine(line: string): readonly string[] | null {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      let field = "";
      for (at++; ; at++) {
        if (at >= line.length) return null;
        if (line[at] !== '"') field += line[at];
        else if (line[at + 1] === '"') {
          field += '"';
          at++;
        } else break;
      }
      fields.push(field);
      at++;
      if (at < line.length && line[at] !== ",") return null;
    } else {
      const comma = line.indexOf(",", at);
      const end = comma === -1 ? line.length : comma;
      fields.push(line.slice(at, end));
      at = end;
    }
    if (at >= line.length) return fields;
    at++;
  }
}

/** One line of CSV, with CRLF; fields are quoted where they must be. */
export function formatCsvLine(fields: readonly string[]): string {
  return `${fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join()}\r\n`;
}

/**
 * The lines of a stream of UTF-8, without their ends and a byte order mark. Holds one line at a time.
 *
 * @throws RangeError for more than `maxBytes`, or a line of more than 4,096 characters.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RangeError(`has more than ${maxBytes} bytes`);
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_CHARS)
      throw new RangeError(`has a line of more than ${MAX_LINE_CHARS} characters`);
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  rest += decoder.decode();
  if (rest !== "") yield rest.replace(/\r$/, "");
}
