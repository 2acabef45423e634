import { isIPv4, isIPv6 } from "node:net";

/** What stands between the brackets of MAIL FROM and RCPT TO, and what follows them. */
export type ParsedPath =
  | { readonly kind: "path"; readonly address: string; readonly rest: string }
  | { readonly kind: "invalid" };

const invalid: ParsedPath = { kind: "invalid" };

// RFC 5321 §4.5.3.1.3: a path has 256 octets with its brackets. The 64 octets of a local part are not enforced:
// forwarders and VERP senders exceed them, and §4.5.3.1 asks for no limit where none is needed.
const maxAddressOctets = 254;

// C0, C1, and the invisible characters that make two addresses look alike (zero width space, word joiner, BOM).
const unsafe = /\p{Cc}|[\u200B\u2060\uFEFF]/u;

// RFC 5321 §4.1.2 Atom and Quoted-string, RFC 6531 §3.3 adds UTF8-non-ascii to both.
const dotString = /^[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10FFFF}-]+(\.[\w!#$%&'*+/=?^`{|}~\u{80}-\u{10FFFF}-]+)*/u;
const quotedString = /^"(?:[ !#-[\]-~\u{80}-\u{10FFFF}]|\\[ -~])*"/u;
const label = /^[a-z0-9\u{80}-\u{10FFFF}](?:[a-z0-9\u{80}-\u{10FFFF}-]{0,61}[a-z0-9\u{80}-\u{10FFFF}])?$/iu;
const sourceRoute = /^@[^\s,:@<>]+(?:,@[^\s,:@<>]+)*:/;

const isDomain = (domain: string): boolean =>
  domain.length <= 253 && domain.split(".").every((part) => label.test(part));

const isAddressLiteral = (text: string): boolean => {
  const inside = /^\[(.*)\]$/.exec(text)?.[1];
  if (inside === undefined) return false;
  return /^IPv6:/i.test(inside) ? isIPv6(inside.slice(5)) && !inside.includes("%") : isIPv4(inside); // RFC 5321 §4.1.3
};

/** Is the text a Mailbox of RFC 5321 §4.1.2 (with the UTF-8 of RFC 6531 §3.3)? Shape only; no look-up. */
export const isMailbox = (text: string): boolean => {
  if (Buffer.byteLength(text) > maxAddressOctets || unsafe.test(text)) return false;
  const local = (quotedString.exec(text) ?? dotString.exec(text))?.[0];
  if (local === undefined || text[local.length] !== "@") return false;
  const domain = text.slice(local.length + 1);
  return isDomain(domain) || isAddressLiteral(domain);
};

/** Has the text anything outside ASCII? */
export const isAscii = (text: string): boolean => !/[^\p{ASCII}]/u.test(text);

// The path may hold quoted brackets, blanks and at signs, so its end is found by the quotes, not by searching for ">".
const bracketed = /^<((?:"(?:[^"\\]|\\.)*"|[^"<>])*)>(?: +(.*))?$/u;

/**
 * Parses the argument of MAIL FROM: or RCPT TO:, from the opening bracket to the end of the line.
 *
 * A source route is dropped (RFC 5321 §4.1.2: accept and ignore). `address` is the mailbox as the client wrote it
 * (neither case nor A-labels changed), `""` for `<>`, or `postmaster` without a domain (§4.1.1.3), which callers
 * refuse where they have no use for it. `rest` is the text of the ESMTP parameters.
 */
export const parsePath = (argument: string): ParsedPath => {
  const [matched, inside = "", rest = ""] = bracketed.exec(argument) ?? [];
  if (matched === undefined) return invalid;
  const address = inside.replace(sourceRoute, "");
  const shaped = address === "" ? inside === "" : /^postmaster$/i.test(address) || isMailbox(address);
  return shaped ? { kind: "path", address, rest: rest.trim() } : invalid;
};
