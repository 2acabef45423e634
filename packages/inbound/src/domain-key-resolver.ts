import type { Clock } from "@waxwing/runtime";
import { type Resolver, splitTxtRecord } from "@waxwing/seal";
import { type Database, findDkimKey } from "@waxwing/store";
import { rememberAnswers } from "./remember-answers.ts";

const DKIM_NAME = /^([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\._domainkey\.([a-z0-9.-]+?)\.?$/i;
/** A domain that is taken away, or verified, is known to be so within this time. */
const REMEMBERED_MS = 5_000;

/**
 * Answers `<selector>._domainkey.<domain>` from the database for the keys we hold ourselves, everything else from `next`.
 *
 * Those keys sign our own mail, so about them the database knows better than any DNS: it needs no round trip, a key just made need
 * not have spread yet, and a domain under `.test` (RFC 6761 §6.2), as the one of a fresh installation, has no DNS at all. Only
 * verified domains count: a project could otherwise enter somebody else's domain and have its forgeries pass.
 */
export function createDomainKeyResolver(db: Database, next: Resolver, clock: Clock): Resolver {
  const own = rememberAnswers((name) => ownRecord(db, name), { keptMs: () => REMEMBERED_MS, clock });
  return async (name, rrtype) => {
    const record = rrtype === "TXT" && DKIM_NAME.test(name) ? await own(name.toLowerCase()) : null;
    return record === null ? await next(name, rrtype) : [splitTxtRecord(record)];
  };
}

async function ownRecord(db: Database, name: string): Promise<string | null> {
  const [, selector, domainName] = DKIM_NAME.exec(name) ?? [];
  if (selector === undefined || domainName === undefined) return null;
  try {
    return (await findDkimKey(db, domainName, selector))?.dnsRecord ?? null;
  } catch (cause) {
    // As a resolver says it: the checks report a temperror and the mail goes on.
    throw Object.assign(new Error(`the keys of ${domainName} could not be read`, { cause }), {
      code: "ESERVFAIL",
    });
  }
}
