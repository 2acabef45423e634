import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { suite, test } from "node:test";
import { createSecureContext } from "node:tls";
import { startBadPeer } from "@waxwing/testkit";
import { firstCertificate, secondCertificate } from "../smtp/test-certificates.ts";
import { brief, briefOpening, connected, OPPORTUNISTIC, open, RAW, send, timeouts } from "./open-for-test.ts";

const tls = { cert: String(firstCertificate.cert), key: String(firstCertificate.key) };
const trusting = createSecureContext({ ca: String(firstCertificate.cert), minVersion: "TLSv1.2" });

suite("opening a connection", { concurrency: 8, timeout: 60_000 }, () => {
  test("HELO where EHLO is unknown: no extension is used", async (t) => {
    await using peer = await startBadPeer({
      temper: (stage) => (stage === "EHLO" ? { kind: "answer", text: "502 5.5.1 What?" } : undefined),
    });
    const connection = await connected(t, peer);
    assert.equal(brief((await send(connection))[0]), "accepted 250");
    assert.deepEqual(peer.commands.slice(0, 3), [
      "EHLO mail.waxwing.test",
      "HELO mail.waxwing.test",
      "MAIL FROM:<b+token@bounces.waxwing.test>",
    ]);
  });

  test("extensions in any case, and what they say", async (t) => {
    await using peer = await startBadPeer({
      extensions: [
        "size 1234",
        "pipelining",
        "AUTH=LOGIN",
        "AUTH PLAIN XOAUTH2",
        "LIMITS RCPTMAX=20 MAILMAX=0 X",
      ],
    });
    const { extensions } = await connected(t, peer);
    assert.equal(extensions.sizeBytes, 1234);
    assert.equal(extensions.pipelining, true);
    assert.deepEqual([...extensions.auth], ["LOGIN", "PLAIN", "XOAUTH2"]);
    assert.deepEqual([extensions.rcptMax, extensions.mailMax], [20, null]);
  });

  test("the next address when one cannot be reached or is busy, not when it has spoken for itself", async (t) => {
    await using peer = await startBadPeer({
      temper: (stage, nth) =>
        stage === "greeting" && nth === 1 ? { kind: "last-words", text: "421 4.3.2 Too busy" } : undefined,
    });
    const opening = await open(t, peer, { host: "mx.peer.test", addresses: ["127.0.0.1", "127.0.0.1"] });
    assert.equal(briefOpening(opening), "open");
    assert.equal(peer.connections, 2);
    await using refusing = await startBadPeer({
      temper: (stage) => (stage === "EHLO" ? { kind: "answer", text: "450 4.7.1 Not you" } : undefined),
    });
    const refused = await open(t, refusing, { addresses: ["127.0.0.1", "127.0.0.1"] });
    assert.equal(briefOpening(refused), "refused hello 450");
    assert.equal(refusing.connections, 1);
  });

  test("nobody listens", async (t) => {
    const opening = await open(t, { port: 1 });
    assert.equal(briefOpening(opening), "failed connect socket");
    assert.match(
      opening.kind === "failed" ? opening.conversation.text() : "",
      /no connection to 127\.0\.0\.1 port 1/,
    );
  });

  test("an aborted signal opens nothing", async (t) => {
    await using peer = await startBadPeer({
      temper: (stage) => (stage === "greeting" ? { kind: "silence" } : undefined),
    });
    assert.equal(
      briefOpening(await open(t, peer, { signal: AbortSignal.abort() })),
      "failed connect aborted",
    );
    const stop = new AbortController();
    const opening = open(t, peer, { signal: stop.signal });
    await t.waitFor(() => assert.equal(peer.connections, 1), { interval: 5, timeout: 5_000 });
    stop.abort();
    assert.match(briefOpening(await opening), /^failed (greeting|connect) aborted$/);
  });

  test("STARTTLS, EHLO again, and only what was said within TLS counts", async (t) => {
    await using peer = await startBadPeer({ tls, extensions: ["PIPELINING", "SIZE 99"] });
    const connection = await connected(t, peer, { tls: OPPORTUNISTIC });
    assert.equal(connection.tls?.version, "TLSv1.3");
    assert.equal(connection.tls.verified, false);
    assert.match(connection.tls.problem ?? "", /not trusted/);
    assert.equal(brief((await send(connection))[0]), "accepted 250");
    assert.deepEqual(peer.commands.slice(0, 4), [
      "EHLO mail.waxwing.test",
      "STARTTLS",
      "EHLO mail.waxwing.test",
      `MAIL FROM:<b+token@bounces.waxwing.test> SIZE=${RAW.length}`,
    ]);
  });

  test("what is written behind the 220 to STARTTLS is never read", async (t) => {
    await using peer = await startBadPeer({
      tls,
      temper: (stage) =>
        stage === "STARTTLS"
          ? { kind: "answer", text: "220 Go\r\n250-evil.test\r\n250-AUTH PLAIN\r\n250 SIZE 1" }
          : undefined,
    });
    const opening = await open(t, peer, { tls: OPPORTUNISTIC });
    // Node's TLS may have been given the octets too: then the handshake breaks, but they are never taken for replies.
    if (opening.kind === "open") {
      assert.equal(opening.connection.extensions.sizeBytes, null);
      assert.equal(brief((await send(opening.connection))[0]), "accepted 250");
    } else assert.equal(briefOpening(opening), "failed tls tls-handshake");
  });

  const refusals = [
    ["opportunistic", "open"],
    ["required", "refused starttls 454"],
  ] as const;
  for (const [mode, expected] of refusals) {
    test(`STARTTLS is refused, and TLS is ${mode}: ${expected}`, async (t) => {
      await using peer = await startBadPeer({
        tls,
        temper: (stage) => (stage === "STARTTLS" ? { kind: "answer", text: "454 4.7.0 Not now" } : undefined),
      });
      assert.equal(briefOpening(await open(t, peer, { tls: { mode, verify: { kind: "none" } } })), expected);
    });
  }

  test("STARTTLS is not offered, and TLS is required", async (t) => {
    await using peer = await startBadPeer();
    const opening = await open(t, peer, { tls: { mode: "required", verify: { kind: "none" } } });
    assert.equal(briefOpening(opening), "failed starttls tls-not-offered");
  });

  const broken = [
    ["garbage", { kind: "raw", octets: "this is no TLS record\r\n" }],
    ["the end of the connection", { kind: "close" }],
    ["a reset", { kind: "reset" }],
    ["silence", { kind: "silence" }],
  ] as const;
  for (const [name, fault] of broken)
    for (const at of ["STARTTLS", "handshake"] as const) {
      test(`${name} instead of ${at === "STARTTLS" ? "an answer to STARTTLS" : "a handshake"} is a failure at tls, and the next try in the clear succeeds`, async (t) => {
        await using peer = await startBadPeer({
          tls,
          temper: (stage) => (stage === at ? fault : undefined),
        });
        const short = timeouts(name === "silence" ? 400 : 20_000);
        const opening = await open(t, peer, { tls: OPPORTUNISTIC, timeouts: short });
        assert.equal(briefOpening(opening), "failed tls tls-handshake");
        const connection = await connected(t, peer);
        assert.equal(connection.tls, null);
        assert.equal(brief((await send(connection))[0]), "accepted 250");
      });
    }

  const checks = [
    ["the right name", { kind: "names", names: ["first.waxwing.test"] }, trusting, "open"],
    ["one of two names", { kind: "names", names: ["mx.test", "first.waxwing.test"] }, trusting, "open"],
    ["a wrong name", { kind: "names", names: ["mx.test"] }, trusting, "failed tls tls-certificate"],
    [
      "an unknown root",
      { kind: "names", names: ["first.waxwing.test"] },
      undefined,
      "failed tls tls-certificate",
    ],
  ] as const;
  for (const [name, verify, secureContext, expected] of checks) {
    test(`a certificate with ${name}: ${expected}`, async (t) => {
      await using peer = await startBadPeer({ tls });
      const policy = { mode: "required", verify, ...(secureContext && { secureContext }) } as const;
      const opening = await open(t, peer, { tls: policy });
      assert.equal(briefOpening(opening), expected);
      if (opening.kind === "open") assert.equal(opening.connection.tls?.verified, true);
    });
  }

  test("an injected check sees the chain and decides", async (t) => {
    await using peer = await startBadPeer({ tls });
    const { fingerprint256 } = new X509Certificate(tls.cert);
    const pinned = (pin: string) =>
      open(t, peer, {
        tls: {
          mode: "required",
          verify: {
            kind: "check",
            check: (chain) => (chain[0]?.fingerprint256 === pin ? null : "not the pinned certificate"),
          },
        },
      });
    assert.equal(briefOpening(await pinned(fingerprint256)), "open");
    const other = await pinned(new X509Certificate(String(secondCertificate.cert)).fingerprint256);
    assert.equal(briefOpening(other), "failed tls tls-certificate");
    assert.match(other.kind === "failed" ? other.fault.message : "", /not the pinned certificate/);
  });

  test("a password is not said without TLS", async (t) => {
    await using peer = await startBadPeer({ extensions: ["AUTH PLAIN"] });
    const opening = await open(t, peer, { login: { kind: "password", user: "ann", password: "secret" } });
    assert.equal(briefOpening(opening), "failed auth auth-impossible");
    assert.deepEqual(
      peer.commands.filter((line) => line.startsWith("AUTH")),
      [],
    );
  });

  const password = { kind: "password", user: "ann", password: "s3cret-word" } as const;
  const token = { kind: "token", user: "ann", token: "s3cret-word" } as const;
  const logins = [
    ["PLAIN", password, undefined, "open"],
    ["XOAUTH2", token, undefined, "open"],
    ["PLAIN", token, undefined, "failed auth auth-impossible"],
    ["PLAIN", password, "535 5.7.8 Wrong", "refused auth 535"],
    ["XOAUTH2", token, "334 eyJzdGF0dXMiOiI0MDEifQ==", "refused auth 500"],
  ] as const;
  for (const [mechanism, login, answer, expected] of logins) {
    test(`AUTH ${mechanism} with a ${login.kind}, answered ${answer ?? "235"}: ${expected}`, async (t) => {
      await using peer = await startBadPeer({
        tls,
        extensions: [`AUTH ${mechanism}`],
        temper: (stage) =>
          stage === "AUTH" && answer !== undefined ? { kind: "answer", text: answer } : undefined,
      });
      const opening = await open(t, peer, { tls: OPPORTUNISTIC, login });
      assert.equal(briefOpening(opening), expected);
      const conversation =
        opening.kind === "open"
          ? (
              await opening.connection.send(
                { reversePath: "", recipients: [{ address: "a@b.test" }] },
                Buffer.alloc(0),
              )
            ).conversation
          : opening.conversation;
      assert.doesNotMatch(conversation.text(), /s3cret-word|czNjcmV0|cmV0LXdvcmQ/);
    });
  }
});
