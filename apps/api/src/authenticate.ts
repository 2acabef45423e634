import { createHash } from "node:crypto";
import {
  type Clock,
  createIpFilter,
  equalSecrets,
  hashApiKeySecret,
  type Logger,
  parseApiKey,
} from "@waxwing/runtime";
import { type Database, effectiveScopes, findApiKey, touchApiKey } from "@waxwing/store";

/** What an API key may be allowed. `*` on a key means all of them. */
export const SCOPES = {
  send: "Send messages.",
  "messages:read": "Read messages with their recipients, attempts and timeline.",
  "events:read": "Read the event log.",
  "stats:read": "Read statistics.",
  "webhooks:read": "Read webhooks.",
  "webhooks:write": "Create, change and delete webhooks.",
  "domains:read": "Read domains and the DNS records they need.",
  "domains:write": "Add, verify and delete domains, and rotate their DKIM keys.",
  "suppressions:read": "Read and export suppressed addresses.",
  "suppressions:write": "Suppress addresses, and lift that.",
  "mailboxes:read": "Read mailboxes; not the mail in them.",
  "mailboxes:write": "Create and delete mailboxes, and change their passwords.",
  "api-keys:read": "Read API keys, without their secrets.",
  "api-keys:write": "Create and delete API keys; none can be given more than the key that makes it has.",
  "smtp-credentials:read": "Read SMTP credentials, without their passwords.",
  "smtp-credentials:write": "Create and delete SMTP credentials.",
  "templates:read": "Read templates, and try them out.",
  "templates:write": "Create, change, activate and delete templates.",
  "routes:read": "Read routes, without their passwords, and TLS policies.",
  "routes:write": "Create, change and delete routes and TLS policies.",
  "queue:read": "Read what waits, what is held back, and which way mail would take.",
  "queue:write": "Hold mail back and let it go; try again or end what waits.",
  "shaping:read": "Read how hard sites may be pressed. Keys of the platform's first project only.",
  "shaping:write": "Set how hard sites may be pressed. Keys of the platform's first project only.",
  "egress:read": "Read egress sources and pools. Keys of the platform's first project only.",
  "egress:write": "Set up egress sources and pools. Keys of the platform's first project only.",
  "audit-log:read": "Read who changed what.",
  "project:read": "Read the limits of the key's own project, and what of them is used.",
  "projects:read": "Read all projects. Keys of the platform's first project only.",
  "projects:write":
    "Create, change and delete projects, and set their limits. Keys of the platform's first project only.",
} as const;

export type Scope = keyof typeof SCOPES;

/** What goes beyond the caller's own project; no key of another project has these, by `*` neither. */
const OPERATOR_SCOPES: ReadonlySet<string> = new Set<Scope>([
  "projects:read",
  "projects:write",
  "shaping:read",
  "shaping:write",
  "egress:read",
  "egress:write",
]);

/** Who is asking: a valid API key. */
export interface Caller {
  readonly projectId: string;
  readonly keyId: string;
  /** By our names and by SendGrid's. */
  readonly scopes: ReadonlySet<string>;
  /** Addresses and ranges the key may be used from; empty: from anywhere. */
  readonly allowedIps: readonly string[];
  readonly isAllowedFrom: (address: string) => boolean;
  /** null: never. */
  readonly expiresAtMs: number | null;
  /** Requests per second of the key itself; null: none of its own. */
  readonly rateLimit: number | null;
  /** Recipients per day of the key itself; null: none of its own. */
  readonly dailyQuota: number | null;
  /** Whether its project manages the others. */
  readonly isOperator: boolean;
}

/** Finds the caller that an `Authorization` header proves, or null. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller | null>;

/** A key that was deleted works this much longer. */
const CACHE_MS = 5_000;
const CACHE_ENTRIES = 10_000;

// RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1).
const BEARER = /^bearer +([\x21-\x7e]{1,512}) *$/i;
/** Longer than any key with its scheme. */
const MAX_HEADER_CHARS = 600;

/**
 * Checks API keys against the database. Valid keys are remembered for 5 seconds under their SHA-256, never in
 * the clear, so that neither a heap dump nor the time of a look-up tells a key. Unknown keys are not remembered: an attacker
 * must not fill the cache.
 */
export function createAuthenticator(options: {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}): Authenticate {
  const { db, clock, log } = options;
  const cache = new Map<string, { readonly caller: Promise<Caller | null>; readonly untilMs: number }>();

  const load = async (key: string): Promise<Caller | null> => {
    const { publicId, secret } = parseApiKey(key);
    const stored = await findApiKey(db, publicId);
    if (stored === null || !equalSecrets(hashApiKeySecret(secret), stored.secretHash)) return null;
    // Nobody waits for it, and a request must not fail for it.
    touchApiKey(db, stored, clock.now()).catch((err: unknown) =>
      log.warn({ event: "api-key.touch-failed", keyId: stored.id, err }),
    );
    const { allowedIps, expiresAt, rateLimit, dailyQuota, isOperator } = stored;
    return {
      projectId: stored.projectId,
      keyId: stored.id,
      scopes: effectiveScopes(stored.scopes),
      allowedIps,
      isAllowedFrom: allowedIps.length === 0 ? () => true : createIpFilter(allowedIps),
      expiresAtMs: expiresAt === null ? null : expiresAt.getTime(),
      rateLimit,
      dailyQuota,
      isOperator,
    };
  };

  return (authorization) => {
    const match =
      authorization === undefined || authorization.length > MAX_HEADER_CHARS
        ? null
        : BEARER.exec(authorization);
    const key = match?.[1];
    if (key === undefined) return Promise.resolve(null);
    const digest = createHash("sha256").update(key).digest("base64");
    const known = cache.get(digest);
    if (known !== undefined && known.untilMs > clock.now()) return known.caller;
    if (cache.size >= CACHE_ENTRIES) cache.clear();
    const entry = { caller: load(key), untilMs: clock.now() + CACHE_MS };
    cache.set(digest, entry);
    const forget = (): void => {
      if (cache.get(digest) === entry) cache.delete(digest);
    };
    entry.caller.then((caller) => caller === null && forget(), forget);
    return entry.caller;
  };
}

/** True when the caller may do what needs this scope. `scope` may be one of SendGrid's. */
export function hasScope(caller: Caller, scope: string): boolean {
  if (OPERATOR_SCOPES.has(scope) && !caller.isOperator) return false;
  return caller.scopes.has(scope) || caller.scopes.has("*");
}
