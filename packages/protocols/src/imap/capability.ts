import { type ImapIo, mayAuthenticate } from "./imap-session.ts";

/** Extensions that work in every state, each with its RFC. */
const EXTENSIONS = [
  "IMAP4rev1", // RFC 3501
  "IMAP4rev2", // RFC 9051
  "LITERAL+", // RFC 7888
  "ID", // RFC 2971
  "ENABLE", // RFC 5161
] as const;

/** Extensions of the authenticated states, shown after login. */
const AUTHENTICATED_EXTENSIONS = [
  "IDLE", // RFC 2177
  "NAMESPACE", // RFC 2342
  "UIDPLUS", // RFC 4315
  "MOVE", // RFC 6851
  "UNSELECT", // RFC 3691
  "CHILDREN", // RFC 3348
  "SPECIAL-USE", // RFC 6154
  "CREATE-SPECIAL-USE", // RFC 6154 §3
  "LIST-EXTENDED", // RFC 5258
  "LIST-STATUS", // RFC 5819
  "ESEARCH", // RFC 4731
  "SEARCHRES", // RFC 5182
  "CONDSTORE", // RFC 7162
  "STATUS=SIZE", // RFC 8438
] as const;

/** The capability list as it is for this connection now, without the word CAPABILITY. */
export function capabilities(io: ImapIo): string {
  const list: string[] = [...EXTENSIONS];
  if (io.phase.kind !== "not-authenticated") list.push(...AUTHENTICATED_EXTENSIONS);
  else {
    if (io.options.tls === "starttls" && !io.connection.encrypted()) list.push("STARTTLS");
    // RFC 9051 §11.1: LOGINDISABLED while passwords would travel in the clear.
    if (mayAuthenticate(io)) list.push("SASL-IR", "AUTH=PLAIN", "AUTH=LOGIN");
    else list.push("LOGINDISABLED");
  }
  return list.join(" ");
}
