import type { MailboxSession } from "../mailbox-session.ts";
import type { Connection } from "./connection.ts";

/** The part of a connection's state that says why it is being ended. */
interface Interruptible {
  readonly connection: Connection;
  /** Set when the login was taken back: the client is told so, and not that the server stops. */
  revoked: boolean;
}

/** Has the connection say goodbye when what its client logged in with is taken back. */
export function interruptWhenRevoked(io: Interruptible, session: MailboxSession): void {
  session.onRevoked?.(() => {
    io.revoked = true;
    io.connection.interrupt();
  });
}
