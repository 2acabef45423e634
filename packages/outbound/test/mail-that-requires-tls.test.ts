import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { createSmtpServer, RFC_5321_TIMEOUTS, type SmtpServerOptions } from "@waxwing/protocols";
import { generateSelfSigned } from "@waxwing/runtime";
import { createDeliverer } from "../src/deliver.ts";
import type { NextHop, Route } from "../src/routing/route.ts";

const trusted = await generateSelfSigned("localhost", Date.now());
const elsewhere = await generateSelfSigned("elsewhere.test", Date.now());
const TIMEOUTS = { ...RFC_5321_TIMEOUTS, connectMs: 2_000, greetingMs: 2_000 };
const message = {
  reversePath: "b@bounces.waxwing.test",
  recipient: "ann@example.test",
  raw: Buffer.from("From: shop@waxwing.test\r\n\r\nHi\r\n"),
  is8bit: false,
};

/** A next hop, and the REQUIRETLS of what it was given. */
async function openHop(t: TestContext, options: Partial<SmtpServerOptions<null>> = {}) {
  const given: { readonly requireTls: boolean; readonly tls: boolean }[] = [];
  const ok = { kind: "ok" } as const;
  const server = createSmtpServer<null>({
    kind: "inbound",
    tls: "starttls",
    secureContext: () => trusted,
    plaintextAuth: "never",
    sizeLimitBytes: 100_000,
    maxRecipients: 10,
    maxConnections: 10,
    hostname: "localhost",
    requireTls: true,
    onError: () => undefined,
    backend: {
      mailFrom: async () => ok,
      rcptTo: async () => ok,
      message: async ({ tls }, { sender }) => {
        given.push({ requireTls: sender.requireTls, tls: tls !== null });
        return { ...ok, queueId: "1" };
      },
    },
    ...options,
  });
  const { port } = await server.listen(0, "127.0.0.1");
  t.after(() => server.close(0));
  return { hop: { host: "localhost", port }, given };
}

const over = (...hops: readonly NextHop[]): Route => ({ kind: "hops", hops, rule: "route.static" });

suite("mail that requires TLS", { timeout: 60_000 }, () => {
  const deliverer = (t: TestContext, ca = `${trusted.cert}\n${elsewhere.cert}`) => {
    const made = createDeliverer({ helo: "mail.waxwing.test", timeouts: TIMEOUTS, ca });
    t.after(() => made.terminate());
    return made;
  };

  test("goes with REQUIRETLS to a server that proves who it is and promises the same", async (t) => {
    const { hop, given } = await openHop(t);
    const { deliver } = deliverer(t);
    // The first connection is opportunistic, and not used for the second.
    assert.equal((await deliver(message, over(hop))).kind, "delivered");
    const outcome = await deliver({ ...message, requireTls: true }, over(hop));
    assert.equal(outcome.kind, "delivered");
    assert.equal(outcome.tls?.verified, true);
    assert.deepEqual(given, [
      { requireTls: false, tls: true },
      { requireTls: true, tls: true },
    ]);
  });

  const lacking: readonly (readonly [
    title: string,
    options: Partial<SmtpServerOptions<null>>,
    ca?: string,
  ])[] = [
    ["whose certificate nobody vouches for", {}, elsewhere.cert],
    ["that does not offer REQUIRETLS", { requireTls: false }],
  ];
  for (const [title, options, ca] of lacking) {
    test(`is not given to a server ${title}`, async (t) => {
      const { hop, given } = await openHop(t, options);
      const outcome = await deliverer(t, ca).deliver({ ...message, requireTls: true }, over(hop));
      assert.deepEqual([outcome.kind, outcome.retry, outcome.enhancedCode], ["bounced", "never", "5.7.30"]);
      assert.equal(outcome.rule, "local.needs-requiretls");
      assert.deepEqual(given, []);
    });
  }

  test("goes to the next server where the first lacks something, and waits for one that is away", async (t) => {
    const { hop: poor, given: nothing } = await openHop(t, { requireTls: false });
    const { hop: good, given } = await openHop(t);
    const { deliver } = deliverer(t);
    const urgent = { ...message, requireTls: true };
    assert.equal((await deliver(urgent, over(poor, good))).kind, "delivered");
    assert.deepEqual([nothing.length, given.length], [0, 1]);
    const gone = { host: "localhost", port: 1 };
    const outcome = await deliver(urgent, over(gone, poor));
    assert.deepEqual([outcome.kind, outcome.retry], ["deferred", "later"]);
  });
});
