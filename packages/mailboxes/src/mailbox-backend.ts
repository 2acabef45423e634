import type { Authentication, Credentials, MailboxBackend } from "@waxwing/protocols";
import { type Clock, hashPassword, type Logger, type TokenVerifier } from "@waxwing/runtime";
import {
  type AppPassword,
  type Database,
  findMailboxLogin,
  hashAppPassword,
  refreshPasswordHash,
  type StoredMailboxAccount,
  touchAppPassword,
} from "@waxwing/store";
import { createBearerCheck } from "./bearer-check.ts";
import { createByteBudget } from "./byte-budget.ts";
import type { ChangeFeed } from "./change-feed.ts";
import { createFolderSnapshots } from "./folder-snapshots.ts";
import { createKeptContents } from "./kept-contents.ts";
import { createKeptRows } from "./kept-rows.ts";
import { createLoginThrottle } from "./login-throttle.ts";
import { createMailboxSession, type SessionRoom } from "./mailbox-session.ts";
import { createMaildropLocks } from "./maildrop-locks.ts";
import { createPasswordVerifier, type PasswordVerifier } from "./password-verifier.ts";
import { createSharedNews } from "./shared-news.ts";

/** Bytes of messages that all sessions of the process are reading at once. */
const MAX_BYTES_IN_FLIGHT = 256 * 1024 * 1024;

/** RFC 5321 §4.5.3.1.3: no address is longer, so no such account exists. */
const LONGEST_ADDRESS = 320;

/**
 * The storage side of IMAP and POP3: logs in by an address of the mailbox and its password or an app password, and opens sessions on the store. Dispose it after
 * the servers; `listen` stays its owner's.
 */
export function createMailboxBackend(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly listen: ChangeFeed;
  /** One of its own when absent. */
  readonly passwords?: PasswordVerifier;
  /** Whose tokens are taken beside our own API keys, and what a refused client is told of them; null: nobody's. */
  readonly issuer?: { readonly verify: TokenVerifier; readonly openIdConfiguration: string } | null;
}): MailboxBackend & AsyncDisposable {
  const { db, clock, log, listen, issuer = null, passwords = createPasswordVerifier({ clock }) } = options;
  const checkBearer = createBearerCheck({ db, clock, log, tokens: issuer?.verify ?? null });
  const throttle = createLoginThrottle({ clock });
  const locks = createMaildropLocks({ db, log });
  const room: SessionRoom = {
    db,
    clock,
    log,
    listen,
    news: createSharedNews({ db, clock, listen }),
    snapshots: createFolderSnapshots({ db }),
    kept: createKeptRows({ db, clock, listen }),
    contents: createKeptContents(),
    locks,
    budget: createByteBudget(MAX_BYTES_IN_FLIGHT),
  };

  async function authenticate(credentials: Credentials): Promise<Authentication> {
    if (credentials.kind === "bearer") return withBearer(credentials);
    const { username, password, remoteAddress, service } = credentials;
    const found = isPossible(username)
      ? await findMailboxLogin(db, username, hashAppPassword(password))
      : null;
    const mailbox = found?.mailbox ?? null;
    if (found !== null && found.appPassword !== null) {
      const { appPassword } = found;
      if (appPassword.scopes.includes(service)) return openWithAppPassword(found.mailbox, appPassword);
      log.info({
        event: "mailboxes.app_password_refused",
        remoteAddress,
        appPassword: appPassword.id,
        service,
      });
      return { kind: "refused" };
    }
    if (mailbox !== null && passwords.isKnown(mailbox, password)) return open(mailbox, mailbox.passwordHash);
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
        return open(mailbox, check.outdated ? await renewHash(mailbox, password) : mailbox.passwordHash);
    }
  }

  function open(mailbox: StoredMailboxAccount, passwordHash: string): Authentication {
    return { kind: "ok", session: createMailboxSession(room, mailbox, { kind: "password", passwordHash }) };
  }

  function openWithAppPassword(mailbox: StoredMailboxAccount, appPassword: AppPassword): Authentication {
    // Nobody waits for it, and a login must not fail for it.
    touchAppPassword(db, appPassword, clock.now()).catch((err: unknown) =>
      log.warn({ event: "mailboxes.app_password_touch_failed", appPassword: appPassword.id, err }),
    );
    const login = { kind: "app-password", id: appPassword.id } as const;
    return { kind: "ok", session: createMailboxSession(room, mailbox, login) };
  }

  /** Tokens cannot be guessed, so nobody is counted; what was wrong with one is for the log. */
  async function withBearer(credentials: Extract<Credentials, { kind: "bearer" }>): Promise<Authentication> {
    const { username, remoteAddress, mechanism } = credentials;
    if (!isPossible(username)) return { kind: "refused" };
    const verdict = await checkBearer(credentials);
    if (verdict.kind === "ok") {
      return { kind: "ok", session: createMailboxSession(room, verdict.mailbox, { kind: "bearer" }) };
    }
    const { kind, reason } = verdict;
    log.info({ event: "mailboxes.bearer_refused", remoteAddress, mechanism, reason });
    return { kind };
  }

  /**
   * The cost of hashes has been raised since: this is the only moment at which the password is known.
   *
   * @returns the hash that is stored now
   */
  async function renewHash(mailbox: StoredMailboxAccount, password: string): Promise<string> {
    try {
      const to = await hashPassword(password);
      await refreshPasswordHash(db, mailbox.id, { from: mailbox.passwordHash, to });
      return to;
    } catch (err) {
      log.warn({ event: "mailboxes.hash_renewal_failed", mailboxId: mailbox.id, err });
      return mailbox.passwordHash;
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
