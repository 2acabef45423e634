/**
 * Every bound a peer can run into on the mailbox doors, in one place, each with its reason. A peer that hits one
 * gets a clear refusal or a closed connection; no bound is "as much as memory holds".
 */
export interface WireLimits {
  /** Connections open at once per listener; the next one is told so and closed. */
  readonly maxConnections: number;
  /** Octets of one command line without its literals. */
  readonly maxLineBytes: number;
  /** Octets of a literal that is not a message. */
  readonly maxLiteralBytes: number;
  /** Literals in one command. */
  readonly maxLiterals: number;
  /** The same before login. */
  readonly maxLiteralsBeforeLogin: number;
  /** Octets of an APPENDed message. */
  readonly maxAppendBytes: number;
  /** Messages in one APPEND (RFC 3502). */
  readonly maxAppendMessages: number;
  /** Octets of all messages in one APPEND. */
  readonly maxAppendCommandBytes: number;
  /** Octets of APPEND literals held in memory by all connections of a server together. */
  readonly maxAppendBytesInFlight: number;
  /** Connections that may be compressed at once. */
  readonly maxCompressed: number;
  /** Depth of parentheses in a command. */
  readonly maxNesting: number;
  /** Ranges in one sequence set, and patterns, keys or items in one list. */
  readonly maxListItems: number;
  /** Failed logins before the connection is closed. */
  readonly maxAuthFailures: number;
  /** Commands in a row that are not understood before the connection is closed. */
  readonly maxBadCommands: number;
  /** Milliseconds for a TLS handshake. */
  readonly handshakeTimeoutMs: number;
  /** Milliseconds from the greeting to a successful login. */
  readonly loginTimeoutMs: number;
  /** Milliseconds without a command after login. */
  readonly idleTimeoutMs: number;
  /** Milliseconds without progress while a literal is being sent to us or an answer is being read from us. */
  readonly stallTimeoutMs: number;
}

/** The limits of an IMAP door. */
export const IMAP_LIMITS: WireLimits = {
  // A phone keeps two or three connections. An idle one costs well under 100 KB, so these fit in 1 GB.
  maxConnections: 10_000,
  // RFC 7162 §4 asks for at least 8,192. Clients that compress badly send UID sets of some 20 KB.
  maxLineBytes: 65_536,
  // User names, passwords, folder names and search strings; nobody has one of 8 KiB.
  maxLiteralBytes: 8_192,
  // The worst honest command is a SEARCH with a literal per key.
  maxLiterals: 64,
  // LOGIN has two. 10,000 strangers hold no more than 4 times 8 KiB each.
  maxLiteralsBeforeLogin: 4,
  // What Gmail and Outlook let in (25 MB) plus base64 rounding and headers.
  maxAppendBytes: 30 * 1024 * 1024,
  // A client that fills a folder sends a few dozen at once.
  maxAppendMessages: 500,
  // Two of the largest: they are all in memory until they are stored together.
  maxAppendCommandBytes: 60 * 1024 * 1024,
  // Eight of the largest at once; without it 1,000 connections could announce 30 GB.
  maxAppendBytesInFlight: 256 * 1024 * 1024,
  // Each takes some 130 KB for its windows and buffers: 128 MB together.
  maxCompressed: 1_000,
  // SEARCH keys nest; Thunderbird's OR chains reach a few dozen. The parser recurses, so depth costs stack.
  maxNesting: 100,
  maxListItems: 20_000,
  maxAuthFailures: 3,
  maxBadCommands: 10,
  handshakeTimeoutMs: 10_000,
  loginTimeoutMs: 60_000,
  // RFC 9051 §5.4: at least 30 minutes. One more, so that a client with a 30 minute timer wins the race.
  idleTimeoutMs: 31 * 60_000,
  stallTimeoutMs: 60_000,
};

/** The limits of a POP3 door. */
export const POP3_LIMITS: WireLimits = {
  ...IMAP_LIMITS,
  // RFC 2449 §4 allows 255 octets; an initial SASL response (RFC 5034 §4) may be longer.
  maxLineBytes: 4_096,
  // RFC 1939 §3: at least 10 minutes.
  idleTimeoutMs: 10 * 60_000,
};
