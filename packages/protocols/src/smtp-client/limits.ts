/** What a server can make the client keep or read, with the reason for each number. */
export const SMTP_CLIENT_LIMITS = {
  /** RFC 5321 §4.5.3.1.5 has 512 octets; servers write longer ones, with links to their rules in them. */
  replyLineOctets: 2_048,
  /** EHLO answers have about twenty. */
  replyLines: 100,
  /** A reply is kept whole until it is read. */
  replyOctets: 64 * 1024,
  /** RFC 5321 §4.5.3.1.3 has 256 octets for a path; longer ones are the server's to refuse, but not without end. */
  addressOctets: 1_024,
  /** A block of the message on its way into the socket: no more of it is in flight in this process. */
  blockBytes: 64 * 1024,
  /** Of a conversation, what is kept of its beginning and of its end together. */
  conversationChars: 8 * 1024,
} as const;
