import { saslMechanisms } from "../wire/sasl-exchange.ts";
import { type ImapIo, mayAuthenticate } from "./imap-session.ts";

/** Extensions that work in every state, each with its RFC. */
const EXTENSIONS = [
  "IMAP4rev1", // RFC 3501
  "IMAP4rev2", // RFC 9051
  "LITERAL+", // RFC 7888; LITERAL- is never shown beside it (§5)
  "ID", // RFC 2971
  "ENABLE", // RFC 5161
  "UTF8=ACCEPT", // RFC 6855
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
  "WITHIN", // RFC 5032
  "CONDSTORE", // RFC 7162
  "QRESYNC", // RFC 7162
  "SORT", // RFC 5256
  "SORT=DISPLAY", // RFC 5957
  "ESORT", // RFC 5267
  "THREAD=ORDEREDSUBJECT", // RFC 5256
  "THREAD=REFERENCES",
  "STATUS=SIZE", // RFC 8438
  "BINARY", // RFC 3516
  "MULTIAPPEND", // RFC 3502
  "REPLACE", // RFC 8508
  "PREVIEW", // RFC 8970
  "OBJECTID", // RFC 8474
  "SAVEDATE", // RFC 8514
  "QUOTA", // RFC 2087
  "QUOTA=RES-STORAGE", // RFC 9208
  "QUOTA=RES-MESSAGE",
] as const;

/** The capability list as it is for this connection now, without the word CAPABILITY. */
export function capabilities(io: ImapIo): string {
  const list: string[] = [...EXTENSIONS];
  if (io.phase.kind !== "not-authenticated") {
    list.push(...AUTHENTICATED_EXTENSIONS, `APPENDLIMIT=${io.limits.maxAppendBytes}`); // RFC 7889
    if (!io.connection.compressed()) list.push("COMPRESS=DEFLATE"); // RFC 4978
    if (io.phase.session.metadata !== undefined) list.push("METADATA"); // RFC 5464
  } else {
    if (io.options.tls === "starttls" && !io.connection.encrypted()) list.push("STARTTLS");
    // RFC 9051 §11.1: LOGINDISABLED while passwords would travel in the clear.
    if (mayAuthenticate(io)) {
      const mechanisms = saslMechanisms(io.options.backend.bearer);
      list.push("SASL-IR", ...mechanisms.map((mechanism) => `AUTH=${mechanism}`));
    } else list.push("LOGINDISABLED");
  }
  return list.join(" ");
}
