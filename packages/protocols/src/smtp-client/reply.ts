/** One reply of a server: its code (RFC 5321 §4.2), enhanced status code (RFC 3463) and text, lines parted by `\n`. */
export interface SmtpReply {
  readonly code: number;
  readonly enhanced: string | null;
  /** Without the codes, control characters replaced. */
  readonly text: string;
}

/** A reply as it was heard: what it says is read only where somebody asks. */
export interface HeardReply {
  readonly kind: "reply";
  readonly code: number;
  /** All its lines, line ends included, as they came. */
  readonly octets: Buffer;
  /** `performance.now()` */
  readonly atMs: number;
}

// RFC 3463 §2
const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)/;

/** What the server wrote may hold anything; a NUL, for one, has no place in a PostgreSQL text. */
export const printable = (text: string): string => text.replace(/[^\P{Cc}\t]/gu, "?");

/** Takes a reply apart. An enhanced code counts if its class is that of the reply (RFC 2034 §4), and is cut from each line. */
export function readReply({ code, octets }: HeardReply): SmtpReply {
  let enhanced: string | null = null;
  const texts = linesOf(octets).map((line) => {
    const text = line.slice(4);
    const found = ENHANCED.exec(text);
    if (found === null || found[1]?.startsWith(String(code).slice(0, 1)) !== true) return text;
    enhanced ??= found[1];
    return text.slice(found[0].length);
  });
  return { code, enhanced, text: texts.join("\n").trim() };
}

/** The lines of a reply with their codes, without line ends, printable. */
export function linesOf(octets: Buffer): readonly string[] {
  return octets
    .toString("utf8")
    .replace(/\r?\n$/, "")
    .split(/\r?\n/)
    .map(printable);
}

/** `550 5.1.1 No such user`, further lines below it. */
export function formatReply({ code, enhanced, text }: SmtpReply): string {
  return [code, enhanced, text].filter((part) => part !== null && part !== "").join(" ");
}

/** RFC 5321 §4.2.1: 2yz. */
export const isPositive = (code: number): boolean => code >= 200 && code < 300;
