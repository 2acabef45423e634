import type { MailboxSession } from "../mailbox-session.ts";
import type { Decoder } from "./decoder.ts";
import type { Completion, ImapIo, SelectedFolder } from "./imap-session.ts";

/** A command in the middle of its work. */
export interface CommandCall {
  readonly io: ImapIo;
  readonly args: Decoder;
  readonly tag: string;
}

/** A call in the authenticated or selected state. */
export interface AuthenticatedCall extends CommandCall {
  readonly session: MailboxSession;
}

/** A call in the selected state. */
export interface SelectedCall extends AuthenticatedCall {
  readonly folder: SelectedFolder;
}

/** Columns every command has. */
interface CommandColumns {
  /** The section of RFC 9051, or the RFC of the extension. */
  readonly rfc: string;
  /** False: refused with PRIVACYREQUIRED while a password may not travel on this connection. */
  readonly preTls: boolean;
  /**
   * Which news of the selected folder the client hears before the tagged answer: all; all but EXPUNGE, for commands
   * with sequence numbers (RFC 9051 §7.5.1); or none. `poll` asks the store even if it has announced nothing.
   */
  readonly updates: "all" | "poll" | "no-expunge" | "none";
}

/** One row of the command table; `in` is the state it needs (`authenticated` includes selected). */
export type CommandRow = CommandColumns &
  (
    | { readonly in: "any" | "not-authenticated"; readonly run: (call: CommandCall) => Promise<Completion> }
    | { readonly in: "authenticated"; readonly run: (call: AuthenticatedCall) => Promise<Completion> }
    | { readonly in: "selected"; readonly run: (call: SelectedCall) => Promise<Completion> }
  );
