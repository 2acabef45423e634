import { encodeWords, needsEncodedWords } from "./encode-word.ts";
import { formatHeaderField, type HeaderLine } from "./header-field.ts";
import { MessageError } from "./message-error.ts";

/** What a header says about a mailbox: the address as parseMailbox returned it, the display name as plain text. */
export type HeaderMailbox = { readonly name?: string | undefined; readonly address: string };

// RFC 5322 §3.2.3: a display name of these needs no quotes. No dot: that would be the obsolete phrase.
const PLAIN_NAME = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/;
// A quoted-string may be folded only at its spaces, so a long one is written as encoded-words instead.
const QUOTED_NAME_CHARS = 400;

/**
 * Formats a mailbox for a header: plain, quoted, or with RFC 2047 encoded-words, as its name needs.
 *
 * @param usedChars characters before it on its line, so that encoded-words stay within 76.
 * @throws MessageError `header-value` for CR, LF or NUL in the name or address.
 */
export const formatMailbox = (mailbox: HeaderMailbox, usedChars = 0): string => {
  const { address } = mailbox;
  const name = mailbox.name?.trim() ?? "";
  for (const text of [mailbox.name ?? "", address]) {
    if (text.includes("\r") || text.includes("\n") || text.includes("\0")) {
      throw new MessageError("header-value", "a mailbox contains CR, LF or NUL");
    }
  }
  if (name === "") return address;
  if (PLAIN_NAME.test(name) && !needsEncodedWords(name)) return `${name} <${address}>`;
  if (needsEncodedWords(name) || name.length > QUOTED_NAME_CHARS)
    return `${encodeWords(name, usedChars)} <${address}>`;
  return `"${name.replace(/["\\]/g, "\\$&")}" <${address}>`;
};

/** Writes an address field (From, To, Cc, Reply-To), folded between its words. Throws as formatMailbox does. */
export const formatAddressField = (name: string, mailboxes: readonly HeaderMailbox[]): HeaderLine =>
  formatHeaderField(name, mailboxes.map((mailbox) => formatMailbox(mailbox, name.length + 2)).join(", "));
