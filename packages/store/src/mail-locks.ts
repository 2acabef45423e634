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
  // Sessions lock whenever they come; the connection takes one query at a time.
  let last: Promise<unknown> = Promise.resolve();
  const ask = (call: "pg_try_advisory_lock" | "pg_advisory_unlock", folderId: string): Promise<boolean> => {
    const text = `SELECT ${call}(hashtextextended('waxwing.maildrop.' || $1::text, 0)) AS done`;
    const answer = last.then(() => client.query<{ done: boolean }>(text, [folderId]));
    last = answer.catch(() => undefined);
    return answer.then(({ rows }) => rows[0]?.done === true);
  };
  return {
    ended,
    lock: (folderId) => ask("pg_try_advisory_lock", folderId),
    async unlock(folderId) {
      await ask("pg_advisory_unlock", folderId);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
