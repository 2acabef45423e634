import { messageLimits } from "./limits.ts";

/**
 * An address as an IMAP ENVELOPE gives it (RFC 9051 §7.5.2). A group starts with `mailbox` = its name and `host` =
 * null, and ends with an address whose members are all null. An address without a domain has `host` = "", a name without an address
 * `mailbox` = "" too.
 */
export type EnvelopeAddress = {
  /** The display name as written: unquoted, still RFC 2047-encoded. */
  readonly name: string | null;
  /** Source routes are obsolete and dropped (RFC 5321 §4.1.1.3). */
  readonly adl: null;
  readonly mailbox: string | null;
  readonly host: string | null;
};

type Token =
  | { kind: "word" | "quoted" | "comment" | "literal"; text: string }
  | { kind: "special"; text: string };

const SPECIALS = "<>,;:@";

/** Reads up to `close` with backslash escapes; comments nest. Returns the content and the index after it. */
const readDelimited = (
  text: string,
  at: number,
  open: string,
  close: string,
): { content: string; end: number } => {
  let content = "";
  let depth = 1;
  let i = at + 1;
  for (; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "\\" && i + 1 < text.length) {
      i++;
      content += text.charAt(i);
      continue;
    }
    if (char === close) depth--;
    else if (char === open) depth++;
    if (depth === 0) break;
    content += char;
  }
  return { content, end: i + 1 };
};

const readToken = (text: string, at: number): { token: Token; end: number } => {
  const char = text.charAt(at);
  if (char === '"') {
    const read = readDelimited(text, at, "", '"');
    return { token: { kind: "quoted", text: read.content }, end: read.end };
  }
  if (char === "(") {
    const read = readDelimited(text, at, "(", ")");
    return { token: { kind: "comment", text: read.content.trim() }, end: read.end };
  }
  if (char === "[") {
    const read = readDelimited(text, at, "", "]");
    return { token: { kind: "literal", text: `[${read.content}]` }, end: read.end };
  }
  if (SPECIALS.includes(char)) return { token: { kind: "special", text: char }, end: at + 1 };
  let end = at + 1;
  while (end < text.length && !' \t"([<>,;:@'.includes(text.charAt(end))) end++;
  return { token: { kind: "word", text: text.slice(at, end) }, end };
};

/** The tokens of one address, and what they mean together. */
const readAddress = (tokens: readonly Token[]): EnvelopeAddress | undefined => {
  const isSpecial = (token: Token | undefined, text: string): boolean =>
    token?.kind === "special" && token.text === text;
  const meaningful = tokens.filter((token) => token.kind !== "comment");
  if (meaningful.length === 0) return undefined;
  const open = meaningful.findIndex((token) => isSpecial(token, "<"));
  let phrase: readonly Token[] = [];
  let spec: readonly Token[] = meaningful;
  if (open !== -1) {
    phrase = meaningful.slice(0, open);
    const close = meaningful.findIndex((token, index) => index > open && isSpecial(token, ">"));
    spec = meaningful.slice(open + 1, close === -1 ? undefined : close);
    // RFC 5322 §4.4 obs-route: "@a,@b:local@domain".
    const routeEnd = spec.findLastIndex((token) => isSpecial(token, ":"));
    if (routeEnd !== -1) spec = spec.slice(routeEnd + 1);
  }
  const at = spec.findLastIndex((token) => isSpecial(token, "@"));
  // Several words and no address: what stands there is a name, "Cron Daemon".
  if (open === -1 && at === -1 && spec.length > 1) {
    return { name: spec.map((token) => token.text).join(" "), adl: null, mailbox: "", host: "" };
  }
  const join = (part: readonly Token[]): string => part.map((token) => token.text).join("");
  const mailbox = join(at === -1 ? spec : spec.slice(0, at));
  const host = at === -1 ? "" : join(spec.slice(at + 1));
  let name = phrase
    .map((token) => token.text)
    .join(" ")
    .trim();
  // RFC 5322 §3.4: the old way to name a mailbox is a comment after it.
  if (name === "") name = tokens.find((token) => token.kind === "comment")?.text ?? "";
  if (mailbox === "" && host === "" && name === "") return undefined;
  return { name: name === "" ? null : name, adl: null, mailbox, host };
};

const groupStart = (name: string): EnvelopeAddress => ({ name: null, adl: null, mailbox: name, host: null });
const groupEnd: EnvelopeAddress = { name: null, adl: null, mailbox: null, host: null };

/** Reads an address field as it came, whatever it is: RFC 5322 §3.4 with groups, and what people write instead. */
export const parseAddressList = (value: string): EnvelopeAddress[] => {
  const addresses: EnvelopeAddress[] = [];
  let tokens: Token[] = [];
  let angled = false;
  let inGroup = false;
  const flush = (): void => {
    const address = readAddress(tokens);
    if (address !== undefined) addresses.push(address);
    tokens = [];
    angled = false;
  };
  let i = 0;
  while (i < value.length && addresses.length < messageLimits.envelopeAddresses) {
    if (value.charAt(i) === " " || value.charAt(i) === "\t") {
      i++;
      continue;
    }
    const { token, end } = readToken(value, i);
    i = end;
    if (token.kind === "special" && token.text === "<") angled = true;
    if (token.kind === "special" && token.text === ">") angled = false;
    if (token.kind === "special" && token.text === "," && !angled) flush();
    else if (token.kind === "special" && token.text === ":" && !angled && !inGroup) {
      const words = tokens.filter((word) => word.kind === "word" || word.kind === "quoted");
      addresses.push(groupStart(words.map((word) => word.text).join(" ")));
      tokens = [];
      inGroup = true;
    } else if (token.kind === "special" && token.text === ";" && !angled) {
      flush();
      if (inGroup) addresses.push(groupEnd);
      inGroup = false;
    } else tokens.push(token);
  }
  flush();
  if (inGroup) addresses.push(groupEnd);
  return addresses;
};
