const levels: Readonly<Record<number, readonly [label: string, colour: string]>> = {
  10: ["TRACE", "90"],
  20: ["DEBUG", "90"],
  30: ["INFO ", "32"],
  40: ["WARN ", "33"],
  50: ["ERROR", "31"],
  60: ["FATAL", "31;1"],
};

const placed = new Set(["level", "time", "event", "name", "msg", "err"]);

/**
 * Turns one JSON log line into one line for a person: time, level, event, fields. Control characters are escaped,
 * because fields repeat what strangers sent and could otherwise drive the terminal.
 *
 * @param json a line as pino writes it; anything else comes back as it is, escaped
 */
export function formatLogLine(json: string, colours: boolean): string {
  const fields = parseFields(json);
  if (fields === null) return `${printable(json.trimEnd())}\n`;
  const [label, colour] = levels[Number(fields.level)] ?? ["?    ", "0"];
  const paint = (code: string, text: string) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
  const time = typeof fields.time === "number" ? new Date(fields.time).toISOString().slice(11, 23) : "";
  const rest = Object.entries(fields)
    .filter(([key]) => !placed.has(key))
    .map(([key, value]) => ` ${paint("90", `${printable(key)}=`)}${shown(value)}`)
    .join("");
  const message = typeof fields.msg === "string" ? ` ${printable(fields.msg)}` : "";
  return `${paint("90", time)} ${paint(colour, label)} ${shown(fields.event ?? "")}${message}${rest}${shownError(fields.err)}\n`;
}

function parseFields(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function shown(value: unknown): string {
  if (typeof value !== "string") return printable(JSON.stringify(value) ?? "");
  return /^[\x21-\x7e]*$/.test(value) ? value : printable(JSON.stringify(value));
}

function shownError(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { type, message, stack, cause } = { type: "", message: "", stack: "", cause: undefined, ...error };
  const frames = String(stack)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => `\n      ${printable(line.trim())}`)
    .join("");
  return `\n    ${printable(String(type))}: ${printable(String(message))}${frames}${shownError(cause)}`;
}

function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
