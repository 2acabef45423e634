import type { SecureContextOptions } from "node:tls";
import type { FolderId, MailboxBackend, MailboxSession } from "../mailbox-session.ts";
import type { WireClock } from "../wire/clock.ts";
import type { Connection } from "../wire/connection.ts";
import type { WireLimits } from "../wire/limits.ts";
import type { MemoryBudget } from "../wire/memory-budget.ts";
import type { WireEvent } from "../wire/wire-event.ts";
import type { TlsMode } from "../wire/wire-server.ts";
import type { SequenceMap } from "./sequence-map.ts";

/** What an IMAP server is made of. */
export interface ImapServerOptions {
  readonly backend: MailboxBackend;
  /** `implicit`: TLS from the first octet (port 993); `starttls`: by command (143); `none`: never. */
  readonly tls: TlsMode;
  /** Certificate and key. Return a new object when they changed; the same object is parsed once. */
  readonly secureContext: () => SecureContextOptions;
  /** `loopback` lets clients on this machine log in without TLS. */
  readonly plaintextAuth: "never" | "loopback";
  readonly limits?: Partial<WireLimits>;
  readonly clock?: WireClock;
  /** Told of failures worth a log line; must not throw. */
  readonly onError?: (event: WireEvent) => void;
}

/** A folder as this client sees it. */
export interface SelectedFolder {
  readonly id: FolderId;
  readonly name: string;
  readonly readOnly: boolean;
  readonly uidValidity: number;
  readonly map: SequenceMap;
  /** Changes up to this modseq have been read from the store. */
  seenModseq: number;
  /**
   * Modseqs of changes after `seenModseq` that this client knows already, by UID, because it made them or was shown them: they are
   * no news at the next look, which empties this.
   */
  readonly told: Map<number, number>;
  /** Expunged UIDs the client has not been told of yet: it may not hear of them during FETCH, STORE and SEARCH. */
  readonly unannounced: Set<number>;
  /** True if the store has said that something changed since the last look. */
  changed: boolean;
  /** Called when `changed` turns true; IDLE waits for it. */
  onChanged: () => void;
  /** `$`, the result saved by SEARCH RETURN (SAVE) (RFC 9051 §6.4.4.1). */
  saved: readonly number[];
  readonly stopWatching: () => void;
}

/** RFC 9051 §3: the states, with what each one has. */
type Phase =
  | { readonly kind: "not-authenticated" }
  | { readonly kind: "authenticated"; readonly session: MailboxSession }
  | { readonly kind: "selected"; readonly session: MailboxSession; readonly folder: SelectedFolder };

/**
 * One connection's state, passed to every command.
 *
 * Invariants: commands run one at a time; only SELECT, EXAMINE, CLOSE, UNSELECT, LOGIN and AUTHENTICATE change
 * `phase`; whatever is written between two tagged answers is complete lines.
 */
export interface ImapIo {
  readonly connection: Connection;
  readonly limits: WireLimits;
  readonly options: ImapServerOptions;
  readonly clock: WireClock;
  readonly report: (event: WireEvent) => void;
  phase: Phase;
  /** Extensions switched on by ENABLE or by use: `CONDSTORE`, `IMAP4REV2`. */
  readonly enabled: Set<string>;
  authFailures: number;
  /** The login was taken back while the session was open. */
  revoked: boolean;
  /** What all connections of the server together may compress. */
  readonly compressions: MemoryBudget;
  /** Gives this connection's share of `compressions` back. */
  endCompression: () => void;
  /** Writes `* `, the pieces and CRLF. */
  untagged(...pieces: (string | Buffer)[]): void;
}

/** What a command says at its end. */
export interface Completion {
  readonly status: "OK" | "NO" | "BAD";
  /** Response code without brackets. */
  readonly code?: string;
  readonly text: string;
  /** Runs after the tagged answer is written; `end` closes the connection. */
  readonly afterwards?: () => Promise<"continue" | "end">;
}

/** A plain OK. */
export function ok(text: string, code?: string): Completion {
  return code === undefined ? { status: "OK", text } : { status: "OK", code, text };
}

/** True once the client has said that it speaks IMAP4rev2 (RFC 9051 §6.3.1). */
export function speaksRev2(io: ImapIo): boolean {
  return io.enabled.has("IMAP4REV2");
}

/** True once the client reads and writes UTF-8: folder names are then no longer in modified UTF-7 (RFC 9051 §5.1, RFC 6855 §3). */
export function speaksUtf8(io: ImapIo): boolean {
  return speaksRev2(io) || io.enabled.has("UTF8=ACCEPT");
}

/** True if this client may send a password now. */
export function mayAuthenticate(io: ImapIo): boolean {
  return io.connection.encrypted() || (io.options.plaintextAuth === "loopback" && io.connection.isLoopback);
}

/** Leaves the selected folder, if one is. */
export function unselect(io: ImapIo): void {
  if (io.phase.kind !== "selected") return;
  io.phase.folder.stopWatching();
  io.phase = { kind: "authenticated", session: io.phase.session };
}
