import { type Refusal, refuse, type SmtpCredentials } from "@waxwing/protocols";
import { type Clock, equalSecrets, hashApiKeySecret, type Logger, parseApiKey } from "@waxwing/runtime";
import { type Database, effectiveScopes, findApiKey, judgeApiKey, touchApiKey } from "@waxwing/store";

/** Who submits: the holder of an API key that may send. */
export interface Submitter {
  readonly projectId: string;
  readonly keyId: string;
}

/** A refusal takes this long whatever was wrong, so that its time tells a guesser nothing and costs him a little. */
const REFUSAL_MS = 500;

const badCredentials = refuse(535, "5.7.8", "Authentication credentials invalid"); // RFC 4954 §6
const tryLater = refuse(454, "4.7.0", "Temporary authentication failure"); // RFC 4954 §6

/**
 * Checks `AUTH`: the user `apikey`, an API key as the password, with the scope `send` or `*`, not expired, from an address that
 * the key allows.
 *
 * @returns the submitter; 535 5.7.8 whatever is wrong with the credentials; 454 4.7.0 when the database is away.
 */
export function createSubmitterCheck(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}): (
  credentials: SmtpCredentials,
) => Promise<{ readonly kind: "ok"; readonly principal: Submitter } | Refusal> {
  const { db, clock, log } = options;

  const findSubmitter = async (credentials: SmtpCredentials): Promise<Submitter | null> => {
    const { username, remoteAddress } = credentials;
    const password = "password" in credentials ? credentials.password : credentials.token;
    const { publicId, secret } = parseApiKey(password);
    // Looked up for any user name: the time to an answer must not depend on it.
    const key = await findApiKey(db, publicId);
    if (key === null || !equalSecrets(hashApiKeySecret(secret), key.secretHash)) return null;
    const scopes = effectiveScopes(key.scopes);
    if (username !== "apikey" || !(scopes.has("send") || scopes.has("*"))) return null;
    if (judgeApiKey(key, { nowMs: clock.now(), remoteAddress }) !== "ok") return null;
    // Nobody waits for it, and a login must not fail for it.
    touchApiKey(db, key, clock.now()).catch((err: unknown) =>
      log.warn({ event: "api-key.touch-failed", keyId: key.id, err }),
    );
    return { projectId: key.projectId, keyId: key.id };
  };

  return async (credentials) => {
    const startedAtMs = clock.now();
    const { sessionId: session, remoteAddress: remote, mechanism } = credentials;
    try {
      const principal = await findSubmitter(credentials);
      if (principal !== null) return { kind: "ok", principal };
      // Not the user name: people type their password there.
      log.info({ event: "submission.login-refused", session, remote, mechanism });
      await clock.sleep(Math.max(0, REFUSAL_MS - (clock.now() - startedAtMs)));
      return badCredentials;
    } catch (err) {
      log.error({ event: "submission.login-failed", session, err });
      return tryLater;
    }
  };
}
