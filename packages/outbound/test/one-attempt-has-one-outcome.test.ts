import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, suite, test } from "node:test";
import { RFC_5321_TIMEOUTS } from "@waxwing/protocols";
import { PEER_FAULTS, type PeerStage, startBadPeer, startSmtpSink } from "@waxwing/testkit";
import { createDeliverer } from "../src/deliver.ts";
import type { DeliveryOutcome } from "../src/outcome.ts";
import type { NextHop } from "../src/routing/route.ts";

const TIMEOUTS = RFC_5321_TIMEOUTS;
/** Only for what waits for it, so that a busy machine makes nothing else one of these. */
const IMPATIENT = { ...RFC_5321_TIMEOUTS, greetingMs: 400, handshakeMs: 400 };
const RAW = Buffer.from(
  "From: shop@waxwing.test\r\nSubject: Order\r\n\r\n.a line that starts with a dot\r\nend\r\n",
);

/** A server that is no SMTP server: `speak` gets the socket, the port is its own. */
async function startPeer(speak: (socket: Socket) => void): Promise<NextHop & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    speak(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers each command line by its verb, and the end of DATA by `dot`. */
function scripted(answers: Readonly<Record<string, string>>, dot = "250 2.0.0 Ok"): (socket: Socket) => void {
  return (socket) => {
    let inData = false;
    let buffered = "";
    socket.write(answers.greeting ?? "220 peer.test ESMTP\r\n");
    socket.on("data", (chunk) => {
      buffered += chunk.toString("latin1");
      for (let end = buffered.indexOf("\r\n"); end >= 0; end = buffered.indexOf("\r\n")) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        if (inData) {
          if (line !== ".") continue;
          inData = false;
          if (dot === "") socket.destroy();
          else socket.write(`${dot}\r\n`);
          continue;
        }
        const verb = line.slice(0, 4).toUpperCase();
        const answer = answers[verb] ?? (verb === "DATA" ? "354 go on" : "250 Ok");
        inData = verb === "DATA" && answer.startsWith("354");
        socket.write(`${answer}\r\n`);
      }
    });
  };
}

suite("one attempt has one outcome", { concurrency: true, timeout: 60_000 }, () => {
  let sink: Awaited<ReturnType<typeof startSmtpSink>>;
  before(async () => {
    sink = await startSmtpSink();
  });
  after(() => sink.close());

  const deliverTo = async (
    recipient: string,
    hops: readonly NextHop[],
    timeouts = TIMEOUTS,
  ): Promise<DeliveryOutcome> => {
    const deliverer = createDeliverer({ helo: "mail.waxwing.test", timeouts });
    try {
      return await deliverer.deliver(
        { reversePath: "b+token@bounces.waxwing.test", recipient, raw: RAW, is8bit: false },
        { kind: "hops", hops, rule: "route.static" },
      );
    } finally {
      deliverer.terminate();
    }
  };
  const sinkHop = (): NextHop => ({ host: "127.0.0.1", port: sink.port });

  test("accepted: the bytes arrive as they are, dots included", async () => {
    const outcome = await deliverTo("bytes@sink.test", [sinkHop()]);
    assert.equal(outcome.kind, "delivered");
    assert.equal(outcome.retry, "never");
    const arrived = sink.messages.find(({ rcptTo }) => rcptTo.includes("bytes@sink.test"));
    assert.equal(arrived?.raw.toString(), RAW.toString());
    assert.equal(arrived?.mailFrom, "b+token@bounces.waxwing.test");
  });

  const moods: readonly (readonly [
    recipient: string,
    kind: string,
    retry: string,
    rule: string,
    reply: RegExp,
  ])[] = [
    ["bounce550@sink.test", "bounced", "never", "reply.5xx", /^550 5\.1\.1/],
    ["defer451@sink.test", "deferred", "later", "reply.4xx", /^451/],
    ["data554@sink.test", "bounced", "never", "reply.5xx", /^554/],
    ["drop@sink.test", "deferred", "later", "connection.lost", /./],
  ];
  for (const [recipient, kind, retry, rule, reply] of moods) {
    test(`${recipient}: ${kind}`, async () => {
      const outcome = await deliverTo(recipient, [sinkHop()]);
      assert.deepEqual([outcome.kind, outcome.retry, outcome.rule], [kind, retry, rule]);
      assert.match(outcome.reply, reply);
    });
  }

  const peers: readonly (readonly [
    name: string,
    speak: (socket: Socket) => void,
    kind: string,
    rule: string,
  ])[] = [
    [
      "a server that greets with 554",
      scripted({ greeting: "554 no service here\r\n" }),
      "deferred",
      "connect.refused",
    ],
    [
      "a server that talks HTTP",
      scripted({ greeting: "HTTP/1.1 400 Bad Request\r\n\r\n" }),
      "deferred",
      "connect.nonsense",
    ],
    ["a server that never greets", () => undefined, "deferred", "connect.failed"],
    ["a server that hangs up at once", (socket) => void socket.destroy(), "deferred", "connect.failed"],
    ["421 at MAIL", scripted({ MAIL: "421 4.3.2 closing" }), "deferred", "reply.4xx"],
    ["552 at MAIL", scripted({ MAIL: "552 5.3.4 too big" }), "bounced", "reply.5xx"],
    ["450 after the final dot", scripted({}, "450 4.2.0 later"), "deferred", "reply.4xx"],
    ["a connection that ends after the final dot", scripted({}, ""), "unknown", "connection.lost-after-data"],
    [
      "a message above the advertised SIZE",
      scripted({ EHLO: "250-peer.test\r\n250 SIZE 10" }),
      "bounced",
      "local.too-large-for-server",
    ],
    [
      "an endless greeting",
      (socket) => void socket.write(`220-${"x".repeat(1_000_000)}`),
      "deferred",
      "connect.nonsense",
    ],
  ];
  for (const [name, speak, kind, rule] of peers) {
    test(`${name}: ${kind}`, async () => {
      await using peer = await startPeer(speak);
      const outcome = await deliverTo("ann@peer.test", [peer], /never/.test(name) ? IMPATIENT : TIMEOUTS);
      assert.deepEqual([outcome.kind, outcome.rule], [kind, rule], outcome.reply);
      assert.notEqual(outcome.retry, "other-host", "no host is left to try");
    });
  }

  test("a host that cannot be reached is passed over for the next within the attempt", async () => {
    const outcome = await deliverTo("second@sink.test", [{ host: "127.0.0.1", port: 1 }, sinkHop()]);
    assert.equal(outcome.kind, "delivered");
  });

  const faulty = (stage: PeerStage, fault: keyof typeof PEER_FAULTS) =>
    startBadPeer({ temper: (at) => (at === stage ? PEER_FAULTS[fault] : undefined) });
  const passedOver: readonly (readonly [PeerStage, keyof typeof PEER_FAULTS, "next" | "this"])[] = [
    ["greeting", "falls silent", "next"],
    ["greeting", "says 421 and closes", "next"],
    ["greeting", "refuses with 554", "next"],
    ["EHLO", "talks HTTP", "next"],
    ["MAIL", "hangs up", "next"],
    ["DATA", "resets the connection", "next"],
    ["RCPT", "defers with 451", "this"],
    ["RCPT", "refuses with 554", "this"],
    // It may have the message.
    ["dot", "hangs up", "this"],
  ];
  for (const [stage, fault, whose] of passedOver) {
    test(`of two hosts the first ${fault} at ${stage}: the word of ${whose} one counts`, async () => {
      await using peer = await faulty(stage, fault);
      const timeouts = fault === "falls silent" ? IMPATIENT : TIMEOUTS;
      const outcome = await deliverTo("two@sink.test", [peer, sinkHop()], timeouts);
      assert.equal(outcome.kind === "delivered", whose === "next", outcome.reply);
      assert.equal(peer.connections, 1);
      const told = outcome.conversation?.text().match(/connected to/g)?.length;
      assert.equal(told, whose === "next" ? 2 : 1);
    });
  }

  test("a server that refuses STARTTLS gets the message in the clear", async () => {
    await using peer = await startPeer(
      scripted({ EHLO: "250-peer.test\r\n250 STARTTLS", STAR: "454 4.7.0 not now" }),
    );
    assert.equal((await deliverTo("ann@peer.test", [peer])).kind, "delivered");
  });

  test("a TLS handshake that breaks is followed by a try in the clear", async () => {
    await using peer = await startPeer(
      scripted({ EHLO: "250-peer.test\r\n250 STARTTLS", STAR: "220 go\r\nthis is no TLS record" }),
    );
    const outcome = await deliverTo("ann@peer.test", [peer], IMPATIENT);
    assert.equal(outcome.kind, "delivered");
    assert.equal(outcome.tls, null);
    assert.match(outcome.conversation?.text() ?? "", /STARTTLS.*no TLS within.*connected to.*C: DATA/s);
  });

  test("a server that says goodbye to an idle connection is tried over a fresh one", async () => {
    await using peer = await startBadPeer({
      temper: (stage, nth) =>
        stage === "MAIL" && nth === 2
          ? { kind: "last-words", text: "421 4.4.2 Idle for too long" }
          : undefined,
    });
    const deliverer = createDeliverer({ helo: "mail.waxwing.test", timeouts: TIMEOUTS });
    const message = { reversePath: "b@bounces.waxwing.test", recipient: "a@b.test", raw: RAW, is8bit: false };
    const route = { kind: "hops", hops: [peer], rule: "route.static" } as const;
    for (let n = 0; n < 2; n++) assert.equal((await deliverer.deliver(message, route)).kind, "delivered");
    assert.equal(peer.connections, 2);
    deliverer.terminate();
  });

  test("the outcome can tell the conversation", async () => {
    const outcome = await deliverTo("bounce550@sink.test", [sinkHop()]);
    const text = outcome.conversation?.text() ?? "";
    assert.match(text, /^ +\d+ ms \* connected to 127\.0\.0\.1 port \d+\n/);
    assert.match(text, /C: RCPT TO:<bounce550@sink\.test>\n/);
    assert.match(text, /S: 550 5\.1\.1 This mailbox always refuses\n/);
  });

  test("messages to one host share a connection", async () => {
    await using own = await startSmtpSink();
    const deliverer = createDeliverer({ helo: "mail.waxwing.test", timeouts: TIMEOUTS });
    const hop = { host: "127.0.0.1", port: own.port };
    for (let n = 0; n < 5; n++) {
      await deliverer.deliver(
        { reversePath: "b@bounces.waxwing.test", recipient: `user${n}@sink.test`, raw: RAW, is8bit: false },
        { kind: "hops", hops: [hop], rule: "route.static" },
      );
    }
    assert.equal(own.connections, 1);
    assert.equal(deliverer.openConnections(), 1);
    deliverer.terminate();
    assert.equal(deliverer.openConnections(), 0);
  });
});
