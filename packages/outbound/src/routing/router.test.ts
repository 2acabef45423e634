import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { StaticRoute } from "@waxwing/runtime";
import type { DnsAnswer, MxRecord, RouteResolver } from "./dns-answer.ts";
import { inOrder } from "./mail-servers.ts";
import type { OwnServers } from "./own-servers.ts";
import type { Routed } from "./route.ts";
import type { RouteTable, StaticHop } from "./route-table.ts";
import { createRouter } from "./router.ts";

type Records<T> = readonly T[] | "ENOTFOUND" | "ENODATA" | "ESERVFAIL" | "EREFUSED" | "ETIMEOUT";

/** A resolver that knows these names; a text is an error code. */
function resolverOf(zone: {
  readonly mx?: Readonly<Record<string, Records<readonly [number, string]>>>;
  readonly addresses?: Readonly<Record<string, Records<string>>>;
}): RouteResolver {
  const answer = <T>(records: Records<T> | undefined): DnsAnswer<T> => {
    if (records === undefined || records === "ENOTFOUND") return { kind: "none", why: "no-such-name" };
    if (records === "ENODATA") return { kind: "none", why: "no-data" };
    if (typeof records === "string") return { kind: "failed", code: records };
    return { kind: "found", records, ttlMs: 60_000 };
  };
  return {
    resolveMx: (domain) => {
      const records = zone.mx?.[domain];
      const shaped: Records<MxRecord> | undefined =
        typeof records === "object"
          ? records.map(([priority, exchange]) => ({ priority, exchange }))
          : records;
      return Promise.resolve(answer(shaped));
    },
    resolveAddresses: (host) => Promise.resolve(answer(zone.addresses?.[host])),
  };
}

const find = (
  zone: Parameters<typeof resolverOf>[0],
  more: Partial<Parameters<typeof createRouter>[0]> = {},
  domain = "a.org",
): Promise<Routed> =>
  createRouter({ routes: [], resolver: resolverOf(zone), random: () => 0.5, ...more }).find({
    projectId: "p",
    domain,
  });

const hopsOf = async (routed: Promise<Routed>) => {
  const { route } = await routed;
  assert.equal(route.kind, "hops", JSON.stringify(route));
  return route.kind === "hops" ? route.hops : [];
};

const self = (hostname: string, addresses: readonly string[] = []): OwnServers => ({
  isOurs: (host, resolved) => host === hostname || resolved.some((address) => addresses.includes(address)),
  hasIpv6: () => false,
});

suite("where mail goes", () => {
  test("a static route of the environment comes before any look-up, and is a site of its own", async () => {
    const nextHop = { host: "127.0.0.1", port: 2525 };
    const routes: readonly StaticRoute[] = [{ pattern: { kind: "below", parent: "test" }, nextHop }];
    assert.deepEqual(await find({}, { routes }, "a.test"), {
      route: {
        kind: "hops",
        hops: [{ ...nextHop, tls: "opportunistic", implicitTls: false }],
        rule: "route.static",
      },
      site: "route:127.0.0.1:2525",
    });
  });

  test("MX hosts are tried by priority on port 25, each with its addresses", async () => {
    const found = await find({
      mx: {
        "a.org": [
          [20, "backup.a.org"],
          [10, "MX.a.org"],
        ],
      },
      addresses: { "MX.a.org": ["8.8.4.4", "2600::1"], "backup.a.org": ["8.8.8.8"] },
    });
    assert.deepEqual(found, {
      route: {
        kind: "hops",
        hops: [
          { host: "mx.a.org", port: 25, addresses: ["8.8.4.4", "2600::1"] },
          { host: "backup.a.org", port: 25, addresses: ["8.8.8.8"] },
        ],
        rule: "route.mx",
      },
      site: "mx:(backup,mx).a.org",
    });
  });

  test("without MX the domain's own addresses serve", async () => {
    const found = await find({ mx: { "a.org": "ENODATA" }, addresses: { "a.org": ["8.8.8.8"] } });
    assert.deepEqual(found, {
      route: {
        kind: "hops",
        hops: [{ host: "a.org", port: 25, addresses: ["8.8.8.8"] }],
        rule: "route.address",
      },
      site: "mx:a.org",
    });
  });

  test("a host without an address is passed over, one whose look-up fails as well", async () => {
    const hops = await hopsOf(
      find({
        mx: {
          "a.org": [
            [1, "gone.a.org"],
            [2, "lame.a.org"],
            [3, "mx.a.org"],
          ],
        },
        addresses: { "lame.a.org": "ESERVFAIL", "mx.a.org": ["8.8.8.8"] },
      }),
    );
    assert.deepEqual(
      hops.map(({ host }) => host),
      ["mx.a.org"],
    );
  });

  test("private addresses of a recipient's DNS are passed over, unless they are allowed", async () => {
    const zone = {
      mx: { "a.org": [[1, "mx.a.org"]] as const },
      addresses: { "mx.a.org": ["127.0.0.1", "::1", "8.8.8.8", "10.0.0.1", "::ffff:127.0.0.1"] },
    };
    assert.deepEqual((await hopsOf(find(zone)))[0]?.addresses, ["8.8.8.8"]);
    const allowed = (await hopsOf(find(zone, { privateAddresses: "allow" })))[0]?.addresses;
    assert.deepEqual(allowed, ["127.0.0.1", "::1", "8.8.8.8", "::ffff:127.0.0.1"]);
  });

  test("an attempt tries ten addresses at most, four of a host", async () => {
    const hosts = Array.from({ length: 20 }, (_, index) => `mx${index}.a.org`);
    const hops = await hopsOf(
      find({
        mx: { "a.org": hosts.map((host, index) => [index, host] as const) },
        addresses: Object.fromEntries(
          hosts.map((host) => [host, Array.from({ length: 9 }, (_, i) => `8.8.8.${i + 1}`)]),
        ),
      }),
    );
    assert.deepEqual(
      hops.map(({ addresses = [] }) => addresses.length),
      [4, 4, 2],
    );
  });

  test("both families are tried, the one that we have a source for first", () => {
    const mixed = ["8.8.8.8", "8.8.4.4", "9.9.9.9", "2600::1", "2600::2"];
    assert.deepEqual(inOrder(mixed, true), ["2600::1", "8.8.8.8", "2600::2", "8.8.4.4", "9.9.9.9"]);
    assert.deepEqual(inOrder(mixed, false), ["8.8.8.8", "2600::1", "8.8.4.4", "2600::2", "9.9.9.9"]);
  });
});

suite("mail that would come back to us", () => {
  const zone = {
    mx: {
      "a.org": [
        [10, "better.a.org"],
        [20, "us.example"],
        [20, "equal.a.org"],
        [30, "worse.a.org"],
      ] as const,
    },
    addresses: {
      "better.a.org": ["8.8.8.1"],
      "us.example": ["8.8.8.2"],
      "equal.a.org": ["8.8.8.3"],
      "worse.a.org": ["8.8.8.4"],
    },
  };

  for (const [name, own] of [
    ["by our name", self("us.example")],
    ["by our address", self("-", ["8.8.8.2"])],
  ] as const) {
    test(`${name}: only better servers than us are left`, async () => {
      assert.deepEqual(
        (await hopsOf(find(zone, { own }))).map(({ host }) => host),
        ["better.a.org"],
      );
    });
  }

  test("when we are the best there is no way; for a domain of ours we are the right server", async () => {
    const own = self("better.a.org");
    const { route } = await find(zone, { own });
    assert.ok(route.kind === "unroutable");
    assert.deepEqual([route.retry, route.rule, route.enhancedCode], ["never", "route.loop", "5.4.6"]);
    const hops = await hopsOf(find(zone, { own, isOwnDomain: () => Promise.resolve(true) }));
    assert.equal(hops.length, 4);
  });
});

suite("no way", () => {
  const addresses = { "mx.a.org": ["8.8.8.8"] };
  const mx = (...hosts: readonly string[]) => ({ "a.org": hosts.map((host) => [1, host] as const) });
  const dead: readonly (readonly [
    name: string,
    zone: Parameters<typeof resolverOf>[0],
    retry: "later" | "never",
    rule: string,
    enhancedCode: string,
  ])[] = [
    ["a null MX", { mx: { "a.org": [[0, ""]] } }, "never", "route.null-mx", "5.1.10"],
    ["a null MX written as a dot", { mx: { "a.org": [[0, "."]] } }, "never", "route.null-mx", "5.1.10"],
    ["a name that does not exist", {}, "never", "route.no-such-domain", "5.1.2"],
    ["neither MX nor address", { mx: { "a.org": "ENODATA" } }, "never", "route.no-address", "5.1.2"],
    ["SERVFAIL", { mx: { "a.org": "ESERVFAIL" } }, "later", "route.dns-failure", "4.4.3"],
    ["REFUSED", { mx: { "a.org": "EREFUSED" } }, "later", "route.dns-failure", "4.4.3"],
    ["a time-out", { mx: { "a.org": "ETIMEOUT" } }, "later", "route.dns-failure", "4.4.3"],
    [
      "addresses that fail",
      { mx: { "a.org": "ENODATA" }, addresses: { "a.org": "ESERVFAIL" } },
      "later",
      "route.dns-failure",
      "4.4.3",
    ],
    [
      "MX hosts of which one fails and one does not exist",
      { mx: mx("x.a.org", "y.a.org"), addresses: { "x.a.org": "ETIMEOUT" } },
      "later",
      "route.dns-failure",
      "4.4.3",
    ],
    [
      "MX hosts that do not exist",
      { mx: mx("x.a.org"), addresses },
      "never",
      "route.no-usable-server",
      "5.4.4",
    ],
    [
      "MX hosts inside",
      { mx: mx("x.a.org"), addresses: { "x.a.org": ["127.0.0.1", "fd00::1"] } },
      "never",
      "route.private-address",
      "5.4.4",
    ],
    ["an MX that is an address", { mx: mx("127.0.0.1") }, "never", "route.no-usable-server", "5.4.4"],
  ];
  for (const [name, zone, retry, rule, enhancedCode] of dead) {
    test(`${name}: ${retry}`, async () => {
      const { route, site } = await find(zone);
      assert.ok(route.kind === "unroutable", JSON.stringify(route));
      assert.deepEqual([route.retry, route.rule, route.enhancedCode], [retry, rule, enhancedCode]);
      assert.match(route.reason, /a\.org/);
      assert.equal(site, null, "it stays in its lane");
    });
  }
});

suite("a tenant's route", () => {
  const tableOf = (hop: Partial<StaticHop>): RouteTable => ({
    refresh: () => Promise.resolve(),
    match: () =>
      Promise.resolve({
        rule: "route.project",
        host: "relay.example",
        port: 587,
        implicitTls: false,
        tls: "verified",
        username: null,
        sealedPassword: null,
        routeId: "r",
        trusted: false,
        ...hop,
      }),
  });
  const addresses = { "relay.example": ["10.0.0.1", "8.8.8.8"], "inside.example": ["10.0.0.1"] };

  test("leads to public addresses only", async () => {
    const [hop] = await hopsOf(find({ addresses }, { table: tableOf({}) }));
    assert.deepEqual(hop?.addresses, ["8.8.8.8"]);
    for (const host of ["inside.example", "127.0.0.1", "::1", "gone.example"]) {
      const { route, site } = await find({ addresses }, { table: tableOf({ host }) });
      assert.ok(route.kind === "unroutable", host);
      assert.equal(route.retry, "later");
      assert.match(site ?? "", /^route:/);
    }
  });

  test("of the operator leads anywhere", async () => {
    const [hop] = await hopsOf(find({}, { table: tableOf({ host: "127.0.0.1", trusted: true }) }));
    assert.deepEqual(hop, { host: "127.0.0.1", port: 587, tls: "verified", implicitTls: false });
  });
});
