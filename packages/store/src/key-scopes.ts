/**
 * What SendGrid's scopes are of our own. A scope of ours holds all names of its row, and a key that has all in `needs` has the scope
 * of ours: one that may do less does not get more by another door. Names from SendGrid's list of permissions
 * (docs.sendgrid.com/api-reference/api-key-permissions).
 */
const SENDGRID_SCOPES: Readonly<
  Record<string, { readonly needs: readonly string[]; readonly also?: readonly string[] }>
> = {
  send: {
    needs: ["mail.send"],
    also: [
      ...each("mail.batch", "create read update delete"),
      ...each("user.scheduled_sends", "create read update delete"),
    ],
  },
  "messages:read": { needs: ["messages.read"], also: ["email_activity.read"] },
  "stats:read": {
    needs: ["stats.read"],
    also: [
      "stats.global.read",
      "categories.read",
      "categories.stats.read",
      "categories.stats.sums.read",
      "mailbox_providers.stats.read",
      "browsers.stats.read",
      "devices.stats.read",
      "geo.stats.read",
      "clients.stats.read",
    ],
  },
  "webhooks:read": {
    needs: ["user.webhooks.event.settings.read"],
    also: [
      "user.webhooks.event.test.read",
      "user.webhooks.parse.settings.read",
      "user.webhooks.parse.stats.read",
    ],
  },
  "webhooks:write": {
    needs: each("user.webhooks.event.settings", "create update delete"),
    also: [
      ...each("user.webhooks.event.test", "create update delete"),
      ...each("user.webhooks.parse.settings", "create update delete"),
    ],
  },
  "domains:read": { needs: ["whitelabel.read"] },
  "domains:write": { needs: each("whitelabel", "create update delete") },
  "suppressions:read": {
    needs: [
      ...lists("read"),
      "asm.groups.read",
      "asm.groups.suppressions.read",
      "asm.suppressions.global.read",
    ],
    also: ["suppression.read"],
  },
  "suppressions:write": {
    needs: [
      ...lists("delete"),
      ...each("asm.groups", "create update delete"),
      ...each("asm.groups.suppressions", "create delete"),
      ...each("asm.suppressions.global", "create delete"),
    ],
    also: [
      ...each("suppression", "create update delete"),
      ...lists("create"),
      ...lists("update"),
      "asm.groups.suppressions.update",
      "asm.suppressions.global.update",
    ],
  },
  "api-keys:read": { needs: ["api_keys.read"] },
  "api-keys:write": { needs: each("api_keys", "create update delete") },
  "templates:read": {
    needs: ["templates.read", "templates.versions.read"],
    also: ["templates.versions.activate.read"],
  },
  "templates:write": {
    needs: [
      ...each("templates", "create update delete"),
      ...each("templates.versions", "create update delete"),
      "templates.versions.activate.create",
    ],
    also: each("templates.versions.activate", "update delete"),
  },
};

function each(prefix: string, actions: string): readonly string[] {
  return actions.split(" ").map((action) => `${prefix}.${action}`);
}

function lists(action: string): readonly string[] {
  return ["blocks", "bounces", "invalid_emails", "spam_reports", "unsubscribes"].map(
    (list) => `suppression.${list}.${action}`,
  );
}

/** Families whose scopes hold those below them: SendGrid gives `suppression.read` for `suppression.bounces.read` and the others. */
const UMBRELLAS = ["suppression", "asm.groups"];

/** What SendGrid has and we have not. A key may carry it, and it allows nothing here. */
const INERT =
  /^(?:2fa_required|2fa_exempt|sender_verification_(?:eligible|legacy|exempt)|(?:access_settings|alerts|billing|categories|clients|credentials|design_library|devices|di|email_activity|email_testing|geo|ips|mail_settings|marketing|marketing_campaigns|messages|newsletter|partner_settings|recipients|signup|sso|subusers|teammates|tracking_settings|ui|user|validations)(?:\.[a-z0-9_]{1,40}){1,4})$/;

/** The scopes of SendGrid that mean something here. */
export const SENDGRID_SCOPE_NAMES: readonly string[] = [
  ...new Set(Object.values(SENDGRID_SCOPES).flatMap(({ needs, also = [] }) => [...needs, ...also])),
].sort();

const MEANT: ReadonlySet<string> = new Set(SENDGRID_SCOPE_NAMES);

/** Whether this is a scope of SendGrid's, also one that allows nothing here. */
export function isSendgridScope(name: string): boolean {
  return MEANT.has(name) || INERT.test(name);
}

/**
 * Everything that a key may do with the scopes it was given, by our names and by SendGrid's. `*`, which is all, stays alone.
 *
 * @param given as the key has them: of our own, of SendGrid's, or of both
 */
export function effectiveScopes(given: readonly string[]): ReadonlySet<string> {
  const scopes = new Set(given);
  for (const umbrella of UMBRELLAS) {
    for (const name of SENDGRID_SCOPE_NAMES) {
      const action = name.slice(name.lastIndexOf("."));
      if (name.startsWith(`${umbrella}.`) && scopes.has(`${umbrella}${action}`)) scopes.add(name);
    }
  }
  for (const [own, { needs, also = [] }] of Object.entries(SENDGRID_SCOPES)) {
    if (scopes.has(own)) for (const name of [...needs, ...also]) scopes.add(name);
    else if (needs.every((name) => scopes.has(name))) scopes.add(own);
  }
  return scopes;
}
