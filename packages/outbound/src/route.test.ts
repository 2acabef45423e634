import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { StaticRoute } from "@waxwing/runtime";
import { createRouter, type MxResolver, siteOf } from "./route.ts";

const failure = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));

/** A resolver that knows these names; `string` is an error code. */
function resolverOf(zone: {
  readonly mx?: Readonly<Record<string, readonly (readonly [number, string])[] | string>>;
  readonly addresses?: Readonly<Record<string, readonly string[] | string>>;
}): MxResolver {
  return {
    resolveMx: (domain) => {
      const records = zone.mx?.[domain] ?? "ENOTFOUND";
      if (typeof records === "string") return failure(records);
      return Promise.resolve(records.map(([priority, exchange]) => ({ priority, exchange })));
    },
    resolveAddresses: (host) => {
      const records = zone.addresses?.[host] ?? "ENOTFOUND";
      return typeof records === "string" ? failure(records) : Promise.resolve(records);
    },
  };
}

const route = (domain: string, resolver: MxResolver, routes: readonly StaticRoute[] = []) =>
  createRouter({ routes, resolver, random: () => 0.5 })(domain);

suite("route", () => {
  test("a static route comes before any look-up", async () => {
    const nextHop = { host: "127.0.0.1", port: 2525 };
    const routes = [{ pattern: { kind: "below", parent: "test" }, nextHop }] as const;
    assert.deepEqual(await route("a.test", resolverOf({}), routes), {
      kind: "hops",
      hops: [nextHop],
      rule: "route.static",
    });
  });

  test("MX hosts are tried by priority on port 25", async () => {
    const resolver = resolverOf({
      mx: {
        "a.org": [
          [20, "backup.a.org"],
          [10, "mx.a.org"],
        ],
      },
    });
    assert.deepEqual(await route("a.org", resolver), {
      kind: "hops",
      hops: [
        { host: "mx.a.org", port: 25 },
        { host: "backup.a.org", port: 25 },
      ],
      rule: "route.mx",
    });
  });

  test("without MX the domain's own addresses serve", async () => {
    const resolver = resolverOf({ mx: { "a.org": "ENODATA" }, addresses: { "a.org": ["192.0.2.1"] } });
    assert.deepEqual(await route("a.org", resolver), {
      kind: "hops",
      hops: [{ host: "a.org", port: 25 }],
      rule: "route.address",
    });
  });

  const dead: readonly (readonly [
    name: string,
    resolver: MxResolver,
    retry: "later" | "never",
    rule: string,
  ])[] = [
    ["a null MX", resolverOf({ mx: { "a.org": [[0, ""]] } }), "never", "route.null-mx"],
    ["a null MX written as a dot", resolverOf({ mx: { "a.org": [[0, "."]] } }), "never", "route.null-mx"],
    ["a name that does not exist", resolverOf({}), "never", "route.no-such-domain"],
    [
      "neither MX nor address",
      resolverOf({ mx: { "a.org": "ENODATA" }, addresses: { "a.org": "ENODATA" } }),
      "never",
      "route.no-address",
    ],
    ["a resolver that fails", resolverOf({ mx: { "a.org": "ESERVFAIL" } }), "later", "route.dns-failure"],
    ["a resolver that times out", resolverOf({ mx: { "a.org": "ETIMEOUT" } }), "later", "route.dns-failure"],
    [
      "addresses that fail",
      resolverOf({ mx: { "a.org": "ENODATA" }, addresses: { "a.org": "ESERVFAIL" } }),
      "later",
      "route.dns-failure",
    ],
  ];
  for (const [name, resolver, retry, rule] of dead) {
    test(`${name}: ${retry}`, async () => {
      const found = await route("a.org", resolver);
      assert.ok(found.kind === "unroutable");
      assert.equal(found.retry, retry);
      assert.equal(found.rule, rule);
      assert.match(found.reason, /a\.org/);
    });
  }

  test("the lane of an address is its domain in lower case", () => {
    assert.equal(siteOf("Ann@Example.TEST"), "example.test");
    assert.equal(siteOf('"a@b"@example.test'), "example.test");
  });
});
