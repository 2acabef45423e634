import assert from "node:assert/strict";
import { test } from "node:test";
import { effectiveScopes, isSendgridScope, SENDGRID_SCOPE_NAMES } from "./key-scopes.ts";

test("SendGrid's scopes come to ours only when they hold all of it", () => {
  const cases: readonly {
    readonly given: readonly string[];
    readonly has: readonly string[];
    readonly lacks: readonly string[];
  }[] = [
    { given: ["mail.send"], has: ["send"], lacks: ["mail.batch.create"] },
    { given: ["send"], has: ["mail.send", "mail.batch.create"], lacks: ["templates.read"] },
    { given: ["templates.create"], has: [], lacks: ["templates:write", "templates.delete"] },
    {
      given: ["templates.read", "templates.versions.read"],
      has: ["templates:read"],
      lacks: ["templates:write"],
    },
    {
      given: ["suppression.read"],
      has: ["suppression.bounces.read"],
      lacks: ["suppressions:read", "suppression.bounces.delete"],
    },
    {
      given: ["suppression.read", "asm.groups.read", "asm.suppressions.global.read"],
      has: ["suppressions:read"],
      lacks: ["suppressions:write"],
    },
    { given: ["suppressions:write"], has: ["suppression.bounces.delete"], lacks: ["suppressions:read"] },
    { given: ["alerts.read"], has: ["alerts.read"], lacks: ["send", "events:read"] },
  ];
  for (const { given, has, lacks } of cases) {
    const scopes = effectiveScopes(given);
    for (const name of has) assert.ok(scopes.has(name), `${given.join()} has ${name}`);
    for (const name of lacks) assert.ok(!scopes.has(name), `${given.join()} lacks ${name}`);
  }
  assert.deepEqual([...effectiveScopes(["*"])], ["*"]);
});

test("names are SendGrid's or they are none", () => {
  for (const name of [...SENDGRID_SCOPE_NAMES, "alerts.create", "user.profile.read", "2fa_required"])
    assert.ok(isSendgridScope(name), name);
  for (const name of ["*", "send", "mail.read.", "api_keys.everything", "templates.read.x", ""])
    assert.ok(!isSendgridScope(name), name);
});
