import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createFakeClock, type DnsServer, startDnsServer, startSmtpSink } from "@waxwing/testkit";
import {
  cacheAnswers,
  createDeliverer,
  createDnsResolver,
  createRouter,
  RFC_TIMEOUTS,
} from "../src/index.ts";
import type { RouteResolver } from "../src/routing/dns-answer.ts";

const manyHosts = Array.from({ length: 40 }, (_, index) => ({
  priority: index,
  exchange: `a-rather-long-name-of-a-mail-server-${index}.big.example`,
}));

suite("the DNS says where mail goes", { timeout: 60_000 }, () => {
  let dns: DnsServer;
  let resolver: RouteResolver;
  before(async () => {
    dns = await startDnsServer(
      {
        "a.example": { MX: [{ priority: 10, exchange: "mx.a.example" }] },
        "mx.a.example": { A: ["8.8.8.8"], AAAA: ["2600::1"] },
        "www.a.example": { CNAME: ["a.example"] },
        "alias.example": { CNAME: ["alone.example"] },
        "alone.example": { A: ["8.8.4.4"] },
        "loop1.example": { CNAME: ["loop2.example"] },
        "loop2.example": { CNAME: ["loop1.example"] },
        "big.example": { MX: manyHosts },
        ...Object.fromEntries(manyHosts.map(({ exchange }) => [exchange, { A: ["8.8.8.8"] }])),
        "null.example": { MX: [{ priority: 0, exchange: "." }] },
        "empty.example": { TXT: [["nothing but text"]] },
        "servfail.example": { error: "ESERVFAIL" },
        "refused.example": { error: "EREFUSED" },
        "silent.example": { error: "ETIMEOUT" },
        "halfmx.example": { MX: [{ priority: 1, exchange: "half.example" }] },
        "half.example": { A: ["8.8.8.8"], AAAA: { error: "ESERVFAIL" } },
        "inside.example": { MX: [{ priority: 1, exchange: "localhost.inside.example" }] },
        "localhost.inside.example": { A: ["127.0.0.1"], AAAA: ["::1"] },
      },
      { ttlSeconds: 300 },
    );
    resolver = createDnsResolver([dns.address], { timeoutMs: 100 });
  });
  after(() => dns[Symbol.asyncDispose]());

  const routeOf = async (domain: string) => {
    const router = createRouter({ routes: [], resolver, random: () => 0 });
    return (await router.find({ projectId: "p", domain })).route;
  };

  const found: readonly (readonly [
    domain: string,
    hops: readonly (readonly [string, readonly string[]])[],
  ])[] = [
    ["a.example", [["mx.a.example", ["8.8.8.8", "2600::1"]]]],
    ["www.a.example", [["mx.a.example", ["8.8.8.8", "2600::1"]]]],
    ["alias.example", [["alias.example", ["8.8.4.4"]]]],
    ["halfmx.example", [["half.example", ["8.8.8.8"]]]],
  ];
  for (const [domain, hops] of found) {
    test(`${domain} goes to ${hops.join()}`, async () => {
      const route = await routeOf(domain);
      assert.ok(route.kind === "hops", JSON.stringify(route));
      assert.deepEqual(
        route.hops.map(({ host, addresses }) => [host, addresses]),
        hops,
      );
    });
  }

  test("an answer too large for UDP is asked for over TCP", async () => {
    const route = await routeOf("big.example");
    assert.ok(route.kind === "hops" && route.hops.length === 10, JSON.stringify(route));
    assert.equal(route.hops[0]?.host, manyHosts[0]?.exchange);
    assert.ok(dns.queries.includes("big.example MX tcp"));
  });

  const nowhere: readonly (readonly [domain: string, retry: "later" | "never", rule: string])[] = [
    ["gone.example", "never", "route.no-such-domain"],
    ["empty.example", "never", "route.no-address"],
    ["null.example", "never", "route.null-mx"],
    ["inside.example", "never", "route.private-address"],
    ["servfail.example", "later", "route.dns-failure"],
    ["refused.example", "later", "route.dns-failure"],
    ["silent.example", "later", "route.dns-failure"],
    ["loop1.example", "later", "route.dns-failure"],
  ];
  for (const [domain, retry, rule] of nowhere) {
    test(`${domain}: ${retry}, ${rule}`, async () => {
      const route = await routeOf(domain);
      assert.ok(route.kind === "unroutable", JSON.stringify(route));
      assert.deepEqual([route.retry, route.rule], [retry, rule]);
    });
  }

  test("an attempt that finds one address dead tries the next, of whichever family", async () => {
    await using sink = await startSmtpSink();
    const deliverer = createDeliverer({ helo: "mail.waxwing.test", timeouts: RFC_TIMEOUTS });
    const outcome = await deliverer.deliver(
      {
        reversePath: "",
        recipient: "ann@a.example",
        raw: Buffer.from("Subject: x\r\n\r\nx\r\n"),
        is8bit: false,
      },
      {
        kind: "hops",
        // Nobody listens at the first two on this port.
        hops: [{ host: "mx.a.example", port: sink.port, addresses: ["::1", "127.0.0.9", "127.0.0.1"] }],
        rule: "route.mx",
      },
    );
    deliverer.terminate();
    assert.deepEqual(
      [outcome.kind, outcome.host, outcome.remoteAddress],
      ["delivered", "mx.a.example", "127.0.0.1"],
    );
    assert.match(
      outcome.conversation?.text() ?? "",
      /no connection to ::1 .*no connection to 127\.0\.0\.9 .*connected to 127\.0\.0\.1 /s,
      "and the attempt tells of all of them",
    );
  });

  test("answers are kept as long as they say, failures and absence briefly", async () => {
    const clock = createFakeClock();
    const cached = cacheAnswers(resolver, { clock });
    const asked = async (host: string): Promise<number> => {
      const before = dns.queries.length;
      await Promise.all([cached.resolveAddresses(host), cached.resolveAddresses(host)]);
      return dns.queries.length - before;
    };
    assert.equal(await asked("mx.a.example"), 2, "A and AAAA, once for both who asked");
    await clock.advance(299_000);
    assert.equal(await asked("mx.a.example"), 0);
    await clock.advance(1_000);
    assert.equal(await asked("mx.a.example"), 2);
    assert.ok((await asked("gone.example")) > 0);
    assert.equal(await asked("gone.example"), 0);
    await clock.advance(30_000);
    assert.ok((await asked("gone.example")) > 0);
    assert.ok((await asked("servfail.example")) > 0);
    assert.equal(await asked("servfail.example"), 0);
    await clock.advance(5_000);
    assert.ok((await asked("servfail.example")) > 0);
  });

  test("MX records are kept as long as they say, for half a minute at least and an hour at most", async () => {
    for (const [ttlSeconds, keptSeconds] of [
      [0, 30],
      [120, 120],
      [86_400, 3_600],
    ] as const) {
      await using own = await startDnsServer(
        {
          "a.example": { MX: [{ priority: 10, exchange: "mx.a.example" }] },
          "www.a.example": { CNAME: ["a.example"] },
        },
        { ttlSeconds },
      );
      const clock = createFakeClock();
      const cached = cacheAnswers(createDnsResolver([own.address]), { clock });
      const answer = await cached.resolveMx("www.a.example");
      assert.ok(answer.kind === "found" && answer.ttlMs === ttlSeconds * 1_000);
      await clock.advance(keptSeconds * 1_000 - 1);
      await cached.resolveMx("www.a.example");
      assert.equal(own.queries.length, 1, `${ttlSeconds} s`);
      await clock.advance(1);
      await cached.resolveMx("www.a.example");
      assert.equal(own.queries.length, 2, `${ttlSeconds} s`);
    }
  });

  test("a resolver that is silent or knows nothing is followed by the next", async () => {
    await using silent = await startDnsServer({ "a.example": { error: "ETIMEOUT" } });
    await using lame = await startDnsServer({ "a.example": { error: "ESERVFAIL" } });
    const both = createDnsResolver([silent.address, lame.address, dns.address], { timeoutMs: 100 });
    assert.deepEqual(await both.resolveMx("a.example"), {
      kind: "found",
      records: [{ priority: 10, exchange: "mx.a.example" }],
      ttlMs: 300_000,
    });
    const none = createDnsResolver([lame.address, silent.address], { timeoutMs: 50 });
    assert.deepEqual(await none.resolveMx("a.example"), { kind: "failed", code: "ESERVFAIL" });
    const label = "x".repeat(64);
    assert.deepEqual(await none.resolveMx(`${label}.example`), { kind: "none", why: "no-such-name" });
  });

  test("what is kept is bounded, and what is used stays longest", async () => {
    const asked: string[] = [];
    const cached = cacheAnswers(
      {
        resolveMx: () => Promise.resolve({ kind: "none", why: "no-data" }),
        resolveAddresses: (host) => {
          asked.push(host);
          return Promise.resolve({ kind: "found", records: ["8.8.8.8"], ttlMs: 60_000 });
        },
      },
      { clock: createFakeClock(), maxEntries: 3 },
    );
    for (const host of ["a", "b", "c", "a", "d", "a", "b"]) await cached.resolveAddresses(host);
    assert.deepEqual(asked, ["a", "b", "c", "d", "b"]);
  });
});
