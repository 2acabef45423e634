import type { Logger } from "@waxwing/runtime";
import { type Database, isLoginGood, type MailboxLogin } from "@waxwing/store";
import type { ChangeFeed } from "./change-feed.ts";

/**
 * Calls `onRevoked` once when a login is good no more: its app password was deleted, the mailbox's password changed, or the mailbox
 * is gone. Each of these is announced under the id of what has changed; whoever hears of it too often asks the store once more.
 *
 * @returns a function that ends this
 */
export function watchLogin(
  { db, listen, log }: { readonly db: Database; readonly listen: ChangeFeed; readonly log: Logger },
  mailboxId: string,
  login: MailboxLogin,
  onRevoked: () => void,
): () => void {
  let isOver = false;
  const look = async (): Promise<void> => {
    if (isOver || (await isLoginGood(db, mailboxId, login)) || isOver) return;
    stop();
    onRevoked();
  };
  const onChange = () => {
    // The connection to the database is lost: when it is there again, the feed tells everybody once more.
    look().catch((err: unknown) => log.warn({ event: "mailboxes.login_watch_failed", err }));
  };
  const ids = login.kind === "app-password" ? [mailboxId, login.id] : [mailboxId];
  const subscriptions = ids.map((id) => listen.subscribe(id, onChange));
  const stop = () => {
    isOver = true;
    for (const unsubscribe of subscriptions) unsubscribe();
  };
  return stop;
}
