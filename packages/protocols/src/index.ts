export { createImapServer } from "./imap/imap-server.ts";
export type { ImapServerOptions } from "./imap/imap-session.ts";
export {
  type SearchedRow,
  type SearchMatcher,
  searchByFetch,
  searchMatcher,
} from "./imap/search-evaluate.ts";
export { foldSearchFields, isKeptField } from "./imap/search-fields.ts";
export type { SearchKey, UidRange } from "./imap/search-program.ts";
export { foldText } from "./imap/search-text.ts";
export { headerEnd, sentListing } from "./imap/sent-listing.ts";
export type * from "./mailbox-session.ts";
export { createLoginDelay } from "./pop3/login-delay.ts";
export { createPop3Server } from "./pop3/pop3-server.ts";
export type { Pop3ServerOptions } from "./pop3/pop3-session.ts";
export * from "./smtp/index.ts";
export * from "./smtp-client/index.ts";
export { systemClock, type WireClock } from "./wire/clock.ts";
export { IMAP_LIMITS, POP3_LIMITS, type WireLimits } from "./wire/limits.ts";
export type { WireEvent } from "./wire/wire-event.ts";
export type { TlsMode, WireServer } from "./wire/wire-server.ts";
