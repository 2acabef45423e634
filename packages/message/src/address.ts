import { domainToASCII } from "node:url";
import { decodeEncodedWords } from "./decode-encoded-word.ts";
import { messageLimits } from "./limits.ts";

/** A mailbox fit to send from or to. */
export type Mailbox = {
  readonly kind: "mailbox";
  /** The display name, decoded. Absent when there is none. */
  readonly name?: string;
  /** `localPart@domain`, the form that goes into MAIL FROM, RCPT TO and headers. */
  readonly address: string;
  /** As written (case kept), quoted only when it must be. */
  readonly localPart: string;
  /** Lower case, internationalised labels as A-labels (RFC 5890). */
  readonly domain: string;
  /** True when the local part is not ASCII: only an SMTPUTF8 server (RFC 6531) can take it. */
  readonly needsSmtpUtf8: boolean;
};

/** Why something is not a mailbox. `reason` continues the sentence "The address ...". */
export type InvalidMailbox = { readonly kind: "invalid"; readonly reason: string };

const invalid = (reason: string): InvalidMailbox => ({ kind: "invalid", reason });

// C0, DEL and C1. A TAB is refused too: no address needs one and clients show it as a space.
const firstControl = (text: string): number => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return code;
  }
  return -1;
};

// RFC 5322 §3.2.3 atext, with the UTF-8 of RFC 6531 §3.3.
const ATOM = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u{a0}-\u{10ffff}]+$/u;
const NON_ASCII = /[^\x20-\x7e]/;
const DOMAIN_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
// Specials that RFC 5322 §3.2.3 keeps out of an unquoted display name. "." is allowed: obs-phrase, and everyone writes it.
const NAME_SPECIAL = /[()<>[\]:;@\\,"]/;

/** Reads the quoted-string that starts at `text[0]`. Returns its content and what follows, or undefined when it does not end. */
const readQuoted = (text: string): { content: string; rest: string } | undefined => {
  let content = "";
  for (let i = 1; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '"') return { content, rest: text.slice(i + 1) };
    if (char === "\\") {
      i++;
      if (i >= text.length) return undefined;
      content += text.charAt(i);
    } else {
      content += char;
    }
  }
  return undefined;
};

const localPartProblem = (localPart: string): string | undefined => {
  if (localPart === "") return "has nothing before the @";
  if (localPart.startsWith(".")) return "starts with a dot";
  if (localPart.endsWith(".")) return "has a dot right before the @";
  for (const atom of localPart.split(".")) {
    if (atom === "") return "has two dots in a row";
    if (!ATOM.test(atom)) return "has a character before the @ that needs quotes or is not allowed";
  }
  return undefined;
};

/**
 * The ASCII form of a domain for mail: lower case, A-labels, no trailing dot.
 * `invalid` for a domain literal, an IP address, a single label, and whatever the DNS cannot hold.
 */
export const parseDomain = (text: string): { kind: "domain"; domain: string } | InvalidMailbox => {
  if (text === "") return invalid("has nothing after the @");
  if (text.length > 1_000) return invalid("has a domain that is too long");
  if (text.startsWith("[")) return invalid("has an IP address in brackets instead of a domain");
  if (text.endsWith(".")) return invalid("ends with a dot");
  if (text.startsWith(".")) return invalid("has a domain that starts with a dot");
  if (text.includes("..")) return invalid("has two dots in a row in its domain");
  // domainToASCII also reads numbers as IPv4 addresses ("0x7f.1"), so plain ASCII does not go through it.
  const domain = NON_ASCII.test(text) ? domainToASCII(text).toLowerCase() : text.toLowerCase();
  if (domain === "") return invalid("has a domain that is not a valid internationalised name");
  if (domain.length > messageLimits.domainBytes) return invalid("has a domain over 253 characters");
  const labels = domain.split(".");
  if (labels.length < 2) return invalid("has a domain without a dot");
  for (const label of labels) {
    if (label.length > messageLimits.domainLabelBytes)
      return invalid("has a domain label over 63 characters");
    if (!DOMAIN_LABEL.test(label))
      return invalid("has a domain with a character or hyphen that is not allowed");
  }
  // RFC 3696 §2: a top-level domain is not all digits, so this is an address of the other kind.
  if (/^\d+$/.test(labels.at(-1) ?? "")) return invalid("has an IP address instead of a domain");
  return { kind: "domain", domain };
};

const parseAddrSpec = (text: string, name: string | undefined): Mailbox | InvalidMailbox => {
  let localPart: string;
  let domainText: string;
  if (text.startsWith('"')) {
    const quoted = readQuoted(text);
    if (quoted === undefined) return invalid("has an opening quote without a closing one");
    if (!quoted.rest.startsWith("@")) return invalid("has no @ after the quoted local part");
    if (quoted.content === "") return invalid("has nothing before the @");
    // RFC 5321 §4.1.2: the quoted form SHOULD NOT be used where the plain one works, and both are the same mailbox.
    localPart =
      localPartProblem(quoted.content) === undefined
        ? quoted.content
        : `"${quoted.content.replace(/["\\]/g, "\\$&")}"`;
    domainText = quoted.rest.slice(1);
  } else {
    const at = text.indexOf("@");
    if (at === -1) return invalid("has no @");
    if (text.indexOf("@", at + 1) !== -1) return invalid("has more than one @");
    localPart = text.slice(0, at);
    domainText = text.slice(at + 1);
    const problem = localPartProblem(localPart);
    if (problem !== undefined) return invalid(problem);
  }
  if (Buffer.byteLength(localPart) > messageLimits.localPartBytes) {
    return invalid("has more than 64 octets before the @");
  }
  const domain = parseDomain(domainText);
  if (domain.kind === "invalid") return domain;
  const address = `${localPart}@${domain.domain}`;
  if (Buffer.byteLength(address) > messageLimits.addressBytes) return invalid("is over 254 octets long");
  const needsSmtpUtf8 = NON_ASCII.test(localPart);
  const mailbox = { kind: "mailbox", address, localPart, domain: domain.domain, needsSmtpUtf8 } as const;
  return name === undefined || name === "" ? mailbox : { ...mailbox, name };
};

/**
 * Reads one mailbox as RFC 5322 §3.4 writes it: `a@b.test`, `Shop <shop@b.test>`, `"Q, X" <q@x.test>`.
 * Strict, because what passes here goes into envelopes and headers: no comments, no routes, no domain literals,
 * no control characters. An RFC 2047 display name is decoded.
 *
 * @returns the mailbox, or `kind: "invalid"` with a reason that continues "The address ...".
 */
export const parseMailbox = (input: string): Mailbox | InvalidMailbox => {
  if (input.length > 2_000) return invalid("is too long");
  const text = input.trim();
  const control = firstControl(text);
  if (control === 0x0d || control === 0x0a) return invalid("contains CR or LF");
  if (control !== -1) return invalid("contains a control character");
  if (!text.isWellFormed()) return invalid("contains half of a Unicode character");
  if (text === "") return invalid("is empty");
  if (!text.endsWith(">")) {
    if (text.includes("<")) return invalid("has a < without a closing >");
    return parseAddrSpec(text, undefined);
  }

  let name: string;
  let rest: string;
  if (text.startsWith('"')) {
    const quoted = readQuoted(text);
    if (quoted === undefined) return invalid("has an opening quote without a closing one");
    name = quoted.content.trim();
    rest = quoted.rest.trimStart();
    if (!rest.startsWith("<")) return invalid("has text between the quoted name and the <");
  } else {
    const open = text.indexOf("<");
    if (open === -1) return invalid("has a > without an opening <");
    name = text.slice(0, open).trim();
    rest = text.slice(open);
    const special = NAME_SPECIAL.exec(name);
    if (special !== null)
      return invalid(`has a ${special[0]} in its display name, which needs double quotes`);
    name = decodeEncodedWords(name);
    if (firstControl(name) !== -1) return invalid("contains a control character");
  }
  if (name.length > messageLimits.displayNameChars) return invalid("has a display name over 512 characters");
  return parseAddrSpec(rest.slice(1, -1).trim(), name);
};

/** Cuts a list at the commas that stand outside quotes and angle brackets. */
const splitList = (text: string): string[] => {
  const items: string[] = [];
  let start = 0;
  let quoted = false;
  let angled = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (quoted && char === "\\") i++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === "<") angled = true;
    else if (!quoted && char === ">") angled = false;
    else if (char === "," && !quoted && !angled) {
      items.push(text.slice(start, i));
      start = i + 1;
      if (items.length > messageLimits.mailboxListEntries) return items;
    }
  }
  items.push(text.slice(start));
  return items;
};

/**
 * Reads a comma-separated list of mailboxes, at most 1,000.
 *
 * @returns all of them, or the first that is wrong with its position (`index`, from 0). An empty list is invalid.
 */
export const parseMailboxList = (
  input: string,
): { kind: "mailboxes"; mailboxes: Mailbox[] } | { kind: "invalid"; reason: string; index: number } => {
  const mailboxes: Mailbox[] = [];
  const items = splitList(input);
  if (items.length > messageLimits.mailboxListEntries) {
    return { kind: "invalid", reason: "is one of more than 1,000", index: messageLimits.mailboxListEntries };
  }
  for (const [index, item] of items.entries()) {
    const parsed = parseMailbox(item);
    if (parsed.kind === "invalid") return { kind: "invalid", reason: parsed.reason, index };
    mailboxes.push(parsed);
  }
  return { kind: "mailboxes", mailboxes };
};
