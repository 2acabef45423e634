import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { after, before, suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import { ensureProject, putTlsSetting } from "@waxwing/store";
import { derOf, mailDomain, openTlsWorld, type ServedPolicy, type TlsWorld } from "./tls-world.ts";

const sha256 = (data: Buffer): Buffer => createHash("sha256").update(data).digest();
const sha512 = (data: Buffer): Buffer => createHash("sha512").update(data).digest();
const policyOf = (mode: string, mx: string, maxAge = 86_400): ServedPolicy => ({
  body: `version: STSv1\r\nmode: ${mode}\r\nmx: ${mx}\r\nmax_age: ${maxAge}\r\n`,
});

/** Domains with MTA-STS, each with the policy of its first label. */
const STS = ["enforce", "testing", "none", "unlisted", "html", "redirect", "missing", "broken", "untrusted"];
const stsDomains = [...STS, "large", "cached", "renewed", "both"].map((name) => `${name}.example`);
const daneNames = "ee ee-key ee-512 ee-whole ta ta-whole-cert wrong unusable failing unproved both".split(
  " ",
);
const daneDomains = daneNames.map((name) => `${name}.dane.example`);

suite("TLS follows what the recipient's domain asks", { timeout: 60_000 }, () => {
  let world: TlsWorld;
  before(async () => {
    const hosts = [
      ...stsDomains.flatMap((domain) => [`mx.${domain}`, `mta-sts.${domain}`]),
      ...daneDomains.map((domain) => `mx.${domain}`),
      "mx.plain.example",
      "mta-sts.both.dane.example",
    ];
    world = await openTlsWorld({
      hosts,
      isSecure: (name) => name.endsWith(".dane.example") && !name.includes("unproved"),
      zoneOf: ({ authority, certificates }) => {
        const { good, untrusted } = certificates;
        const cert = derOf(good.leaf, "certificate");
        const key = derOf(good.leaf, "key");
        const root = derOf(authority.cert, "certificate");
        const own = derOf(untrusted.leaf, "certificate");
        return {
          ...mailDomain("plain.example"),
          "alias.plain.example": { CNAME: ["plain.example"] },
          ...Object.assign({}, ...stsDomains.map((domain) => mailDomain(domain, { sts: "1" }))),
          ...mailDomain("ee.dane.example", { tlsa: [[3, 0, 1, sha256(own)]] }),
          ...mailDomain("ee-key.dane.example", { tlsa: [[3, 1, 1, sha256(key)]] }),
          ...mailDomain("ee-512.dane.example", {
            tlsa: [
              [3, 1, 1, sha256(own)],
              [3, 0, 2, sha512(cert)],
            ],
          }),
          ...mailDomain("ee-whole.dane.example", { tlsa: [[3, 1, 0, key]] }),
          ...mailDomain("ta.dane.example", { tlsa: [[2, 0, 1, sha256(root)]] }),
          ...mailDomain("ta-whole-cert.dane.example", { tlsa: [[2, 0, 0, root]] }),
          ...mailDomain("wrong.dane.example", { tlsa: [[3, 0, 1, sha256(root)]] }),
          ...mailDomain("unusable.dane.example", {
            tlsa: [
              [1, 0, 1, sha256(cert)],
              [3, 0, 1, cert.subarray(0, 5)],
            ],
          }),
          ...mailDomain("failing.dane.example", { tlsa: { error: "ESERVFAIL" } }),
          ...mailDomain("unproved.dane.example", { tlsa: [[3, 0, 1, sha256(root)]] }),
          ...mailDomain("both.dane.example", { sts: "1", tlsa: [[3, 0, 1, sha256(cert)]] }),
        };
      },
    });
    const { policies } = world;
    policies.set("enforce.example", policyOf("enforce", "mx.enforce.example"));
    policies.set("testing.example", policyOf("testing", "other.example"));
    policies.set("none.example", { body: "version: STSv1\nmode: none\nmax_age: 60\n" });
    policies.set("unlisted.example", policyOf("enforce", "*.mx.unlisted.example"));
    policies.set("html.example", { ...policyOf("enforce", "*.html.example"), type: "text/html" });
    policies.set("redirect.example", { ...policyOf("enforce", "*.redirect.example"), status: 301 });
    policies.set("broken.example", { body: "version: STSv1\nmode: enforce\nmax_age: 60\n" });
    policies.set("untrusted.example", policyOf("enforce", "*.untrusted.example"));
    policies.set("large.example", {
      body: `${policyOf("enforce", "*.large.example").body}${"x: y\n".repeat(20_000)}`,
    });
    policies.set("both.dane.example", policyOf("enforce", "mx.elsewhere.example"));
  });
  after(() => world[Symbol.asyncDispose]());

  type Certificate = keyof TlsWorld["certificates"] | null;
  const send = async (domain: string, certificate: Certificate, message = {}) => {
    const hop = await world.openServer({
      host: `mx.${domain}`,
      certificate: certificate === null ? null : world.certificates[certificate],
    });
    return await world.deliver(world.platform(), `ann@${domain}`, [hop], message);
  };

  const cases: readonly (readonly [
    domain: string,
    certificate: Certificate,
    came: string,
    policy: string,
    reason: RegExp,
  ])[] = [
    ["plain.example", "good", "delivered TLS verified", "opportunistic default", /neither DANE nor MTA-STS/],
    ["plain.example", "untrusted", "delivered TLS", "opportunistic default", /neither/],
    ["plain.example", null, "delivered clear", "opportunistic default", /neither/],
    ["enforce.example", "good", "delivered TLS verified", "verified mta-sts", /is enforced/],
    ["enforce.example", "expired", "deferred tls.not-verified 4.7.5", "verified mta-sts", /enforced/],
    ["enforce.example", "elsewhere", "deferred tls.not-verified 4.7.5", "verified mta-sts", /enforced/],
    ["enforce.example", "untrusted", "deferred tls.not-verified 4.7.5", "verified mta-sts", /enforced/],
    ["enforce.example", null, "deferred tls.not-offered 4.7.4", "verified mta-sts", /enforced/],
    ["testing.example", "untrusted", "delivered TLS", "opportunistic mta-sts", /testing mode/],
    ["none.example", null, "delivered clear", "opportunistic default", /neither/],
    ["unlisted.example", "good", "deferred tls.mx-not-listed 4.7.0", "verified mta-sts", /does not list/],
    ["html.example", null, "delivered clear", "opportunistic default", /text\/html/],
    ["redirect.example", null, "delivered clear", "opportunistic default", /answered 301/],
    ["missing.example", null, "delivered clear", "opportunistic default", /answered 404/],
    ["broken.example", null, "delivered clear", "opportunistic default", /names no mx/],
    [
      "untrusted.example",
      null,
      "delivered clear",
      "opportunistic default",
      /can be read: .*(issuer|verify|signed)/,
    ],
    ["large.example", null, "delivered clear", "opportunistic default", /64 KB/],
    ["ee.dane.example", "untrusted", "delivered TLS verified", "dane dane", /TLSA/],
    ["ee-key.dane.example", "good", "delivered TLS verified", "dane dane", /TLSA/],
    ["ee-512.dane.example", "good", "delivered TLS verified", "dane dane", /TLSA/],
    ["ee-whole.dane.example", "good", "delivered TLS verified", "dane dane", /TLSA/],
    ["ta.dane.example", "good", "delivered TLS verified", "dane dane", /TLSA/],
    ["ta-whole-cert.dane.example", "good", "delivered TLS verified", "dane dane", /TLSA/],
    ["ta.dane.example", "elsewhere", "deferred tls.not-verified 4.7.5", "dane dane", /TLSA/],
    ["ta.dane.example", "expired", "deferred tls.not-verified 4.7.5", "dane dane", /TLSA/],
    ["ta.dane.example", "untrusted", "deferred tls.not-verified 4.7.5", "dane dane", /TLSA/],
    ["wrong.dane.example", "good", "deferred tls.not-verified 4.7.5", "dane dane", /TLSA/],
    ["wrong.dane.example", null, "deferred tls.not-offered 4.7.4", "dane dane", /TLSA/],
    ["unusable.dane.example", "untrusted", "delivered TLS", "required dane", /cannot be checked/],
    ["unusable.dane.example", null, "deferred tls.not-offered 4.7.4", "required dane", /cannot be checked/],
    ["failing.dane.example", "good", "deferred tls.policy-unknown 4.7.5", "dane dane", /SERVFAIL/],
    // Whoever could forge the answer could have made the record.
    ["unproved.dane.example", "good", "delivered TLS verified", "opportunistic default", /neither/],
    // RFC 8461 §2: DANE holds where both are there, and MTA-STS cannot take it back.
    ["both.dane.example", "good", "delivered TLS verified", "dane dane", /TLSA/],
  ];
  for (const [domain, certificate, came, policy, reason] of cases) {
    test(`${domain} with ${certificate ?? "no"} TLS: ${came}`, async () => {
      const outcome = await send(domain, certificate);
      const { kind, rule, enhancedCode, tls, tlsPolicy } = outcome;
      const how = tls === null ? "clear" : tls.verified ? "TLS verified" : "TLS";
      const told = kind === "delivered" ? `delivered ${how}` : `${kind} ${rule} ${enhancedCode}`;
      assert.deepEqual([told, `${tlsPolicy?.policy} ${tlsPolicy?.source}`], [came, policy], outcome.reply);
      assert.match(tlsPolicy?.reason ?? "", reason);
      if (kind === "deferred") assert.equal(outcome.retry, "later");
    });
  }

  test("an opportunistic handshake that breaks is made up for in the clear, a policy's never", async () => {
    const talk = (socket: import("node:net").Socket): void => {
      socket.on("error", () => undefined);
      socket.write("220 mx ESMTP\r\n");
      let breaking = false;
      socket.on("data", (chunk) => {
        if (breaking) return void socket.destroy();
        for (const line of chunk.toString("latin1").split("\r\n").filter(Boolean)) {
          breaking = line === "STARTTLS";
          if (line.startsWith("EHLO")) socket.write("250-mx\r\n250 STARTTLS\r\n");
          else if (line === "DATA") socket.write("354 go\r\n");
          else if (line === "STARTTLS") socket.write("220 go\r\n");
          else if (/^(?:MAIL|RCPT|\.$)/.test(line)) socket.write("250 ok\r\n");
        }
      });
    };
    const server = createServer(talk);
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as import("node:net").AddressInfo;
    try {
      const at = (domain: string) => [{ host: `mx.${domain}`, port, addresses: ["127.0.0.1"] }];
      const free = await world.deliver(world.platform(), "ann@plain.example", at("plain.example"));
      assert.deepEqual([free.kind, free.tls], ["delivered", null], free.reply);
      const held = await world.deliver(world.platform(), "ann@enforce.example", at("enforce.example"));
      assert.deepEqual([held.kind, held.rule], ["deferred", "tls.handshake-failed"]);
    } finally {
      await new Promise<void>((closed) => server.close(() => closed()));
    }
  });

  test("a policy outlives its host, the worker that fetched it, and its record, until max_age is over", async () => {
    const { policies, fetched, clock } = world;
    const known = (): number => fetched.filter((host) => host === "mta-sts.cached.example").length;
    policies.set("cached.example", policyOf("enforce", "mx.cached.example", 3_600));
    assert.equal((await send("cached.example", null)).rule, "tls.not-offered");
    policies.set("cached.example", { ...policyOf("none", "mx.cached.example"), status: 503 });
    assert.equal((await send("cached.example", null)).rule, "tls.not-offered");
    assert.equal(known(), 1, "the second worker found it in the table");
    await clock.advance(3_601_000);
    assert.equal((await send("cached.example", null)).kind, "delivered");
    assert.equal(known(), 2);
  });

  test("a policy of another id takes the place of the one before", async () => {
    const { policies, db } = world;
    policies.set("renewed.example", policyOf("enforce", "mx.renewed.example"));
    assert.equal((await send("renewed.example", null)).rule, "tls.not-offered");
    policies.set("renewed.example", { body: "version: STSv1\nmode: none\nmax_age: 60\n" });
    await db.pool.query("UPDATE mta_sts_policies SET record_id = 'old' WHERE domain = 'renewed.example'");
    assert.equal((await send("renewed.example", null)).kind, "delivered");
  });

  test("a project's own settings ask for more, never for less", async () => {
    const { db } = world;
    const projectId = newId();
    await ensureProject(db, { id: projectId, name: "shop" });
    const actor = { projectId, keyId: null, remoteAddress: null };
    const set = (domain: string, policy: "opportunistic" | "required" | "verified") =>
      putTlsSetting(db, actor, { id: newId(), domain, policy }, 10);
    await set("*", "required");
    const required = await send("plain.example", null, { projectId });
    assert.deepEqual([required.rule, required.tlsPolicy?.source], ["tls.not-offered", "setting"]);
    assert.equal((await send("plain.example", "untrusted", { projectId })).kind, "delivered");
    await set("plain.example", "verified");
    assert.equal((await send("plain.example", "untrusted", { projectId })).rule, "tls.not-verified");
    await set("enforce.example", "opportunistic");
    assert.equal((await send("enforce.example", null, { projectId })).rule, "tls.not-offered");
    await set("plain.example", "opportunistic");
    assert.equal((await send("plain.example", null, { projectId })).kind, "delivered");
    assert.equal((await send("plain.example", null, { projectId: newId() })).kind, "delivered");
  });

  test("TLS-Required: No sets aside what the domain asks, unless the message asks for REQUIRETLS", async () => {
    assert.equal((await send("enforce.example", null, { tlsOptional: true })).kind, "delivered");
    assert.equal((await send("wrong.dane.example", "good", { tlsOptional: true })).kind, "delivered");
    const both = await send("enforce.example", null, { tlsOptional: true, requireTls: true });
    assert.deepEqual([both.kind, both.enhancedCode], ["bounced", "5.7.30"]);
  });

  test("mail goes on to the next host where the first one does not keep to the policy", async () => {
    const poor = await world.openServer({ certificate: null, host: "mx.enforce.example" });
    const unlisted = await world.openServer({
      certificate: world.certificates.good,
      host: "mx.plain.example",
    });
    const good = await world.openServer({ certificate: world.certificates.good, host: "mx.enforce.example" });
    const outcome = await world.deliver(world.platform(), "ann@enforce.example", [poor, unlisted, good]);
    assert.deepEqual([outcome.kind, outcome.tls?.verified], ["delivered", true]);
  });

  test("a static route knows no policies of the recipient's domain", async () => {
    const hop = await world.openServer({ certificate: null, host: "mx.enforce.example" });
    const outcome = await world.deliver(world.platform(), "ann@enforce.example", [
      { ...hop, tls: "opportunistic" },
    ]);
    assert.deepEqual([outcome.kind, outcome.tlsPolicy?.source], ["delivered", "route"]);
  });
});
