import type { SecureContextOptions } from "node:tls";
import type { FolderId, MailboxBackend, MailboxSession } from "../mailbox-session.ts";
import type { WireClock } from "../wire/clock.ts";
import type { Connection } from "../wire/connection.ts";
import type { WireLimits } from "../wire/limits.ts";
import type { WireEvent } from "../wire/wire-event.ts";
import type { TlsMode } from "../wire/wire-server.ts";
import type { LoginDelay } from "./login-delay.ts";

/** What a POP3 server is made of; the fields are those of `ImapServerOptions`. */
export interface Pop3ServerOptions {
  readonly backend: MailboxBackend;
  /** `implicit`: TLS from the first octet (port 995); `starttls`: by STLS (110); `none`: never. */
  readonly tls: TlsMode;
  /** Certificate and key. Return a new object when they changed. */
  readonly secureContext: () => SecureContextOptions;
  /** `loopback` lets clients on this machine log in without TLS. */
  readonly plaintextAuth: "never" | "loopback";
  readonly limits?: Partial<WireLimits>;
  /** Absent: logins may come as often as they like. */
  readonly loginDelay?: LoginDelay;
  readonly clock?: WireClock;
  /** Told of failures worth a log line; must not throw. */
  readonly onError?: (event: WireEvent) => void;
}

/** A message of the maildrop. Numbers start at 1 and never move within a session (RFC 1939 §5). */
export interface Drop {
  readonly uid: number;
  readonly sizeBytes: number;
  deleted: boolean;
}

/** The locked INBOX. */
export interface Maildrop {
  readonly session: MailboxSession;
  readonly folder: FolderId;
  readonly uidValidity: number;
  readonly drops: readonly Drop[];
  readonly unlock: () => Promise<void>;
}

/** RFC 1939 §3; the UPDATE state is what QUIT does and has no commands. */
type Pop3Phase =
  | { readonly kind: "authorization" }
  | { readonly kind: "transaction"; readonly maildrop: Maildrop };

/**
 * One connection's state. Invariant: the lock is held exactly while `phase` is `transaction`, and given back
 * whichever way the connection ends.
 */
export interface Pop3Io {
  readonly connection: Connection;
  readonly limits: WireLimits;
  readonly options: Pop3ServerOptions;
  readonly clock: WireClock;
  readonly report: (event: WireEvent) => void;
  phase: Pop3Phase;
  /** The name given by USER, until PASS. */
  username: string | null;
  authFailures: number;
  /** The login was taken back while the session was open. */
  revoked: boolean;
}

/** What a command answers: `lines` are sent after the status line, byte-stuffed and ended by a dot. */
export interface Pop3Reply {
  readonly status: "+OK" | "-ERR";
  readonly text: string;
  readonly lines?: readonly string[] | Buffer;
  readonly afterwards?: () => Promise<"continue" | "end">;
}

/** A refusal: `-ERR`, with a response code of RFC 2449 §8 or RFC 3206 in the text where one fits. */
export class Pop3Refusal extends Error {
  constructor(text: string) {
    super(text);
    this.name = "Pop3Refusal";
  }
}

/** True if this client may send a password now. */
export function mayAuthenticate(io: Pop3Io): boolean {
  return io.connection.encrypted() || (io.options.plaintextAuth === "loopback" && io.connection.isLoopback);
}
