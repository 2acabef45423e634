import type { Clock } from "@waxwing/runtime";
import { type ApiKey, type Database, findApiKeyById, judgeApiKey } from "@waxwing/store";

/** A key that was deleted works this much longer, as over HTTP. */
const TRUST_MS = 5_000;
const MAX_REMEMBERED = 10_000;

/**
 * Tells whether the key that a session logged in with may still be used. A session may stay open for days; its login says nothing
 * about now.
 *
 * @throws when the database is away.
 */
export function createKeyWatch(options: {
  readonly db: Database;
  readonly clock: Clock;
}): (keyId: string, remoteAddress: string) => Promise<boolean> {
  const { db, clock } = options;
  const cache = new Map<string, { readonly key: Promise<ApiKey | null>; readonly untilMs: number }>();
  return async (keyId, remoteAddress) => {
    let known = cache.get(keyId);
    if (known === undefined || known.untilMs <= clock.now()) {
      if (cache.size >= MAX_REMEMBERED) cache.clear();
      const key = findApiKeyById(db, keyId);
      known = { key, untilMs: clock.now() + TRUST_MS };
      cache.set(keyId, known);
      key.catch(() => cache.delete(keyId));
    }
    const key = await known.key;
    return key !== null && judgeApiKey(key, { nowMs: clock.now(), remoteAddress }) === "ok";
  };
}
