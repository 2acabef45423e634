import type { AppendMessage, Flag } from "../mailbox-session.ts";
import type { Decoder } from "./decoder.ts";
import { bad, no } from "./imap-error.ts";
import { type ImapIo, speaksUtf8 } from "./imap-session.ts";
import { toStorable } from "./storable-message.ts";

/** `[flag-list SP] [date-time SP] literal`, what APPEND and REPLACE have for each message (RFC 9051 §6.3.12). */
export function parseAppendMessage(io: ImapIo, args: Decoder): AppendMessage {
  let flags: readonly Flag[] = [];
  if (args.peek() === "(") {
    flags = args.flagList();
    args.sp();
  }
  let internalDate: Date | null = null;
  if (args.peek() === '"') {
    internalDate = args.dateTime();
    args.sp();
  }
  // RFC 6855 §4: `UTF8 (~{n}...)` for a message whose header is in UTF-8.
  const isUtf8 = args.tryWord("UTF8");
  if (isUtf8) {
    if (!speaksUtf8(io)) throw bad("ENABLE UTF8=ACCEPT first");
    args.sp();
    args.char("(");
  }
  const { bytes, binary } = args.message();
  if (isUtf8) args.char(")");
  // An empty message has no header to show in any list: a client's mistake, or how it calls an APPEND off (RFC 3502 §6.3.11).
  if (bytes.length === 0) throw no("CANNOT", "Empty message");
  const raw = binary ? toStorable(bytes) : bytes;
  if (raw === null) throw no("UNKNOWN-CTE", "NUL outside of a part in binary"); // RFC 3516 §4.4
  return { raw, flags, internalDate };
}
