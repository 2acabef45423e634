import type { Logger } from "@waxwing/runtime";
import { connectMaildropLocker, type Database, type MaildropLocker } from "@waxwing/store";

/** The exclusive locks of POP3 (RFC 1939 §4) held by this process. */
export interface MaildropLocks extends AsyncDisposable {
  /** Null: another session, here or in another process, holds it. Call the result to give it back. */
  take(folderId: string): Promise<(() => Promise<void>) | null>;
}

/**
 * Keeps all locks of the process on one dedicated connection, opened at the first one. A process that dies takes its
 * connection along, and so its locks; a client that dies is noticed by the server's idle time-out.
 *
 * When the connection is lost, sessions go on without protection from other processes until the next lock is taken here,
 * which takes theirs again. That is safe: POP3 deletes by UID, and a UID never names another message.
 */
export function createMaildropLocks(options: { readonly db: Database; readonly log: Logger }): MaildropLocks {
  const { db, log } = options;
  /** Invariant: who is in here has the lock within this process; the connection decides between processes. */
  const held = new Set<string>();
  let connection: Promise<MaildropLocker> | null = null;

  function connect(): Promise<MaildropLocker> {
    if (connection !== null) return connection;
    const earlier = [...held];
    const opening = (async () => {
      const locker = await connectMaildropLocker(db);
      void locker.ended.then(() => {
        if (connection !== opening) return;
        connection = null;
        if (held.size > 0) log.warn({ event: "mailboxes.maildrop_locks_lost", locks: held.size });
      });
      for (const folderId of earlier) await locker.lock(folderId);
      return locker;
    })();
    connection = opening;
    opening.catch(() => {
      if (connection === opening) connection = null;
    });
    return opening;
  }

  return {
    async take(folderId) {
      if (held.has(folderId)) return null;
      const locker = await connect();
      if (held.has(folderId)) return null;
      held.add(folderId);
      let locked = false;
      try {
        locked = await locker.lock(folderId);
      } finally {
        if (!locked) held.delete(folderId);
      }
      if (!locked) return null;
      let released = false;
      return async () => {
        if (released) return;
        released = true;
        try {
          // A connection that is gone has given everything back itself.
          if (connection !== null) await (await connection).unlock(folderId);
        } catch (err) {
          log.warn({ event: "mailboxes.maildrop_unlock_failed", err });
        } finally {
          held.delete(folderId);
        }
      };
    },
    async [Symbol.asyncDispose]() {
      const last = connection;
      connection = null;
      if (last !== null) await (await last)[Symbol.asyncDispose]();
    },
  };
}
