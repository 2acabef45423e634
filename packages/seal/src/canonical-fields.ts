/**
 * The relaxed canonical form of each field (RFC 6376 §3.4.2), with its CRLF, by name, top to bottom.
 *
 * @param header one character per byte, like what it returns
 */
export const canonicalFields = (header: string): Map<string, string[]> => {
  const fields = new Map<string, string[]>();
  for (const field of header.split(/\r?\n(?![ \t])/)) {
    const colon = field.indexOf(":");
    if (colon <= 0) continue;
    const name =
      field
        .slice(0, colon)
        .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
        .split(/[ \t]/, 1)[0] ?? "";
    let value = field.slice(colon + 1);
    if (value.includes("\n")) value = value.replace(/\r?\n/g, "");
    // Runs are collapsed before the ends are cut, so that no pattern looks for an end it may not find.
    value = value.replace(/[ \t]+/g, " ");
    value = value.slice(
      value.startsWith(" ") ? 1 : 0,
      value.endsWith(" ") && value.length > 1 ? -1 : undefined,
    );
    const line = `${name}:${value}\r\n`;
    const same = fields.get(name);
    if (same === undefined) fields.set(name, [line]);
    else same.push(line);
  }
  return fields;
};
