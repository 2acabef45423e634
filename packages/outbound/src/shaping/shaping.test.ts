import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { SitePause } from "@waxwing/store";
import { rankSources } from "../egress/rank-sources.ts";
import { type EgressSource, warmUpCap } from "../egress/source.ts";
import { createConcurrencyWindow } from "./concurrency.ts";
import type { Feedback } from "./feedback.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { limitsFor } from "./match-rule.ts";
import { createPace } from "./pace.ts";
import { createPath } from "./path.ts";
import { REACTION_RULES, reactionTo } from "./reply-reactions.ts";
import { SHIPPED_RULES } from "./shipped-rules.ts";

suite("the limits of a site", () => {
  const limits = (...names: string[]) => limitsFor(names, [[], SHIPPED_RULES]);

  test("are those of its MX hosts", () => {
    assert.equal(limits("gmail-smtp-in.l.google.com", "mx:gmail").messagesPerConnection, 50);
    assert.equal(limits("mta5.am0.yahoodns.net").messagesPerConnection, 20);
    assert.deepEqual(limits("smtp-in.orange.fr").rules, ["orange"]);
    assert.equal(limits("shop-com.mail.protection.outlook.com").connections, 5);
    assert.deepEqual(limits("shop.olc.protection.outlook.com").rules, ["microsoft-consumer"]);
  });

  test("are the usual ones where no rule names it, and never by a part of a name", () => {
    const { rules, ...usual } = limits("mx.example.org", "notgoogle.com", "google.com.evil.test");
    assert.deepEqual(usual, DEFAULT_LIMITS);
    assert.deepEqual(rules, []);
  });

  test("are the operator's first, the most particular before the others, limit by limit", () => {
    const own = [
      { name: "all", patterns: ["*"], limits: { connections: 7, messagesPerSecond: 3 } },
      { name: "host", patterns: ["mx1.google.com"], limits: { connections: 1, messagesPerSecond: null } },
    ];
    const found = limitsFor(["mx1.google.com"], [own, SHIPPED_RULES]);
    assert.deepEqual([found.connections, found.messagesPerSecond, found.messagesPerConnection], [1, 3, 50]);
    assert.deepEqual(found.rules, ["host", "all", "google"]);
  });

  test("are those of its address where a route leads to one, whole", () => {
    const own = ["192.0.2.7", "192.0.2.70", "2001:db8::7"].map((pattern, at) => ({
      name: pattern,
      patterns: [pattern],
      limits: { connections: at + 1 },
    }));
    const rules = (host: string) => limitsFor([host, `route:${host}:25`], [own, SHIPPED_RULES]).rules;
    assert.deepEqual(rules("192.0.2.70"), ["192.0.2.70"]);
    assert.deepEqual(rules("2001:db8::7"), ["2001:db8::7"]);
    assert.deepEqual(rules("192.0.2.77"), []);
  });

  test("that are shipped say where they are from, each name once", () => {
    const names = SHIPPED_RULES.flatMap(({ patterns }) => patterns);
    assert.equal(new Set(names).size, names.length);
    for (const { name, source, seen, note } of SHIPPED_RULES) {
      assert.ok(source.startsWith("https://") || source === "our own careful estimate", name);
      assert.match(seen, /^\d{4}-\d\d-\d\d$/);
      assert.ok(note !== "", name);
    }
  });
});

suite("the concurrency window", () => {
  test("grows by successes up to the limit, and is halved by trouble, once for all that was under way", () => {
    let limit = 20;
    const window = createConcurrencyWindow(() => limit);
    assert.equal(window.size(), 5);
    for (let n = 0; n < 40; n++) window.onSuccess();
    assert.equal(window.size(), 20);
    for (let n = 0; n < 20; n++) window.onTrouble(100, 200);
    assert.equal(window.size(), 10);
    window.onTrouble(250, 300);
    assert.equal(window.size(), 5);
    // Beyond where trouble began it grows slowly.
    for (let n = 0; n < 5; n++) window.onSuccess();
    assert.equal(window.size(), 6);
    limit = 2;
    assert.equal(window.size(), 2);
    for (let n = 0; n < 10; n++) window.onTrouble(1_000 * n + 400, 1_000 * n + 500);
    assert.equal(window.size(), 1);
  });
});

suite("the pace", () => {
  test("lets a second's messages go at once, and then one at a time", () => {
    const pace = createPace(() => 10);
    assert.equal(pace.ready(0), 10);
    for (let n = 0; n < 10; n++) pace.take(0);
    assert.equal(pace.ready(0), 0);
    assert.equal(pace.readyAt(0), 100);
    assert.equal(pace.ready(100), 1);
    assert.equal(pace.ready(5_000), 10);
  });

  test("of less than one a second lets one go at once", () => {
    const pace = createPace(() => 0.1);
    assert.equal(pace.ready(0), 1);
    pace.take(0);
    assert.equal(pace.ready(9_999), 0);
    assert.equal(pace.readyAt(1), 10_000);
    assert.equal(pace.ready(10_000), 1);
  });
});

suite("a path", () => {
  const fine: Feedback = { kind: "fine", reaction: null };
  const gone: Feedback = { kind: "unreachable", reaction: null };
  const open = () => {
    const pauses: Omit<SitePause, "site" | "source">[] = [];
    const path = createPath({
      limits: () => ({ ...DEFAULT_LIMITS, rules: [] }),
      onPause: (pause) => void pauses.push(pause),
    });
    const send = (feedback: Feedback, atMs: number) => path.begin(atMs).end(feedback, "said", atMs);
    return { path, pauses, send };
  };

  test("pauses after five failures, for longer each time, and is open to one message in between", () => {
    const { path, pauses, send } = open();
    for (let n = 0; n < 5; n++) send(gone, n);
    assert.equal(path.state(10).kind, "paused");
    assert.equal(path.state(30_004).kind, "open");
    const probe = path.begin(30_005);
    assert.equal(path.state(30_005).kind, "full");
    probe.end(gone, "said", 30_006);
    assert.deepEqual(
      pauses.map(({ kind, untilMs }) => [kind, untilMs]),
      [
        ["unreachable", 30_004],
        ["unreachable", 90_006],
      ],
    );
    send(fine, 100_000);
    assert.equal(pauses.at(-1)?.failures, 0);
    assert.equal(path.state(100_000).kind, "open");
    for (let n = 0; n < 20; n++) send(gone, 200_000 + 1_000_000 * n);
    assert.equal(
      (pauses.at(-1)?.untilMs ?? 0) - (200_000 + 19_000_000),
      900_000,
      "at most a quarter of an hour",
    );
  });

  test("is not paused by failures between successes", () => {
    const { path, pauses, send } = open();
    for (let n = 0; n < 40; n++) send(n % 4 === 0 ? fine : gone, n);
    assert.deepEqual([path.state(41).kind, pauses.length], ["open", 0]);
  });

  test("rests when it is asked to twice, and learns of the pauses of others", () => {
    const { path, pauses, send } = open();
    const asked: Feedback = { kind: "trouble", reaction: { kind: "pause", forMs: 60_000, rule: "x" } };
    send(asked, 0);
    assert.equal(path.state(1).kind, "open");
    send(asked, 2);
    assert.deepEqual(path.state(3), { kind: "paused", untilMs: 60_002, pause: "reply", reason: "said" });
    assert.equal(pauses.length, 1);
    const other = open().path;
    other.learn({ kind: "reply", untilMs: 60_002, reason: "said", failures: 0 });
    assert.equal(other.state(3).kind, "paused");
    assert.equal(other.state(60_002).kind, "open");
  });
});

suite("replies that make us do something", () => {
  const cases: readonly (readonly [reply: string, rule: string | null])[] = [
    [
      "421 4.7.28 Gmail has detected an unusual rate of mail originating from your IP address",
      "google.unusual-rate",
    ],
    [
      "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
      "yahoo.tss04",
    ],
    [
      "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
      "microsoft.blocked",
    ],
    [
      "451 4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections. (S3115)",
      "microsoft.too-many-connections",
    ],
    [
      "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation.",
      "microsoft.rate-limited",
    ],
    [
      "421 mwinf5c03 ME Trop de connexions, veuillez verifier votre configuration. OFR004_104",
      "orange.too-many-connections",
    ],
    ["421 mwinf5c04 ME Service refuse. Veuillez essayer plus tard. OFR_999 [999]", "orange.refused"],
    ["421 4.1.0 192.0.2.1 Throttled - try again later. RL000001", "comcast.rate"],
    ["554 IP=192.0.2.1 - None/bad reputation. Ask your postmaster for help (NOWL)", "t-online.reputation"],
    ["421 Rate limit reached. Please try again later", "gmx.rate"],
    ["550 Ip frequency limited", "qq.address-rate"],
    ["421 HL:ICC", "netease.too-many-connections"],
    ["421 4.7.0 mx.example.org Error: too many connections from 192.0.2.1", "connections.too-many"],
    ["450 4.7.1 Error: too much mail from 192.0.2.1", "rate.exceeded"],
    ["550 5.1.1 User unknown", null],
    ["451 4.7.1 Greylisted, try again in 300 seconds", null],
    ["552 5.2.2 Mailbox full", null],
    ["250 2.0.0 Ok", null],
  ];
  for (const [reply, rule] of cases) {
    test(`${reply.slice(0, 60)}: ${rule ?? "nothing"}`, () => {
      assert.equal(reactionTo(reply)?.name ?? null, rule);
    });
  }

  test("say where they are from, and take their time with no hostile text", () => {
    for (const { name, source } of REACTION_RULES) assert.match(source, /^https?:\/\//, name);
    const startMs = performance.now();
    reactionTo(`421 ${"messages from 1.1.1.".repeat(50_000)}`);
    reactionTo(`450 ${"too many ".repeat(100_000)}`);
    assert.ok(performance.now() - startMs < 100);
  });
});

suite("the sources of a pool", () => {
  const source = (name: string): EgressSource => ({
    name,
    localAddress: null,
    heloName: null,
    relay: null,
    messagesPerSecond: null,
    warmUp: null,
  });
  const pool = (weights: Readonly<Record<string, number>>) => ({
    name: "p",
    overflow: null,
    members: Object.entries(weights).map(([name, weight]) => ({ source: source(name), weight })),
  });
  const first = (weights: Readonly<Record<string, number>>, recipient: string) =>
    rankSources(pool(weights), recipient)[0]?.name;

  test("come first for their share of recipients, and one that goes takes only its own along", () => {
    const addresses = Array.from({ length: 4_000 }, (_, n) => `Ann${n}@example.test`);
    const before = addresses.map((address) => first({ a: 1, b: 2, c: 1 }, address));
    const share = before.filter((name) => name === "b").length / addresses.length;
    assert.ok(share > 0.46 && share < 0.54, String(share));
    for (const [index, address] of addresses.entries()) {
      const after = first({ a: 1, b: 2 }, address.toLowerCase());
      if (before[index] !== "c") assert.equal(after, before[index]);
    }
  });

  test("are warmed up by day", () => {
    const startMs = Date.UTC(2026, 11, 1);
    const warmUp = { startMs, caps: [50, 100] };
    const day = 86_400_000;
    assert.deepEqual(
      [startMs - 1, startMs, startMs + day - 1, startMs + day, startMs + 2 * day].map((ms) =>
        warmUpCap(warmUp, ms),
      ),
      [0, 50, 50, 100, null],
    );
  });
});
