import type { Decoder } from "./decoder.ts";
import { bad, no } from "./imap-error.ts";

/** Characters of an entry name: room for a vendor's path, and no more rows than that in an index. */
const MAX_ENTRY_CHARS = 200;

/**
 * An entry name (RFC 5464 §3), without case. Deviation: `/shared/` entries are the owner's alone, like `/private/` ones, because a
 * mailbox has one user.
 */
export function parseEntryName(args: Decoder): string {
  const name = args.astring().toLowerCase();
  // RFC 5464 §4: "*" and "%" are forbidden, "/" neither doubles nor ends a name.
  if (!/^(?:\/(?![*%/])[\x21-\x7e]+)$/.test(name) || /[*%]|\/\/|\/$/.test(name))
    throw bad("Invalid entry name");
  if (name.length > MAX_ENTRY_CHARS) throw no("METADATA MAXSIZE 200", "Entry name too long");
  if (!/^\/(?:private|shared)(?:\/|$)/.test(name)) throw no("CANNOT", "Entries are /private/ or /shared/");
  return name;
}
