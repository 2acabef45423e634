import type { SpecialUse } from "../mailbox-session.ts";

/** The attributes of RFC 6154 §2. */
export const SPECIAL_USES: readonly SpecialUse[] = [
  "\\All",
  "\\Archive",
  "\\Drafts",
  "\\Flagged",
  "\\Junk",
  "\\Sent",
  "\\Trash",
];
