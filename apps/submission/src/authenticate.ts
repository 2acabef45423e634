import type { LoginThrottle, PasswordVerifier } from "@waxwing/mailboxes";
import { type Refusal, refuse, type SmtpCredentials } from "@waxwing/protocols";
import {
  type Clock,
  equalSecrets,
  hashApiKeySecret,
  type Logger,
  parseApiKey,
  type TokenVerifier,
} from "@waxwing/runtime";
import {
  type AppPassword,
  type Database,
  effectiveScopes,
  findApiKey,
  findMailboxLogin,
  findProjectDomainByName,
  findSmtpCredential,
  hashAppPassword,
  judgeApiKey,
  type MailboxLogin,
  type SmtpCredential,
  type StoredMailboxAccount,
  touchApiKey,
  touchAppPassword,
  touchSmtpCredential,
} from "@waxwing/store";
import type { Submitter } from "./submitter.ts";

/** A refusal takes this long whatever was wrong, so that its time tells a guesser nothing and costs him a little. */
const REFUSAL_MS = 500;

/** RFC 5321 §4.5.3.1.3: no address is longer. */
const LONGEST_NAME = 320;

const badCredentials = refuse(535, "5.7.8", "Authentication credentials invalid"); // RFC 4954 §6
const tryLater = refuse(454, "4.7.0", "Temporary authentication failure"); // RFC 4954 §6
const tooOften = refuse(454, "4.7.0", "Too many failed logins, try again later");

/** What one login attempt came to; `refused` has a reason for the log. */
type Login =
  | { readonly kind: "ok"; readonly principal: Submitter }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "later"; readonly answer: Refusal; readonly reason: string };

const refused = (reason: string): Login => ({ kind: "refused", reason });

/**
 * Checks `AUTH`. The user `apikey` shows an API key with the scope `send` or `*` as its password or as its bearer token; any other
 * user name is that of an SMTP credential, with its password, or with a token of the configured issuer that names it; or an address of
 * a mailbox, with its password or an app password that may submit. Keys and
 * credentials count only while they last, and from an address they allow.
 *
 * @param options.tokens null: no issuer is configured.
 * @returns the submitter; 535 5.7.8 whatever is wrong with the credentials; 454 4.7.0 when the database or the issuer is away, or
 *   the client has failed too often.
 */
export function createSubmitterCheck(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tokens: TokenVerifier | null;
  readonly passwords: PasswordVerifier;
  readonly throttle: LoginThrottle;
}): (
  credentials: SmtpCredentials,
) => Promise<{ readonly kind: "ok"; readonly principal: Submitter } | Refusal> {
  const { db, clock, log, tokens, passwords, throttle } = options;

  const withApiKey = async (text: string, remoteAddress: string): Promise<Login> => {
    const { publicId, secret } = parseApiKey(text);
    const key = await findApiKey(db, publicId);
    if (key === null || !equalSecrets(hashApiKeySecret(secret), key.secretHash)) return refused("key");
    const scopes = effectiveScopes(key.scopes);
    if (!scopes.has("send") && !scopes.has("*")) return refused("scope");
    const verdict = judgeApiKey(key, { nowMs: clock.now(), remoteAddress });
    if (verdict !== "ok") return refused(verdict);
    // Nobody waits for it, and a login must not fail for it.
    touchApiKey(db, key, clock.now()).catch((err: unknown) =>
      log.warn({ event: "api-key.touch-failed", keyId: key.id, err }),
    );
    const { id: keyId, projectId } = key;
    return { kind: "ok", principal: { projectId, keyId, kind: "api-key", untilMs: null } };
  };

  const withCredential = (
    credential: SmtpCredential,
    remoteAddress: string,
    untilMs: number | null,
  ): Login => {
    const verdict = judgeApiKey(credential, { nowMs: clock.now(), remoteAddress });
    if (verdict !== "ok") return refused(verdict);
    touchSmtpCredential(db, credential, clock.now()).catch((err: unknown) =>
      log.warn({ event: "smtp-credential.touch-failed", keyId: credential.id, err }),
    );
    const { id: keyId, projectId } = credential;
    return { kind: "ok", principal: { projectId, keyId, kind: "smtp-credential", untilMs } };
  };

  const ownerOf = ({ id, projectId }: StoredMailboxAccount, login: MailboxLogin): Login => {
    const keyId = login.kind === "app-password" ? login.id : id;
    const principal = { projectId, keyId, kind: "mailbox", untilMs: null, mailbox: { id, login } } as const;
    return { kind: "ok", principal };
  };

  const withAppPassword = (mailbox: StoredMailboxAccount, appPassword: AppPassword): Login => {
    if (!appPassword.scopes.includes("submission")) return refused("scope");
    touchAppPassword(db, appPassword, clock.now()).catch((err: unknown) =>
      log.warn({ event: "app-password.touch-failed", keyId: appPassword.id, err }),
    );
    return ownerOf(mailbox, { kind: "app-password", id: appPassword.id });
  };

  const withPassword = async (username: string, password: string, remote: string): Promise<Login> => {
    const isPossible = username.length <= LONGEST_NAME && !username.includes("\0");
    const [credential, found] = isPossible
      ? await Promise.all([
          findSmtpCredential(db, username.toLowerCase()),
          findMailboxLogin(db, username, hashAppPassword(password)),
        ])
      : [null, null];
    if (found !== null && found.appPassword !== null)
      return withAppPassword(found.mailbox, found.appPassword);
    // A program that logs in for every message costs one scrypt in five minutes, not one for each.
    const account = credential ?? found?.mailbox ?? null;
    const isKnown = account !== null && passwords.isKnown(account, password);
    // Who guesses from many addresses at once must not keep those out who were right a moment ago.
    if (!isKnown && throttle.isBlocked(remote, username)) {
      return { kind: "later", answer: tooOften, reason: "failed too often" };
    }
    // Also without an account: the time to an answer must not tell whether there is one.
    const check = isKnown ? ({ kind: "match" } as const) : await passwords.verify(account, password);
    if (check.kind === "busy") return { kind: "later", answer: tryLater, reason: "busy" };
    if (check.kind === "match" && credential !== null) return withCredential(credential, remote, null);
    if (check.kind === "match" && found !== null) {
      return ownerOf(found.mailbox, { kind: "password", passwordHash: found.mailbox.passwordHash });
    }
    throttle.failed(remote, username);
    return refused("password");
  };

  const withToken = async (
    verify: TokenVerifier,
    username: string,
    token: string,
    remote: string,
  ): Promise<Login> => {
    const verified = await verify(token);
    if (verified.kind === "refused") return refused(verified.reason);
    if (verified.kind === "unavailable") {
      return { kind: "later", answer: tryLater, reason: verified.reason };
    }
    if (username !== "" && username.toLowerCase() !== verified.username) {
      return refused("the token is another user's");
    }
    const credential = await findSmtpCredential(db, verified.username);
    if (credential === null) return refused("no SMTP credential has the name of the token's user");
    if (!(await isStillOwned(credential))) return refused("the domain of the user is not the project's");
    return withCredential(credential, remote, verified.expiresAtMs);
  };

  /** A domain may have gone to another project since; a token of its people must not open the old one. */
  const isStillOwned = async ({ username, projectId }: SmtpCredential): Promise<boolean> => {
    const at = username.lastIndexOf("@");
    if (at === -1) return true;
    const domain = await findProjectDomainByName(db, projectId, username.slice(at + 1));
    return domain !== null && domain.verifiedAt !== null;
  };

  const logIn = async (credentials: SmtpCredentials): Promise<Login> => {
    const { username, remoteAddress } = credentials;
    if ("password" in credentials) {
      if (username === "apikey") return await withApiKey(credentials.password, remoteAddress);
      return await withPassword(username, credentials.password, remoteAddress);
    }
    const { token } = credentials;
    if (tokens !== null && isJwt(token)) return await withToken(tokens, username, token, remoteAddress);
    if (username !== "" && username !== "apikey") return refused("an API key has the user apikey");
    return await withApiKey(token, remoteAddress);
  };

  return async (credentials) => {
    const startedAtMs = clock.now();
    const { sessionId: session, remoteAddress: remote, mechanism } = credentials;
    try {
      const login = await logIn(credentials);
      if (login.kind === "ok") return login;
      // Not the user name: people type their password there.
      const { reason } = login;
      log.info({ event: "submission.login-refused", session, remote, mechanism, reason });
      if (login.kind === "later") return login.answer;
      await clock.sleep(Math.max(0, REFUSAL_MS - (clock.now() - startedAtMs)));
      return badCredentials;
    } catch (err) {
      log.error({ event: "submission.login-failed", session, err });
      return tryLater;
    }
  };
}

/** The base64url of `{"`: every JSON Web Token begins with it, and no API key of ours does. */
const isJwt = (token: string): boolean => token.startsWith("eyJ") && token.split(".").length === 3;
