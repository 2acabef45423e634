import type { Database } from "./database.ts";
import { connectAlone } from "./mail-transaction.ts";

/** A connection that holds locks on maildrops; they are given back at the latest when it ends, however it ends. */
export interface MaildropLocker extends AsyncDisposable {
  /** Resolves when the connection is gone and every lock with it. */
  readonly ended: Promise<void>;
  /** False: another connection holds it. The same connection gets it again and again: who shares one keeps count. */
  readonly lock: (folderId: string) => Promise<boolean>;
  readonly unlock: (folderId: string) => Promise<void>;
}

/** Opens a connection of its own for locks: session-level advisory locks, which no crash can leave behind. */
export async function connectMaildropLocker(db: Database): Promise<MaildropLocker> {
  const client = await connectAlone(db, "waxwing maildrop locks");
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  client.on("end", resolve);
  const key = "hashtextextended('waxwing.maildrop.' || $1::text, 0)";
  return {
    ended,
    async lock(folderId) {
      const { rows } = await client.query<{ locked: boolean }>(
        `SELECT pg_try_advisory_lock(${key}) AS locked`,
        [folderId],
      );
      return rows[0]?.locked === true;
    },
    async unlock(folderId) {
      await client.query(`SELECT pg_advisory_unlock(${key})`, [folderId]);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
