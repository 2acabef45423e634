import type { Database } from "./database.ts";
import { createGroupCommit } from "./group-commit.ts";
import { fileMail, fileTogether, type WantedFiling } from "./mail-filing.ts";

/** What becomes of one message of a group. */
type Filed = { readonly kind: "filed" } | { readonly kind: "failed"; readonly error: unknown };

const WAIT_MS = 1;
const MAX_TOGETHER = 50;
/** A folder is locked until its transaction ends, so more at once would mostly wait for each other. */
const MAX_WRITES = 2;
/** Larger contents travel for so long that others should not wait for them. */
const MAX_ZSTD_BYTES = 64 * 1024;

/**
 * Returns a `fileMail` for mail that arrives over many connections at once: messages of which nothing but events follows share one
 * transaction, so that each costs a fraction of its statements and of its commit. Where that fails, each of them is filed alone, so
 * that a full mailbox is the trouble of its own mail only.
 *
 * The function resolves when the message is durable. @throws as `fileMail` does.
 */
export function createMailFiler(db: Database): (wanted: WantedFiling) => Promise<void> {
  const alone = (wanted: WantedFiling): Promise<Filed> =>
    fileMail(db, wanted).then(
      () => ({ kind: "filed" }),
      (error: unknown) => ({ kind: "failed", error }),
    );
  const group = createGroupCommit<WantedFiling, Filed>({
    waitMs: WAIT_MS,
    maxItems: MAX_TOGETHER,
    maxWrites: MAX_WRITES,
    write: async (wanted) => {
      const [only, ...others] = wanted;
      if (only !== undefined && others.length === 0) return [await alone(only)];
      try {
        await fileTogether(db, wanted);
        return wanted.map(() => ({ kind: "filed" }));
      } catch {
        return await Promise.all(wanted.map(alone));
      }
    },
  });
  return async (wanted) => {
    const filed = await (isPlain(wanted) ? group(wanted) : alone(wanted));
    if (filed.kind === "failed") throw filed.error;
  };
}

/** Nothing else than the folders has to be locked for it. */
function isPlain({ mail, filings, consequences }: WantedFiling): boolean {
  if (filings.length === 0 || mail.zstd.length > MAX_ZSTD_BYTES) return false;
  if (consequences === undefined) return true;
  const { bouncedRecipients, suppressions, unsubscriptions = [], messages = [], inboundMail } = consequences;
  return (
    inboundMail === undefined &&
    bouncedRecipients.length + suppressions.length + unsubscriptions.length + messages.length === 0
  );
}
