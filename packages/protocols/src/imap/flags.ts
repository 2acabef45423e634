import type { Flag } from "../mailbox-session.ts";

/** The flags every folder has (RFC 9051 §2.3.2). `\Recent` is session state of IMAP4rev1 and is never set here. */
export const SYSTEM_FLAGS: readonly Flag[] = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"];

/** The flag as this server spells it, or null if clients cannot set it (`\Recent`, unknown system flags). */
export function canonicalFlag(flag: string): Flag | null {
  const known = SYSTEM_FLAGS.find((system) => system.toLowerCase() === flag.toLowerCase());
  return known ?? (flag.startsWith("\\") ? null : flag);
}

/** True if `flags` has `flag`, without regard to case. */
export function hasFlag(flags: readonly Flag[], flag: Flag): boolean {
  return flags.includes(flag) || flags.some((one) => one.toLowerCase() === flag.toLowerCase());
}
