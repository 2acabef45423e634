import {
  type Clock,
  equalSecrets,
  hashApiKeySecret,
  type Logger,
  parseApiKey,
  type TokenVerifier,
} from "@waxwing/runtime";
import {
  type Database,
  effectiveScopes,
  findApiKey,
  findMailbox,
  findProjectDomainByName,
  judgeApiKey,
  type StoredMailboxAccount,
  touchApiKey,
} from "@waxwing/store";

/** Whose mailbox a token opens; `refused` has a reason for the log. `unavailable`: the issuer of tokens does not answer. */
export type BearerVerdict =
  | { readonly kind: "ok"; readonly mailbox: StoredMailboxAccount }
  | { readonly kind: "refused" | "unavailable"; readonly reason: string };

/** What a client shows (RFC 7628): whose mailbox it wants, empty where the token says so, and the token. */
interface BearerLogin {
  readonly username: string;
  readonly token: string;
  readonly remoteAddress: string;
}

/** Changing mail takes the right to change mailboxes: a key with it could set a new password as well. */
const SCOPE = "mailboxes:write";

const refused = (reason: string): BearerVerdict => ({ kind: "refused", reason });

/**
 * Checks bearer tokens as submission does: an API key with the scope `mailboxes:write` or `*` opens the mailboxes of its project, a
 * token of the configured issuer that of the user it names, as long as the domain is the project's.
 *
 * @param options.tokens null: no issuer is configured
 */
export function createBearerCheck(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tokens: TokenVerifier | null;
}): (login: BearerLogin) => Promise<BearerVerdict> {
  const { db, clock, log, tokens } = options;

  const withApiKey = async ({ username, token, remoteAddress }: BearerLogin): Promise<BearerVerdict> => {
    const { publicId, secret } = parseApiKey(token);
    const key = await findApiKey(db, publicId);
    if (key === null || !equalSecrets(hashApiKeySecret(secret), key.secretHash)) return refused("key");
    const scopes = effectiveScopes(key.scopes);
    if (!scopes.has(SCOPE) && !scopes.has("*")) return refused("scope");
    const verdict = judgeApiKey(key, { nowMs: clock.now(), remoteAddress });
    if (verdict !== "ok") return refused(verdict);
    const mailbox = await findMailbox(db, username);
    if (mailbox === null || mailbox.projectId !== key.projectId) return refused("mailbox");
    touchApiKey(db, key, clock.now()).catch((err: unknown) =>
      log.warn({ event: "api-key.touch-failed", keyId: key.id, err }),
    );
    return { kind: "ok", mailbox };
  };

  const withToken = async (verify: TokenVerifier, login: BearerLogin): Promise<BearerVerdict> => {
    const verified = await verify(login.token);
    if (verified.kind !== "ok") return verified;
    const { username } = verified;
    if (login.username !== "" && login.username.toLowerCase() !== username)
      return refused("the token is another user's");
    const mailbox = await findMailbox(db, username);
    if (mailbox === null) return refused("the token's user has no mailbox");
    // A domain may have gone to another project since: a token of its people must not open the old one's mail.
    const domain = await findProjectDomainByName(
      db,
      mailbox.projectId,
      username.slice(username.lastIndexOf("@") + 1),
    );
    if (domain === null || domain.verifiedAt === null)
      return refused("the domain of the user is not the project's");
    return { kind: "ok", mailbox };
  };

  return (login) => {
    if (tokens !== null && isJwt(login.token)) return withToken(tokens, login);
    return withApiKey(login);
  };
}

/** The base64url of `{"`: every JSON Web Token begins with it, and no API key of ours does. */
const isJwt = (token: string): boolean => token.startsWith("eyJ") && token.split(".").length === 3;
