import assert from "node:assert/strict";
import { test } from "node:test";
import { findDomain } from "@waxwing/store";
import { createDnsZone, type ZoneResolver } from "@waxwing/testkit";
import { openApiFixture } from "./api-fixture.ts";
import { addSigningDomain, LINK_BASE, openDelivery, readable } from "./delivery.ts";

test("links lead to the domain's own host once its record is there", { timeout: 60_000 }, async () => {
  let zone: ZoneResolver = createDnsZone({});
  await using fixture = await openApiFixture({
    linkHost: new URL(LINK_BASE).hostname,
    resolver: (name, rrtype) => zone(name, rrtype),
  });
  const tenant = await fixture.addTenant();
  const name = await addSigningDomain(fixture, tenant);
  const { headers } = tenant;
  const id = (await findDomain(fixture.db, name))?.id;

  const verify = async () => {
    const answer = await fixture.app.inject({ method: "POST", url: `/domains/${id}/verify`, headers });
    const { records } = answer.json<{ records: { record: string; verdict: string; required: boolean }[] }>();
    return records.find(({ record }) => record === "tracking");
  };
  const linkOf = async (): Promise<string> => {
    // A worker of its own each time: one remembers for half a minute where links lead.
    await using delivery = await openDelivery(fixture);
    const answer = await fixture.app.inject({
      method: "POST",
      url: "/send",
      headers,
      body: { from: `shop@${name}`, to: "ann@own.example", subject: "Hello", text: "Hi", unsubscribe: true },
    });
    assert.equal(answer.statusCode, 202, answer.body);
    const raw = readable((await delivery.deliver("own.example")).get("ann@own.example"));
    return /^List-Unsubscribe:\s+<(https:\/\/[^/]+)\//m.exec(raw)?.[1] ?? "";
  };

  const missing = await verify();
  assert.equal(missing?.verdict, "missing");
  assert.equal(missing?.required, false);
  assert.equal(await linkOf(), LINK_BASE);

  zone = createDnsZone({ [`links.${name}`]: { CNAME: ["elsewhere.example"] } });
  assert.equal((await verify())?.verdict, "mismatch");
  assert.equal(await linkOf(), LINK_BASE);

  zone = createDnsZone({ [`links.${name}`]: { CNAME: ["Links.Platform.example."] } });
  assert.equal((await verify())?.verdict, "ok");
  assert.equal(await linkOf(), `https://links.${name}`);
});
