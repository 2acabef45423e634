import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { startBadPeer } from "@waxwing/testkit";
import { firstCertificate } from "../smtp/test-certificates.ts";
import { connected, OPPORTUNISTIC, RAW } from "./open-for-test.ts";

const tls = { cert: String(firstCertificate.cert), key: String(firstCertificate.key) };
const ENVELOPE = { reversePath: "b@waxwing.test", recipients: [{ address: "ann@peer.test" }] };
/** Times are what differs between two runs. */
const untimed = (text: string): string => text.replace(/^ +\d+ ms /gm, "").replace(/port \d+/g, "port N");

suite("the conversation of a message", { concurrency: 8, timeout: 60_000 }, () => {
  test("has the opening, the commands and the answers, and no body", async (t) => {
    await using peer = await startBadPeer({
      tls,
      temper: (stage, nth) =>
        stage === "dot" && nth === 2
          ? { kind: "answer", text: "554-5.7.1 No\r\n554 5.7.1 thanks" }
          : undefined,
    });
    const connection = await connected(t, peer, { tls: OPPORTUNISTIC });
    const first = await connection.send(ENVELOPE, RAW);
    const second = await connection.send(ENVELOPE, RAW);
    const opening = `* connected to 127.0.0.1 port N
S: 220 peer.test ESMTP
C: EHLO mail.waxwing.test
S: 250-peer.test
S: 250-PIPELINING
S: 250 STARTTLS
C: STARTTLS
S: 220 2.0.0 Ready
* TLSv1.3 TLS_AES_256_GCM_SHA384, certificate not verified: the certificate is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT
C: EHLO mail.waxwing.test
S: 250-peer.test
S: 250-PIPELINING
S: 250 STARTTLS
`;
    const transaction = ` on this connection, times from here
C: MAIL FROM:<b@waxwing.test>
C: RCPT TO:<ann@peer.test>
C: DATA
S: 250 2.1.0 Sender ok
S: 250 2.1.5 Recipient ok
S: 354 Go on
C: <message, ${RAW.length} bytes>
C: .
`;
    assert.equal(
      untimed(first.conversation.text()),
      `${opening}* message 1${transaction}S: 250 2.0.0 Ok: queued\n`,
    );
    assert.equal(
      untimed(second.conversation.text()),
      `${opening}* message 2${transaction}S: 554-5.7.1 No\nS: 554 5.7.1 thanks\n`,
    );
  });

  test("stays bounded however many recipients there are and whatever the server answers", async (t) => {
    await using peer = await startBadPeer({
      temper: (stage) =>
        stage === "RCPT"
          ? { kind: "answer", text: `250-${"é".repeat(900)}\r\n250 2.1.5 \u0007\0 ok` }
          : undefined,
    });
    const connection = await connected(t, peer);
    const recipients = Array.from({ length: 500 }, (_, n) => ({ address: `user${n}@peer.test` }));
    const { conversation } = await connection.send({ ...ENVELOPE, recipients }, RAW);
    const text = conversation.text();
    assert.ok(text.length < 12_000, String(text.length));
    assert.match(text, /\d+ more, left out here/);
    assert.match(text, /connected to/);
    assert.match(text, /250 2\.0\.0 Ok: queued\n$/);
    assert.doesNotMatch(text, /[^\P{Cc}\n]/u);
  });
});
