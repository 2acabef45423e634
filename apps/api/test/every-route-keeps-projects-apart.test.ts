import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";
import { type RegisteredRoute, registeredRoutes } from "./registered-routes.ts";

let fixture: ApiFixture;
let owner: Tenant;
let stranger: Tenant;
let routes: readonly RegisteredRoute[];
let made: Readonly<Record<string, string>>;

before(async () => {
  fixture = await openApiFixture();
  owner = await fixture.addTenant();
  stranger = await fixture.addTenant();
  routes = registeredRoutes(fixture.app);
  made = await makeEverything();
});
after(() => fixture[Symbol.asyncDispose]());

/** Routes that answer without a key. */
const OPEN = [
  /^\/$/,
  /^\/\*$/,
  /^\/docs(\/|$)/,
  /^\/openapi\.json$/,
  /^\/health\//,
  /^\/metrics$/,
  /^\/autodiscover\//i,
  /\/mail\/config-v1\.1\.xml$/,
];

/** What a route wants before it looks at the id. */
const PAYLOADS: Readonly<Record<string, object>> = {
  "PATCH /api-keys/:id": { name: "k" },
  "POST /domains/:id/rotate-dkim": {},
  "PATCH /mailboxes/:id": {},
  "POST /mailboxes/:id/aliases": { address: "alias@example.test" },
  "POST /mailboxes/:id/app-passwords": { name: "phone", scopes: ["imap"] },
  "PATCH /templates/:id": { name: "t" },
  "POST /templates/:id/versions": { name: "v", html: "x" },
  "POST /templates/:id/render": {},
  "PATCH /templates/:id/versions/:version": { name: "v" },
  "PATCH /messages/:id": { send_at: "2020-01-01T00:00:00Z" },
  "PATCH /projects/:id": { name: "p" },
  "PUT /shaping-rules/:id": { pattern: "*" },
  "PUT /egress-sources/:id": { name: "out-1" },
  "PUT /egress-pools/:id": { name: "warm", members: [{ source: "out-1", weight: 1 }] },
  "PATCH /routes/:id": { port: 26 },
  "PATCH /inbound-routes/:id": { enabled: false },
  "PATCH /domains/:id": { catch_all: null },
  "PATCH /unsubscribe-groups/:id": { name: "g" },
  "PATCH /webhooks/:id": { enabled: false },
  "POST /webhooks/:id/replay": { failed: true },
  "POST /webhooks/:id/rotate-secret": {},
  "PATCH /v3/api_keys/:api_key_id": { name: "k" },
  "PUT /v3/api_keys/:api_key_id": { name: "k", scopes: ["mail.send"] },
  "PATCH /v3/asm/groups/:group_id": { name: "g" },
  "POST /v3/asm/groups/:group_id/suppressions": { recipient_emails: ["x@example.test"] },
  "POST /v3/asm/groups/:group_id/suppressions/search": { recipient_emails: ["x@example.test"] },
  "PATCH /v3/templates/:template_id": { name: "t" },
  "POST /v3/templates/:template_id": { name: "t" },
  "POST /v3/templates/:template_id/versions": {
    name: "v",
    subject: "s",
    html_content: "x",
    plain_content: "x",
  },
  "PATCH /v3/templates/:template_id/versions/:version_id": { name: "v" },
  "PATCH /v3/user/scheduled_sends/:batch_id": { status: "pause" },
  "PATCH /v3/user/webhooks/event/settings/:id": { enabled: false },
  "PATCH /v3/user/webhooks/event/settings/signed/:id": { enabled: true },
};

/** Answers other than 404, the same for what is another project's and for what never was; as SendGrid answers for the latter. */
const SAME: Readonly<Record<string, number>> = {
  // An empty list, or object.
  "GET /v3/suppression/bounces/:email": 200,
  "GET /v3/suppression/blocks/:email": 200,
  "GET /v3/suppression/spam_reports/:email": 200,
  "GET /v3/suppression/invalid_emails/:email": 200,
  "GET /v3/suppression/unsubscribes/:email": 200,
  "GET /v3/asm/suppressions/global/:email": 200,
  "GET /v3/asm/suppressions/:email": 200,
  // Done already.
  "DELETE /v3/asm/suppressions/global/:email": 204,
  "GET /v3/mail/batch/:batch_id": 400,
  "GET /v3/user/scheduled_sends/:batch_id": 200,
  // Not for keys of other projects at all.
  "GET /projects/:id": 403,
  "PATCH /projects/:id": 403,
  "DELETE /projects/:id": 403,
  ...Object.fromEntries(
    ["shaping-rules", "egress-sources", "egress-pools"].flatMap((of) =>
      ["GET", "PUT", "DELETE"].map((method) => [`${method} /${of}/:id`, 403]),
    ),
  ),
};

/** Names that are the same for all: the classes of bounces. Everything else in a path is of one project. */
const OF_NOBODY = /\/:classification$/;

const ADDRESS = "owned@example.test";

/** What the owner has, by the path up to the parameter that names it. */
async function makeEverything(): Promise<Readonly<Record<string, string>>> {
  const make = async (url: string, payload: object) => {
    const answer = await fixture.app.inject({ method: "POST", url, headers: owner.headers, payload });
    assert.ok(answer.statusCode < 300, `${url}: ${answer.body}`);
    return answer.json();
  };
  const ids: Record<string, string> = {
    "/projects/:id": owner.projectId,
    // Nobody's: none of them may be seen but by the operator.
    "/shaping-rules/:id": owner.projectId,
    "/egress-sources/:id": owner.projectId,
    "/egress-pools/:id": owner.projectId,
    "/messages/:id": (await make("/send", validBody(owner))).id,
    "/suppressions/:address": ADDRESS,
    "/tls-policies/:domain": "partner.example",
  };
  for (const [resource, payload] of [
    ["webhooks", { url: "https://hooks.example.test/in" }],
    ["templates", { name: "t" }],
    ["domains", { name: `a.${owner.domain}` }],
    ["mailboxes", { address: `m@${owner.domain}` }],
    ["api-keys", { name: "k", scopes: ["send"] }],
    ["smtp-credentials", { name: "c" }],
    ["unsubscribe-groups", { name: "News" }],
    ["holds", { kind: "tag", value: "newsletter" }],
    ["routes", { pattern: "*", host: "relay.example", port: 25 }],
    ["inbound-routes", { pattern: "*@*", actions: [{ type: "drop" }] }],
  ] as const) {
    ids[`/${resource}/:id`] = String((await make(`/${resource}`, payload)).id);
  }
  const policy = { domain: ids["/tls-policies/:domain"], policy: "required" };
  const { headers } = owner;
  await fixture.app.inject({ method: "PUT", url: "/tls-policies", headers, payload: policy });
  ids["/webhooks/:id/deliveries/:event"] = await tellWebhook(ids["/webhooks/:id"] ?? "");
  const mailboxPath = `/mailboxes/${ids["/mailboxes/:id"]}`;
  const alias = await make(`${mailboxPath}/aliases`, { address: `alias@${owner.domain}` });
  ids["/mailboxes/:id/aliases/:alias"] = alias.id;
  const appPassword = await make(`${mailboxPath}/app-passwords`, { name: "phone", scopes: ["imap"] });
  ids["/mailboxes/:id/app-passwords/:password"] = appPassword.id;
  const templatePath = `/templates/${ids["/templates/:id"]}`;
  ids["/templates/:id/versions/:version"] = (
    await make(`${templatePath}/versions`, { name: "v", html: "x", text: "x", subject: "s" })
  ).id;
  for (const [path, of] of [
    ["/v3/templates/:template_id", "/templates/:id"],
    ["/v3/templates/:template_id/versions/:version_id", "/templates/:id/versions/:version"],
    ["/v3/asm/groups/:group_id", "/unsubscribe-groups/:id"],
  ] as const) {
    ids[path] = ids[of] ?? "";
  }
  const { api_key_id: key } = await make("/v3/api_keys", { name: "k", scopes: ["mail.send"] });
  ids["/v3/api_keys/:api_key_id"] = key;
  const settings = "/v3/user/webhooks/event/settings";
  const { id: webhook } = await make(settings, { url: "https://hooks.example.test/v3" });
  ids[`${settings}/:id`] = ids[`${settings}/signed/:id`] = webhook;
  for (const list of ["bounces", "blocks", "spam_reports", "invalid_emails", "unsubscribes"])
    ids[`/v3/suppression/${list}/:email`] = ADDRESS;
  for (const path of ["suppressions", "suppressions/global", "groups/:group_id/suppressions"])
    ids[`/v3/asm/${path}/:email`] = ADDRESS;
  for (const reason of ["bounced", "blocked", "complained", "invalid", "unsubscribed"]) {
    await fixture.db.pool.query(
      "INSERT INTO suppressions (project_id, address, reason, group_id) VALUES ($1, $2, $3, 0)",
      [owner.projectId, ADDRESS, reason],
    );
  }
  await fixture.db.pool.query(
    "INSERT INTO suppressions (project_id, address, reason, group_id) VALUES ($1, $2, 'unsubscribed', $3)",
    [owner.projectId, ADDRESS, ids["/unsubscribe-groups/:id"]],
  );
  const has = (name: string): boolean => routes.some((route) => route.name === name);
  if (has("POST /v3/mail/batch")) {
    const { batch_id: batch } = await make("/v3/mail/batch", {});
    ids["/v3/mail/batch/:batch_id"] = batch;
    await make("/v3/user/scheduled_sends", { batch_id: batch, status: "pause" });
    ids["/v3/user/scheduled_sends/:batch_id"] = batch;
  }
  return ids;
}

/** An event that a webhook was told of. */
async function tellWebhook(webhookId: string): Promise<string> {
  const eventId = newId();
  await fixture.db.pool.query(
    `INSERT INTO webhook_deliveries (webhook_id, event_id, event_xact, state, attempts, updated_at)
     VALUES ($1, $2, 1, 'delivered', 1, now())`,
    [webhookId, eventId],
  );
  return eventId;
}

/** An id of the same form that nobody has. */
function nobodys(id: string): string {
  if (id.includes("@")) return "nobody@example.test";
  if (/^\d+$/.test(id)) return "2000000000";
  return /^[0-9a-f-]{36}$/.test(id)
    ? "01890a5d-ac96-774b-bcce-b302099a8057"
    : id.split("").reverse().join("");
}

/** Fills in the parameters of a route. */
function urlOf(path: string, ids: Readonly<Record<string, string>>, pick = (id: string) => id): string {
  const parts = path.split("/");
  return parts
    .map((part, index) => {
      if (!part.startsWith(":")) return part;
      const id = ids[parts.slice(0, index + 1).join("/")];
      assert.ok(id !== undefined && id !== "", `${path} is not walked by this test: add what it names`);
      return encodeURIComponent(pick(id));
    })
    .join("/");
}

async function ask(route: RegisteredRoute, url: string, tenant: Tenant) {
  const payload = PAYLOADS[route.name];
  return await fixture.app.inject({
    method: route.method,
    url,
    headers: tenant.headers,
    ...(payload !== undefined && { payload }),
  });
}

describe("every route", { timeout: 60_000 }, () => {
  test("needs a key, unless it is one of the open ones", async () => {
    for (const { method, path, name } of routes) {
      const { statusCode } = await fixture.app.inject({ method, url: path.replaceAll(/:\w+/g, "x") });
      const isOpen = OPEN.some((pattern) => pattern.test(path));
      assert.equal(statusCode === 401, !isOpen, `${name} answers ${statusCode}`);
    }
  });

  test("takes an id of another project for one that never was", async () => {
    const named = routes.filter(({ path }) => path.includes("/:") && !OF_NOBODY.test(path));
    const read = async () =>
      await Promise.all(
        named
          .filter(({ method }) => method === "GET")
          .map(async (route) => {
            const { statusCode, body } = await ask(route, urlOf(route.path, made), owner);
            // What the owner cannot read either proves nothing.
            assert.equal(statusCode, SAME[route.name] === 403 ? 403 : 200, `${route.name}: ${body}`);
            return [route.name, body];
          }),
      );
    const before = await read();
    for (const route of named) {
      const foreign = await ask(route, urlOf(route.path, made), stranger);
      const never = await ask(route, urlOf(route.path, made, nobodys), stranger);
      assert.equal(foreign.statusCode, SAME[route.name] ?? 404, `${route.name}: ${foreign.body}`);
      assert.equal(never.statusCode, foreign.statusCode, `${route.name}: ${never.body}`);
      const withoutIds = (text: string) =>
        Object.values(made).reduce((rest, id) => rest.replaceAll(id, nobodys(id)), text);
      assert.equal(withoutIds(foreign.body), withoutIds(never.body), route.name);
    }
    assert.deepEqual(await read(), before);
    const [message] = before.filter(([name]) => name === "GET /messages/:id");
    assert.ok(message?.[1]?.includes('"ann@example.test"'), "the owner reads what is his");
  });

  test("of the native API takes a malformed id for one that never was", async () => {
    for (const route of routes.filter(({ path }) => path.includes("/:id") && !path.startsWith("/v3/"))) {
      for (const malformed of ["x", "1e9", "%00", "../x", "'", "{}", "-1", "9".repeat(30)]) {
        const url = urlOf(route.path, { ...made, [route.path.replace(/:id.*/, ":id")]: malformed });
        const { statusCode, body } = await ask(route, url, stranger);
        assert.equal(statusCode, SAME[route.name] ?? 404, `${route.name} ${malformed}: ${body}`);
      }
    }
  });

  test("takes what a body names of another project for what never was", async () => {
    const { domain } = stranger;
    const mail = (more: object) => ({
      personalizations: [{ to: [{ email: "ann@example.test" }] }],
      from: { email: `shop@${domain}` },
      subject: "s",
      content: [{ type: "text/plain", value: "t" }],
      ...more,
    });
    const template = made["/templates/:id"] ?? "";
    const group = Number(made["/unsubscribe-groups/:id"]);
    const cases: readonly (readonly [url: string, body: (id: string) => object, id: string])[] = [
      [
        "/send",
        (id) => ({ from: `shop@${domain}`, to: "ann@example.test", subject: "s", template: id }),
        template,
      ],
      ["/v3/mail/send", (id) => mail({ template_id: id }), template],
      ["/v3/mail/send", (id) => mail({ asm: { group_id: Number(id) } }), String(group)],
      ["/send", (id) => ({ ...validBody(stranger), from: `shop@${id}` }), owner.domain],
      ["/v3/mail/send", (id) => mail({ from: { email: `shop@${id}` } }), owner.domain],
      ["/mailboxes", (id) => ({ address: `x@${id}` }), owner.domain],
      ["/smtp-credentials", (id) => ({ name: "c", username: `x@${id}` }), owner.domain],
    ];
    for (const [url, bodyOf, id] of cases) {
      const other = id === owner.domain ? "nobodys.test" : nobodys(id);
      const post = (payload: object) =>
        fixture.app.inject({ method: "POST", url, headers: stranger.headers, payload });
      const [foreign, never] = [await post(bodyOf(id)), await post(bodyOf(other))];
      assert.ok(foreign.statusCode === 400 || foreign.statusCode === 403, `${url}: ${foreign.body}`);
      assert.equal(never.statusCode, foreign.statusCode, `${url}: ${never.body}`);
      assert.equal(foreign.body.replaceAll(id, other), never.body, url);
    }
    const { entries } = (
      await fixture.app.inject({ url: `/audit-log?target=${template}`, headers: stranger.headers })
    ).json();
    assert.deepEqual(entries, []);
  });
});
