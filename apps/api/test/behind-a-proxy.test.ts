import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createMetrics } from "@waxwing/runtime";
import type { FastifyInstance } from "fastify";
import { buildApi } from "../src/index.ts";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

let fixture: ApiFixture;
let behind: FastifyInstance;
let tenant: Tenant;
before(async () => {
  fixture = await openApiFixture();
  tenant = await fixture.addTenant();
  behind = await buildApi({
    ...fixture.dependencies,
    metrics: createMetrics({ processMetrics: false }),
    trustedProxies: ["10.0.0.0/8", "::1"],
  });
});
after(async () => {
  await behind.close();
  await fixture[Symbol.asyncDispose]();
});

/** The address that the audit log has of whoever asks so. */
async function seenAs(
  app: FastifyInstance,
  remoteAddress: string,
  headers: Record<string, string>,
): Promise<string | null> {
  const made = await app.inject({
    method: "POST",
    url: "/templates",
    remoteAddress,
    headers: { ...tenant.headers, ...headers },
    payload: { name: "t" },
  });
  assert.equal(made.statusCode, 201, made.body);
  const log = await app.inject({
    url: `/audit-log?target=${made.json().id}&action=template.`,
    headers: tenant.headers,
  });
  assert.equal(log.json().entries.length, 1);
  return log.json().entries[0].remote_address;
}

describe("the client's address", { timeout: 60_000 }, () => {
  const cases: readonly (readonly [name: string, peer: string, forwarded: string, seen: string | null])[] = [
    ["a proxy's header is believed", "10.1.2.3", "192.0.2.7", "192.0.2.7"],
    ["what the client wrote before it is not", "10.1.2.3", "203.0.113.1, 192.0.2.7", "192.0.2.7"],
    ["proxies behind proxies are passed over", "10.1.2.3", "192.0.2.7, 10.9.9.9, ::1", "192.0.2.7"],
    ["a proxy by its mapped address", "::ffff:10.1.2.3", "2001:db8::7", "2001:db8::7"],
    ["anyone else's header is nothing", "192.0.2.99", "203.0.113.1", "192.0.2.99"],
    ["what is no address is none", "10.1.2.3", "' OR 1=1", null],
  ];
  for (const [name, peer, forwarded, seen] of cases) {
    test(name, async () => {
      assert.equal(await seenAs(behind, peer, { "x-forwarded-for": forwarded }), seen);
    });
  }

  test("without trusted proxies no header is believed", async () => {
    assert.equal(await seenAs(fixture.app, "10.1.2.3", { "x-forwarded-for": "192.0.2.7" }), "10.1.2.3");
  });

  test("a key's allowed addresses are compared with it", async () => {
    const made = await fixture.app.inject({
      method: "POST",
      url: "/api-keys",
      headers: tenant.headers,
      payload: { name: "k", scopes: ["events:read"], allowed_ips: ["192.0.2.0/24"] },
    });
    const ask = async (peer: string, forwarded: string) => {
      const headers = { authorization: `Bearer ${made.json().key}`, "x-forwarded-for": forwarded };
      return (await behind.inject({ url: "/events", remoteAddress: peer, headers })).statusCode;
    };
    assert.equal(await ask("10.1.2.3", "192.0.2.7"), 200);
    assert.equal(await ask("10.1.2.3", "192.0.2.7, 198.51.100.1"), 403);
    assert.equal(await ask("198.51.100.1", "192.0.2.7"), 403);
    assert.equal(await ask("10.1.2.3", "garbage"), 403);
  });
});
