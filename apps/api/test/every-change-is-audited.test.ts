import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createDnsZone, type ZoneRecords } from "@waxwing/testkit";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";
import { type RegisteredRoute, registeredRoutes } from "./registered-routes.ts";

/** Routes that change no setting: they send, or change what is being sent, which the events of the message tell; or only look. */
const NO_CHANGE: ReadonlySet<string> = new Set([
  "POST /send",
  "POST /send/batch",
  "PATCH /messages/:id",
  "POST /messages/:id/cancel",
  "POST /templates/:id/render",
  "POST /v3/mail/send",
  "POST /v3/mail/batch",
  "POST /v3/user/scheduled_sends",
  "PATCH /v3/user/scheduled_sends/:batch_id",
  "DELETE /v3/user/scheduled_sends/:batch_id",
  "POST /v3/user/webhooks/event/test",
  "POST /autodiscover/autodiscover.xml",
  "POST /Autodiscover/Autodiscover.xml",
  "POST /v3/asm/groups/:group_id/suppressions/search",
]);

const published: Record<string, ZoneRecords> = {};
let fixture: ApiFixture;
let tenant: Tenant;
let routes: readonly RegisteredRoute[];
/** What was made, by the path up to the parameter that names it. */
const made: Record<string, string> = {};

before(async () => {
  fixture = await openApiFixture({ resolver: (name, rrtype) => createDnsZone(published)(name, rrtype) });
  tenant = await fixture.addTenant({ isOperator: true });
  routes = registeredRoutes(fixture.app).filter(({ method }) => method !== "GET");
});
after(() => fixture[Symbol.asyncDispose]());

/** A change: its route, the body, and the actions it leaves in the audit log. */
type Change = readonly [route: string, actions: readonly string[], payload?: () => object | string];

const recipients = (address: string) => () => ({ recipient_emails: [address] });
const suppressions = "/v3/suppression";
const settings = "/v3/user/webhooks/event/settings";

/** In the order in which they are made, so that each finds what it changes. */
const CHANGES: readonly Change[] = [
  ["POST /projects", ["project.created"], () => ({ name: "p" })],
  ["PATCH /project", ["project.changed"], () => ({ soft_bounces: null })],
  ["PATCH /projects/:id", ["project.changed"], () => ({ daily_quota: 1 })],
  ["DELETE /projects/:id", ["project.deleted"]],
  ["POST /shaping-rules", ["shaping-rule.created"], () => ({ pattern: "*", connections: 3 })],
  ["PUT /shaping-rules/:id", ["shaping-rule.changed"], () => ({ pattern: "*" })],
  ["DELETE /shaping-rules/:id", ["shaping-rule.deleted"]],
  ["POST /egress-sources", ["egress-source.created"], () => ({ name: "out-1" })],
  ["PUT /egress-sources/:id", ["egress-source.changed"], () => ({ name: "out-2" })],
  [
    "POST /egress-pools",
    ["egress-pool.created"],
    () => ({ name: "warm", members: [{ source: "out-2", weight: 1 }] }),
  ],
  [
    "PUT /egress-pools/:id",
    ["egress-pool.changed"],
    () => ({ name: "cold", members: [{ source: "out-2", weight: 2 }] }),
  ],
  ["DELETE /egress-pools/:id", ["egress-pool.deleted"]],
  ["DELETE /egress-sources/:id", ["egress-source.deleted"]],
  ["POST /api-keys", ["api-key.created"], () => ({ name: "k", scopes: ["send"] })],
  ["PATCH /api-keys/:id", ["api-key.changed"], () => ({ name: "l" })],
  ["DELETE /api-keys/:id", ["api-key.deleted"]],
  ["POST /v3/api_keys", ["api-key.created"], () => ({ name: "k", scopes: ["mail.send"] })],
  ["PATCH /v3/api_keys/:api_key_id", ["api-key.changed"], () => ({ name: "l" })],
  ["PUT /v3/api_keys/:api_key_id", ["api-key.changed"], () => ({ name: "m", scopes: ["mail.send"] })],
  ["DELETE /v3/api_keys/:api_key_id", ["api-key.deleted"]],
  ["POST /smtp-credentials", ["smtp-credential.created"], () => ({ name: "c" })],
  ["DELETE /smtp-credentials/:id", ["smtp-credential.deleted"]],
  ["POST /routes", ["route.created"], () => ({ pattern: "*", host: "relay.example", port: 25 })],
  ["PATCH /routes/:id", ["route.changed"], () => ({ port: 26 })],
  ["DELETE /routes/:id", ["route.deleted"]],
  [
    "POST /inbound-routes",
    ["inbound-route.created"],
    () => ({ pattern: "*@*", actions: [{ type: "drop" }] }),
  ],
  ["PATCH /inbound-routes/:id", ["inbound-route.changed"], () => ({ enabled: false })],
  ["DELETE /inbound-routes/:id", ["inbound-route.deleted"]],
  ["PUT /tls-policies", ["tls-policy.created"], () => ({ domain: "a.example", policy: "required" })],
  ["DELETE /tls-policies/:domain", ["tls-policy.deleted"]],
  ["POST /domains", ["domain.created"], () => ({ name: "audited.example" })],
  ["PATCH /domains/:id", ["domain.changed"], () => ({ dmarc_failures: "reject" })],
  ["POST /domains/:id/rotate-dkim", ["domain.key-added"], () => ({})],
  ["POST /domains/:id/verify", ["domain.verified"]],
  ["DELETE /domains/:id", ["domain.deleted"]],
  ["POST /mailboxes", ["mailbox.created"], () => ({ address: `m@${tenant.domain}` })],
  ["PATCH /mailboxes/:id", ["mailbox.password-changed"], () => ({})],
  ["POST /mailboxes/:id/aliases", ["mailbox-alias.created"], () => ({ address: `alias@${tenant.domain}` })],
  ["DELETE /mailboxes/:id/aliases/:alias", ["mailbox-alias.deleted"]],
  [
    "POST /mailboxes/:id/app-passwords",
    ["app-password.created"],
    () => ({ name: "phone", scopes: ["imap"] }),
  ],
  ["DELETE /mailboxes/:id/app-passwords/:password", ["app-password.deleted"]],
  ["DELETE /mailboxes/:id", ["mailbox.deleted"]],
  ["POST /holds", ["hold.created"], () => ({ kind: "tag", value: "newsletter" })],
  ["DELETE /holds/:id", ["hold.lifted"]],
  ["POST /queue/requeue", ["queue.requeued"], () => ({ kind: "project" })],
  ["POST /queue/bounce", ["queue.bounced"], () => ({ kind: "tag", value: "none", reason: "a test" })],
  ["POST /templates", ["template.created"], () => ({ name: "t" })],
  ["PATCH /templates/:id", ["template.changed"], () => ({ name: "u" })],
  ["POST /templates/:id/versions", ["template-version.created"], () => ({ name: "v", html: "x" })],
  ["PATCH /templates/:id/versions/:version", ["template-version.changed"], () => ({ name: "w" })],
  ["POST /templates/:id/versions/:version/activate", ["template-version.activated"]],
  ["DELETE /templates/:id/versions/:version", ["template-version.deleted"]],
  ["DELETE /templates/:id", ["template.deleted"]],
  ["POST /v3/templates", ["template.created"], () => ({ name: "t", generation: "dynamic" })],
  ["PATCH /v3/templates/:template_id", ["template.changed"], () => ({ name: "u" })],
  [
    "POST /v3/templates/:template_id/versions",
    ["template-version.created"],
    () => ({ name: "v", subject: "s", html_content: "x", plain_content: "x" }),
  ],
  [
    "PATCH /v3/templates/:template_id/versions/:version_id",
    ["template-version.changed"],
    () => ({ name: "w" }),
  ],
  ["POST /v3/templates/:template_id/versions/:version_id/activate", ["template-version.activated"]],
  ["POST /v3/templates/:template_id", ["template.created"], () => ({ name: "copy" })],
  ["DELETE /v3/templates/:template_id/versions/:version_id", ["template-version.deleted"]],
  ["DELETE /v3/templates/:template_id", ["template.deleted"]],
  ["POST /webhooks", ["webhook.created"], () => ({ url: "https://hooks.example.test/a" })],
  ["PATCH /webhooks/:id", ["webhook.changed"], () => ({ enabled: false })],
  ["POST /webhooks/:id/rotate-secret", ["webhook.secret-rotated"], () => ({})],
  ["POST /webhooks/:id/replay", ["webhook.replayed"], () => ({ from: "2026-01-01T00:00:00Z" })],
  ["DELETE /webhooks/:id/replay", []],
  ["DELETE /webhooks/:id", ["webhook.deleted"]],
  [`POST ${settings}`, ["webhook.created"], () => ({ url: "https://hooks.example.test/b" })],
  [`PATCH ${settings}`, ["webhook.changed"], () => ({ enabled: true })],
  [`PATCH ${settings}/:id`, ["webhook.changed"], () => ({ enabled: true })],
  [`PATCH ${settings}/signed`, ["webhook.changed"], () => ({ enabled: true })],
  [`PATCH ${settings}/signed/:id`, ["webhook.changed"], () => ({ enabled: false })],
  [`DELETE ${settings}/:id`, ["webhook.deleted"]],
  ["POST /suppressions", ["suppression.created"], () => ({ address: "a@example.test" })],
  ["DELETE /suppressions/:address", ["suppression.deleted"]],
  ["POST /suppressions/import", ["suppressions.imported"], () => "address\nb@example.test\n"],
  ["POST /unsubscribe-groups", ["unsubscribe-group.created"], () => ({ name: "News" })],
  ["PATCH /unsubscribe-groups/:id", ["unsubscribe-group.changed"], () => ({ name: "Old news" })],
  ["DELETE /unsubscribe-groups/:id", ["unsubscribe-group.deleted"]],
  ["POST /v3/asm/groups", ["unsubscribe-group.created"], () => ({ name: "n", description: "d" })],
  ["PATCH /v3/asm/groups/:group_id", ["unsubscribe-group.changed"], () => ({ name: "o" })],
  ["POST /v3/asm/groups/:group_id/suppressions", ["suppression.created"], recipients("c@example.test")],
  ["DELETE /v3/asm/groups/:group_id/suppressions/:email", ["suppression.deleted"]],
  ["DELETE /v3/asm/groups/:group_id", ["unsubscribe-group.deleted"]],
  ["POST /v3/asm/suppressions/global", ["suppression.created"], recipients("c@example.test")],
  ["DELETE /v3/asm/suppressions/global/:email", ["suppression.deleted"]],
  ...["bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes"].flatMap((list): Change[] => [
    [`DELETE ${suppressions}/${list}/:email`, ["suppression.deleted"]],
    [`DELETE ${suppressions}/${list}`, ["suppressions.deleted"], () => ({ delete_all: true })],
  ]),
];

async function suppressAll(): Promise<void> {
  for (const reason of ["bounced", "blocked", "complained", "invalid", "unsubscribed"]) {
    for (const address of ["one@example.test", "many@example.test"]) {
      await fixture.db.pool.query(
        "INSERT INTO suppressions (project_id, address, reason, group_id) VALUES ($1, $2, $3, 0)",
        [tenant.projectId, address, reason],
      );
    }
  }
}

function urlOf(path: string): string {
  const parts = path.split("/");
  return parts
    .map((part, index) => {
      if (!part.startsWith(":")) return part;
      const before = parts.slice(0, index + 1).join("/");
      const fallback = { ":address": "a@example.test", ":email": "one@example.test", ":domain": "a.example" }[
        part
      ];
      const id =
        before.includes("/asm/") && part === ":email" ? "c@example.test" : (made[before] ?? fallback);
      assert.ok(id !== undefined, `${before}: nothing was made`);
      return encodeURIComponent(id);
    })
    .join("/");
}

async function auditedActions(): Promise<readonly string[]> {
  const { rows } = await fixture.db.pool.query<{ action: string }>(
    "SELECT action FROM audit_log WHERE project_id = $1 AND key_id IS NOT NULL ORDER BY id",
    [tenant.projectId],
  );
  return rows.map(({ action }) => action);
}

describe("every change of settings", { timeout: 60_000 }, () => {
  test("is known to this test", () => {
    const known = new Set([...NO_CHANGE, ...CHANGES.map(([route]) => route)]);
    const unknown = routes.filter(({ name }) => !known.has(name)).map(({ name }) => name);
    assert.deepEqual(unknown, [], "add what these routes leave in the audit log");
  });

  test("leaves its entry in the audit log, once", async () => {
    await suppressAll();
    for (const [name, actions, payload] of CHANGES) {
      const route = routes.find((candidate) => candidate.name === name);
      if (route === undefined) continue;
      const before = (await auditedActions()).length;
      const body = payload?.();
      const answer = await fixture.app.inject({
        method: route.method,
        url: urlOf(route.path),
        headers: {
          ...tenant.headers,
          ...(typeof body === "string" && { "content-type": "text/csv" }),
        },
        ...(body !== undefined && { payload: body }),
      });
      assert.ok(answer.statusCode < 300, `${name}: ${answer.statusCode} ${answer.body}`);
      assert.deepEqual((await auditedActions()).slice(before), actions, name);
      const answered = answer.body === "" ? {} : answer.json();
      if (name === "POST /domains") {
        for (const { type, name: host, expected } of answered.records)
          if (type === "TXT") published[host] = { TXT: [expected.match(/.{1,255}/g)] };
      }
      if (route.method === "POST" && answer.statusCode === 201) {
        const param = {
          "/v3/templates": ":template_id",
          "/v3/templates/:template_id/versions": ":version_id",
          "/templates/:id/versions": ":version",
          "/mailboxes/:id/aliases": ":alias",
          "/mailboxes/:id/app-passwords": ":password",
          "/v3/api_keys": ":api_key_id",
          "/v3/asm/groups": ":group_id",
        }[route.path];
        made[`${route.path}/${param ?? ":id"}`] = String(answered.api_key_id ?? answered.id);
        if (route.path === settings) made[`${settings}/signed/:id`] = answered.id;
      }
    }
  });

  test("by sending leaves none", async () => {
    const before = (await auditedActions()).length;
    await fixture.app.inject({
      method: "POST",
      url: "/send",
      headers: tenant.headers,
      payload: validBody(tenant),
    });
    assert.equal((await auditedActions()).length, before);
  });

  test("is found by action, target and time", async () => {
    const ask = async (query: string) =>
      (await fixture.app.inject({ url: `/audit-log${query}`, headers: tenant.headers })).json().entries;
    const all: { action: string; target: string; created_at: string }[] = await ask("?limit=1000");
    const keys = await ask("?action=api-key.");
    assert.ok(
      keys.length >= 3 && keys.every(({ action }: { action: string }) => action.startsWith("api-key.")),
    );
    const [newest] = all;
    assert.ok(newest !== undefined);
    assert.ok((await ask(`?target=${newest.target}`)).length >= 1);
    assert.equal((await ask("?until=2020-01-01T00:00:00Z")).length, 0);
    assert.equal((await ask("?since=2020-01-01T00:00:00Z&limit=1000")).length, all.length);
    for (const wrong of ["?since=yesterday", "?target=%00", "?action=%00", "?x=1"]) {
      const { statusCode } = await fixture.app.inject({ url: `/audit-log${wrong}`, headers: tenant.headers });
      assert.equal(statusCode, 400, wrong);
    }
  });
});
