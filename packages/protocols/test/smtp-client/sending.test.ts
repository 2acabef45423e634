import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { suite, test } from "node:test";
import { startBadPeer } from "@waxwing/testkit";
import { brief, CLEAR, connected, RAW, send, timeouts } from "./open-for-test.ts";

const ON_WIRE = RAW.toString().replace("\r\n.a", "\r\n..a").replace("\r\n..two", "\r\n...two");

suite("sending through a connection", { concurrency: 8, timeout: 60_000 }, () => {
  test("with PIPELINING a message is two writes: the commands, the content", async (t) => {
    await using peer = await startBadPeer();
    const connection = await connected(t, peer);
    const results = await send(connection, ["ann@peer.test", "bob@peer.test"]);
    assert.deepEqual(results.map(brief), ["accepted 250", "accepted 250"]);
    assert.deepEqual(peer.chunks, [
      "EHLO mail.waxwing.test\r\n",
      "MAIL FROM:<b+token@bounces.waxwing.test>\r\nRCPT TO:<ann@peer.test>\r\nRCPT TO:<bob@peer.test>\r\nDATA\r\n",
      `${ON_WIRE}.\r\n`,
    ]);
  });

  test("without PIPELINING every command waits for its answer", async (t) => {
    await using peer = await startBadPeer({ extensions: [] });
    const connection = await connected(t, peer);
    assert.equal(brief((await send(connection))[0]), "accepted 250");
    assert.equal(peer.chunks.length, 5);
  });

  test("commands of a waiting message go out with the final dot of the one before", async (t) => {
    await using peer = await startBadPeer();
    const connection = await connected(t, peer);
    const results = await Promise.all([1, 2, 3].map(async () => await send(connection)));
    assert.deepEqual(results.flat().map(brief), ["accepted 250", "accepted 250", "accepted 250"]);
    assert.equal(peer.chunks.length, 1 + 1 + 3, peer.chunks.join("---\n"));
    assert.deepEqual(peer.messages, [ON_WIRE, ON_WIRE, ON_WIRE]);
    assert.ok(connection.usable());
  });

  test("a refused message takes none of those behind it along", async (t) => {
    await using peer = await startBadPeer({
      temper: (stage, nth) =>
        stage === "dot" && nth === 1 ? { kind: "answer", text: "554 5.7.1 Not this one" } : undefined,
    });
    const connection = await connected(t, peer);
    const results = await Promise.all([1, 2, 3].map(async () => await send(connection)));
    assert.deepEqual(results.flat().map(brief), ["refused content 554", "accepted 250", "accepted 250"]);
  });

  test("a connection that ends at the first of three: one is unknown, the others were never sent", async (t) => {
    await using peer = await startBadPeer({
      temper: (stage) => (stage === "dot" ? { kind: "close" } : undefined),
    });
    const connection = await connected(t, peer);
    const results = await Promise.all([1, 2, 3].map(async () => await send(connection)));
    assert.deepEqual(results.flat().map(brief), [
      "failed content closed all",
      "failed mail closed nothing",
      "failed mail closed nothing",
    ]);
  });

  for (const extensions of [["PIPELINING"], []]) {
    const how = extensions.length === 0 ? "without" : "with";
    test(`${how} PIPELINING recipients are refused one by one, and the others get the message`, async (t) => {
      await using peer = await startBadPeer({
        extensions,
        temper: (stage, nth) =>
          stage === "RCPT" && nth === 2 ? { kind: "answer", text: "550 5.1.1 Unknown" } : undefined,
      });
      const connection = await connected(t, peer);
      const results = await send(connection, ["ann@peer.test", "nobody@peer.test", "bob@peer.test"]);
      assert.deepEqual(results.map(brief), ["accepted 250", "refused rcpt 550", "accepted 250"]);
      assert.equal(peer.messages.length, 1);
    });

    test(`${how} PIPELINING a transaction nobody is in carries no message, and RSET clears the way`, async (t) => {
      await using peer = await startBadPeer({
        extensions,
        temper: (stage, nth) => {
          if (stage === "RCPT" && nth <= 2) return { kind: "answer", text: "550 5.1.1 Unknown" };
          if (stage === "DATA" && nth === 1 && extensions.length > 0)
            return { kind: "answer", text: "554 5.5.1 No valid recipients" };
          return undefined;
        },
      });
      const connection = await connected(t, peer);
      const results = await send(connection, ["nobody@peer.test", "none@peer.test"]);
      assert.deepEqual(results.map(brief), ["refused rcpt 550", "refused rcpt 550"]);
      assert.equal(peer.messages.length, 0);
      assert.equal(brief((await send(connection))[0]), "accepted 250");
      assert.equal(peer.commands.filter((line) => line === "RSET").length, 1);
    });
  }

  test("a 354 although everybody was refused is answered with an empty message", async (t) => {
    await using peer = await startBadPeer({
      temper: (stage, nth) =>
        stage === "RCPT" && nth === 1 ? { kind: "answer", text: "550 5.1.1 Unknown" } : undefined,
    });
    const connection = await connected(t, peer);
    assert.equal(brief((await send(connection))[0]), "refused rcpt 550");
    assert.deepEqual(peer.messages, [""]);
    assert.equal(brief((await send(connection))[0]), "accepted 250");
  });

  test("a server that throws away what is pipelined: a time-out, and nothing was sent", async (t) => {
    const server = createServer((socket) => {
      socket.write("220 old.firewall.test\r\n");
      socket.on("error", () => undefined);
      socket.on("data", (chunk) =>
        socket.write(chunk.toString().startsWith("EHLO") ? "250-x\r\n250 PIPELINING\r\n" : "250 Ok\r\n"),
      );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const connection = await connected(t, { port }, { timeouts: timeouts(400) });
    assert.equal(brief((await send(connection))[0]), "failed rcpt timeout nothing");
  });

  const early = [
    [
      "a 552 before the message has ended",
      { kind: "last-words", text: "552 5.3.4 Enough" },
      "refused content 552",
    ],
    [
      "a 250 before the message has ended",
      { kind: "answer", text: "250 Ok" },
      "failed content nonsense partly",
    ],
    [
      "the end of the connection before that of the message",
      { kind: "close" },
      "failed content closed partly",
    ],
  ] as const;
  for (const [name, fault, expected] of early) {
    test(`${name}: ${expected}`, async (t) => {
      await using peer = await startBadPeer({
        temper: (stage) => (stage === "content" ? fault : undefined),
      });
      const connection = await connected(t, peer);
      const large = Buffer.alloc(24 * 1024 * 1024, `${"x".repeat(998)}\r\n`);
      assert.equal(brief((await send(connection, ["ann@peer.test"], large))[0]), expected);
      assert.ok(!connection.usable());
    });
  }

  test("a server that stops reading: the message waits where it is, and the time-out ends it", async (t) => {
    const server = createServer((socket) => {
      const answers = ["250-full.test\r\n250 PIPELINING\r\n", "250 Ok\r\n250 Ok\r\n354 Go on\r\n"];
      socket.write("220 full.test\r\n");
      socket.on("error", () => undefined);
      socket.on("data", () => {
        socket.write(answers.shift() ?? "");
        if (answers.length === 0) socket.pause();
      });
      t.after(() => socket.destroy());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const connection = await connected(t, { port }, { timeouts: { ...timeouts(20_000), dataBlockMs: 300 } });
    const large = Buffer.alloc(64 * 1024 * 1024, "no dots here\r\n");
    const before = process.memoryUsage().arrayBuffers;
    const sending = send(connection, ["ann@peer.test"], large);
    assert.equal(brief((await sending)[0]), "failed content timeout partly");
    assert.ok(
      process.memoryUsage().arrayBuffers - before < 16 * 1024 * 1024,
      "blocks, not the whole message",
    );
  });

  test("what an idle server does makes the connection unusable, and the next message is not sent", async (t) => {
    const events: readonly (readonly [string, (peer: Awaited<ReturnType<typeof startBadPeer>>) => void])[] = [
      ["closed", (peer) => peer.hangUp()],
      ["closed", (peer) => peer.say("421 4.4.2 Idle for too long\r\n")],
      ["nonsense", (peer) => peer.say("250 Ok\r\n")],
      ["nonsense", (peer) => peer.say(`${"x".repeat(10_000)}`)],
    ];
    for (const [code, happen] of events) {
      await using peer = await startBadPeer();
      const connection = await connected(t, peer);
      await send(connection);
      happen(peer);
      await t.waitFor(() => assert.ok(!connection.usable()), { interval: 5, timeout: 5_000 });
      assert.equal(brief((await send(connection))[0]), `failed mail ${code} nothing`);
    }
  });

  test("aborted: what is under way ends at once, and tells how far it came", async (t) => {
    for (const [stage, expected] of [
      ["MAIL", "failed mail aborted nothing"],
      ["dot", "failed content aborted all"],
    ] as const) {
      const stop = new AbortController();
      await using peer = await startBadPeer({
        temper: (at) => {
          if (at !== stage) return undefined;
          setImmediate(() => stop.abort());
          return { kind: "silence" };
        },
      });
      const connection = await connected(t, peer, { signal: stop.signal });
      assert.equal(brief((await send(connection))[0]), expected);
    }
  });

  test("close says QUIT behind what is under way", async (t) => {
    await using peer = await startBadPeer();
    const connection = await connected(t, peer);
    const sending = send(connection);
    connection.close();
    assert.ok(!connection.usable());
    assert.equal(brief((await sending)[0]), "accepted 250");
    await t.waitFor(() => assert.equal(peer.commands.at(-1), "QUIT"), { interval: 5, timeout: 5_000 });
  });

  test("MAILMAX and RCPTMAX are kept", async (t) => {
    await using peer = await startBadPeer({ extensions: ["PIPELINING", "LIMITS MAILMAX=2 RCPTMAX=1"] });
    const connection = await connected(t, peer);
    assert.equal(
      brief((await send(connection, ["a@b.test", "c@b.test"]))[0]),
      "unsendable too-many-recipients",
    );
    await send(connection);
    assert.ok(connection.usable());
    await send(connection);
    assert.ok(!connection.usable());
  });

  test("extensions are used where they are offered", async (t) => {
    await using peer = await startBadPeer({
      extensions: ["PIPELINING", "SIZE 1000000", "8BITMIME", "SMTPUTF8", "DSN"],
    });
    const connection = await connected(t, peer);
    await connection.send(
      {
        reversePath: "",
        recipients: [
          { address: "jörg@exämple.test", notify: ["FAILURE", "DELAY"], orcpt: "rfc822;j@x.test" },
        ],
        body8bit: true,
        dsn: { ret: "HDRS", envid: "order+2B1" },
      },
      RAW,
    );
    assert.equal(
      Buffer.from(peer.commands[1] ?? "", "latin1").toString(),
      `MAIL FROM:<> SIZE=${RAW.length} BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=order+2B1`,
    );
    assert.equal(
      Buffer.from(peer.commands[2] ?? "", "latin1").toString(),
      "RCPT TO:<jörg@exämple.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;j@x.test",
    );
  });

  const unsendable = [
    ["too-large", { extensions: ["SIZE 10"] }, { address: "a@b.test" }],
    ["needs-smtputf8", {}, { address: "jörg@b.test" }],
    ["bad-address", {}, { address: "a@b.test>\r\nRCPT TO:<evil@b.test" }],
    ["bad-address", {}, { address: "a@b.test> NOTIFY=NEVER" }],
    ["bad-parameter", { extensions: ["DSN"] }, { address: "a@b.test", orcpt: "rfc822;x\r\nDATA" }],
  ] as const;
  for (const [reason, peerOptions, recipient] of unsendable) {
    test(`not sent at all: ${reason} (${recipient.address.slice(0, 12)})`, async (t) => {
      await using peer = await startBadPeer(peerOptions);
      const connection = await connected(t, peer, { tls: CLEAR });
      const { recipients, conversation } = await connection.send(
        { reversePath: "", recipients: [recipient] },
        RAW,
      );
      assert.equal(brief(recipients[0]), `unsendable ${reason}`);
      assert.match(conversation.text(), /not sent:/);
      assert.deepEqual(peer.commands, ["EHLO mail.waxwing.test"]);
      assert.ok(connection.usable());
    });
  }

  test("a domain outside ASCII reaches a server without SMTPUTF8 by its ASCII form", async (t) => {
    await using peer = await startBadPeer();
    const connection = await connected(t, peer);
    await send(connection, ["ann@exämple.test"]);
    assert.equal(peer.commands[2], "RCPT TO:<ann@xn--exmple-cua.test>");
  });
});
