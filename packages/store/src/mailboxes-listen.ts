import type { Database } from "./database.ts";
import { connectAlone, type FolderChange, MAILBOX_CHANNEL, parseAnnouncement } from "./mail-transaction.ts";

/** A connection that hears of every change of every folder. */
export interface MailboxListener extends AsyncDisposable {
  /** Resolves when the connection is gone, for whatever reason. */
  readonly ended: Promise<void>;
  /** Asks the server for a sign of life; rejects when there is none within ten seconds. */
  readonly ping: () => Promise<void>;
}

/**
 * Opens a connection of its own that listens. Resolves once it does: what commits from then on is heard.
 *
 * @param onChange called with each folder that has changed; must not throw
 */
export async function listenToMailboxes(
  db: Database,
  onChange: (change: FolderChange) => void,
): Promise<MailboxListener> {
  const client = await connectAlone(db, "waxwing mailbox changes");
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  client.on("end", resolve);
  client.on("notification", ({ payload }) => {
    if (payload !== undefined) onChange(parseAnnouncement(payload));
  });
  try {
    await client.query(`LISTEN ${MAILBOX_CHANNEL}`);
  } catch (error) {
    await client.end();
    throw error;
  }
  return {
    ended,
    async ping() {
      await client.query("SELECT");
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
