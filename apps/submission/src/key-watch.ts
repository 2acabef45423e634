import type { Clock } from "@waxwing/runtime";
import {
  type ApiKey,
  type Database,
  findApiKeyById,
  findSmtpCredentialById,
  isLoginGood,
  judgeApiKey,
} from "@waxwing/store";
import type { Submitter } from "./submitter.ts";

/** A key or credential that was deleted works this much longer, as over HTTP. */
const TRUST_MS = 5_000;
const MAX_REMEMBERED = 10_000;

/**
 * Tells whether what a session logged in with may still be used. A session may stay open for days; its login says nothing about
 * now.
 *
 * @throws when the database is away.
 */
export function createKeyWatch(options: {
  readonly db: Database;
  readonly clock: Clock;
}): (submitter: Submitter, remoteAddress: string) => Promise<boolean> {
  const { db, clock } = options;
  type Limits = Pick<ApiKey, "expiresAt" | "allowedIps">;
  const cache = new Map<string, { readonly limits: Promise<Limits | null>; readonly untilMs: number }>();
  const findLimits = async ({ keyId, kind, mailbox }: Submitter): Promise<Limits | null> => {
    switch (kind) {
      case "api-key":
        return await findApiKeyById(db, keyId);
      case "smtp-credential":
        return await findSmtpCredentialById(db, keyId);
      case "mailbox":
        return mailbox !== undefined && (await isLoginGood(db, mailbox.id, mailbox.login))
          ? { expiresAt: null, allowedIps: [] }
          : null;
    }
  };
  return async (submitter, remoteAddress) => {
    const { untilMs } = submitter;
    const cacheKey = cacheKeyOf(submitter);
    if (untilMs !== null && untilMs <= clock.now()) return false;
    let known = cache.get(cacheKey);
    if (known === undefined || known.untilMs <= clock.now()) {
      if (cache.size >= MAX_REMEMBERED) cache.clear();
      const limits = findLimits(submitter);
      known = { limits, untilMs: clock.now() + TRUST_MS };
      cache.set(cacheKey, known);
      limits.catch(() => cache.delete(cacheKey));
    }
    const limits = await known.limits;
    return limits !== null && judgeApiKey(limits, { nowMs: clock.now(), remoteAddress }) === "ok";
  };
}

/** Two passwords of one mailbox, the old and the new one, are two keys. */
function cacheKeyOf({ keyId, mailbox }: Submitter): string {
  return mailbox?.login.kind === "password" ? `${keyId} ${mailbox.login.passwordHash}` : keyId;
}
