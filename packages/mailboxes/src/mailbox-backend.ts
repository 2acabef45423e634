import type { Authentication, Credentials, MailboxBackend } from "@waxwing/protocols";
import { type Clock, hashPassword, type Logger, type TokenVerifier } from "@waxwing/runtime";
import { type Database, findMailbox, refreshPasswordHash, type StoredMailboxAccount } from "@waxwing/store";
import { createBearerCheck } from "./bearer-check.ts";
import { createByteBudget } from "./byte-budget.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { createFolderSnapshots } from "./folder-snapshots.ts";
import { createLoginThrottle } from "./login-throttle.ts";
import { createMailboxSession, type SessionRoom } from "./mailbox-session.ts";
import { createMaildropLocks } from "./maildrop-locks.ts";
import { createPasswordVerifier } from "./password-verifier.ts";
import { createSharedNews } from "./shared-news.ts";

/** Bytes of messages that all sessions of the process are reading at once. */
const MAX_BYTES_IN_FLIGHT = 256 * 1024 * 1024;

/** RFC 5321 §4.5.3.1.3: no address is longer, so no such account exists. */
const LONGEST_ADDRESS = 320;

/**
 * The storage side of IMAP and POP3: logs in by mailbox address and password, and opens sessions on the store. Dispose it after
 * the servers; `listen` stays its owner's.
 */
export function createMailboxBackend(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly listen: ChangeFeed;
  /** Whose tokens are taken beside our own API keys, and what a refused client is told of them; null: nobody's. */
  readonly issuer?: { readonly verify: TokenVerifier; readonly openIdConfiguration: string } | null;
}): MailboxBackend & AsyncDisposable {
  const { db, clock, log, listen, issuer = null } = options;
  const checkBearer = createBearerCheck({ db, clock, log, tokens: issuer?.verify ?? null });
  const passwords = createPasswordVerifier({ clock });
  const throttle = createLoginThrottle({ clock });
  const locks = createMaildropLocks({ db, log });
  const room: SessionRoom = {
    db,
    clock,
    listen,
    news: createSharedNews({ db, clock, listen }),
    snapshots: createFolderSnapshots({ db }),
    locks,
    budget: createByteBudget(MAX_BYTES_IN_FLIGHT),
  };

  async function authenticate(credentials: Credentials): Promise<Authentication> {
    if (credentials.kind === "bearer") return withBearer(credentials);
    const { username, password, remoteAddress } = credentials;
    const mailbox = isPossible(username) ? await findMailbox(db, username) : null;
    if (mailbox !== null && passwords.isKnown(mailbox, password)) return open(mailbox);
    if (throttle.isBlocked(remoteAddress, username)) {
      log.warn({ event: "mailboxes.login_throttled", remoteAddress });
      return { kind: "unavailable" };
    }
    const check = await passwords.verify(mailbox, password);
    switch (check.kind) {
      case "busy":
        log.warn({ event: "mailboxes.logins_busy", remoteAddress });
        return { kind: "unavailable" };
      case "mismatch":
        throttle.failed(remoteAddress, username);
        return { kind: "refused" };
      case "match":
        // Nobody matches an account that does not exist.
        if (mailbox === null) return { kind: "refused" };
        if (check.outdated) await renewHash(mailbox, password);
        return open(mailbox);
    }
  }

  function open(mailbox: StoredMailboxAccount): Authentication {
    return { kind: "ok", session: createMailboxSession(room, mailbox) };
  }

  /** Tokens cannot be guessed, so nobody is counted; what was wrong with one is for the log. */
  async function withBearer(credentials: Extract<Credentials, { kind: "bearer" }>): Promise<Authentication> {
    const { username, remoteAddress, mechanism } = credentials;
    if (!isPossible(username)) return { kind: "refused" };
    const verdict = await checkBearer(credentials);
    if (verdict.kind === "ok") return open(verdict.mailbox);
    const { kind, reason } = verdict;
    log.info({ event: "mailboxes.bearer_refused", remoteAddress, mechanism, reason });
    return { kind };
  }

  /** The cost of hashes has been raised since: this is the only moment at which the password is known. */
  async function renewHash(mailbox: StoredMailboxAccount, password: string): Promise<void> {
    try {
      await refreshPasswordHash(db, mailbox.id, {
        from: mailbox.passwordHash,
        to: await hashPassword(password),
      });
    } catch (err) {
      log.warn({ event: "mailboxes.hash_renewal_failed", mailboxId: mailbox.id, err });
    }
  }

  return {
    // An API key is a token of its own.
    bearer: issuer === null ? {} : { openIdConfiguration: issuer.openIdConfiguration },
    async authenticate(credentials) {
      try {
        return await authenticate(credentials);
      } catch (err) {
        log.error({ event: "mailboxes.login_failed", remoteAddress: credentials.remoteAddress, err });
        return { kind: "unavailable" };
      }
    },
    [Symbol.asyncDispose]: () => locks[Symbol.asyncDispose](),
  };
}

/** U+0000 is no character of an address, and one that PostgreSQL refuses to look for. */
function isPossible(username: string): boolean {
  return username.length <= LONGEST_ADDRESS && !username.includes("\0");
}
