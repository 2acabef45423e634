import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { openDoor, PLAIN, type RunningDoor } from "./door-fixture.ts";
import { createFakeWireClock } from "./fake-wire-clock.ts";
import { connectRaw, type RawClient } from "./raw-client.ts";

const LOGIN = "a0 LOGIN ann secret\r\n";
const options = { timeout: 20_000 };

async function greet(door: RunningDoor): Promise<RawClient> {
  const client = await connectRaw(door.port);
  await client.until(/^(?:\* OK|\+OK).*\r\n/);
  return client;
}

async function logIn(door: RunningDoor): Promise<RawClient> {
  const client = await greet(door);
  client.send(LOGIN);
  await client.until(/a0 OK.*\r\n/);
  return client;
}

/** The server still serves others. */
async function assertServes(door: RunningDoor): Promise<void> {
  using client = await logIn(door);
  client.send("z NOOP\r\n");
  await client.until(/z OK/);
}

describe("what an IMAP client may not do", () => {
  const refused: readonly (readonly [name: string, sent: string, answer: RegExp])[] = [
    ["a line of 100,000 octets", `a1 NOOP ${"x".repeat(100_000)}\r\n`, /^\* BAD .*too long/],
    ["a command without a tag", "NOOP\r\n", /^\* BAD /],
    ["an empty line", "\r\n", /^\* BAD /],
    ["a NUL octet", "a1 LOGIN a\0b c\r\n", /^a1 BAD /],
    ["an unknown command", "a1 CONSTRUCTOR\r\n", /^a1 BAD /],
    ["a property name as a command", "a1 __proto__\r\n", /^\* BAD /],
    ["a literal of 2 GB", "a1 LOGIN {2147483648}\r\n", /^a1 BAD /],
    ["a literal of 10^19 octets", "a1 LOGIN {9999999999999999999}\r\n", /^a1 BAD /],
    ["a message of 2 GB", "a1 APPEND INBOX {2147483648}\r\n", /^a1 NO \[TOOBIG\]/],
    ["an unterminated string", 'a1 SELECT "INBOX\r\n', /^a1 BAD /],
    ["a folder name with a NUL", "a1 SELECT {3+}\r\na\0b\r\n", /^a1 BAD /],
    ["a folder name of 5,000 octets", `a1 CREATE ${"x".repeat(5_000)}\r\n`, /^a1 NO \[CANNOT\]/],
    ["parentheses 20,000 deep", `a1 SEARCH ${"(".repeat(20_000)}\r\n`, /^a1 BAD /],
    ["NOT 10,000 deep", `a1 SEARCH ${"NOT ".repeat(10_000)}ALL\r\n`, /^a1 BAD /],
    ["OR 10,000 deep", `a1 SEARCH ${"OR ALL ".repeat(9_000)}ALL\r\n`, /^a1 BAD /],
    ["30,000 ranges", `a1 FETCH ${"1,".repeat(30_000)}1 FLAGS\r\n`, /^a1 BAD /],
    ["a part number 10,000 deep", `a1 FETCH 1 BODY[${"1.".repeat(10_000)}1]\r\n`, /^a1 BAD /],
    ["a UID beyond 32 bits", "a1 UID FETCH 99999999999 FLAGS\r\n", /^a1 BAD /],
    ["sequence number 0", "a1 FETCH 0 FLAGS\r\n", /^a1 BAD /],
    ["a header name that ends the line", "a1 FETCH 1 BODY[HEADER.FIELDS ({4+}\r\na\r\nb)]\r\n", /^a1 BAD /],
    ["a pattern that explodes", `a1 LIST "" "${"%*".repeat(10_000)}x"\r\n`, /^a1 OK /],
    [
      "a set of known UIDs that never ends",
      `a1 SELECT INBOX (QRESYNC (1 1 ${"1,".repeat(30_000)}1))\r\n`,
      /^a1 BAD /,
    ],
    ["10,000 sort criteria", `a1 SORT (${"DATE ".repeat(10_000)}DATE) UTF-8 ALL\r\n`, /^a1 BAD /],
    ["a thread of nothing", "a1 THREAD REFERENCES UTF-8 (\r\n", /^a1 BAD /],
    ["an annotation of 9,000 octets", "a1 SETMETADATA INBOX (/private/a {9000}\r\n", /^a1 BAD /],
    ["a message to replace of 2 GB", "a1 REPLACE 1 INBOX {2147483648}\r\n", /^a1 NO \[TOOBIG\]/],
    ["an EMAILID that ends the line", "a1 SEARCH EMAILID {3+}\r\na\r\n\r\n", /^a1 BAD /],
    ["2,000 wildcards", `a1 LIST "" ${"%".repeat(200)}\r\n`, /a1 OK /],
  ];
  for (const [name, sent, answer] of refused) {
    test(name, options, async () => {
      await using door = await openDoor("imap");
      door.mailbox.deliver("INBOX", PLAIN);
      using client = await logIn(door);
      client.send("a00 SELECT INBOX\r\n");
      await client.until(/a00 OK/);
      client.send(sent);
      assert.match(await client.until(/^(?:\*|a1) (?:OK|NO|BAD) .*\r\n/m), answer);
      client.send("a2 NOOP\r\n");
      await client.until(/a2 OK/);
      assert.deepEqual(door.events, []);
    });
  }

  const ended: readonly (readonly [name: string, sent: string, answer: RegExp])[] = [
    ["a 2 GB literal that comes unasked", "a1 LOGIN {2147483648+}\r\n", /\* BYE /],
    ["an HTTP request", `POST / HTTP/1.1\r\n${"X-Header: y\r\n".repeat(20)}\r\n`, /\* BYE Too many/],
    ["nonsense without end", "a1 NONSENSE\r\n".repeat(50), /\* BYE Too many/],
  ];
  for (const [name, sent, answer] of ended) {
    test(`${name} ends the connection`, options, async () => {
      await using door = await openDoor("imap");
      using client = await greet(door);
      client.send(sent);
      assert.match(await client.toEnd(), answer);
      await assertServes(door);
    });
  }

  test(
    "more messages, or more octets, than one APPEND may have are refused before they come",
    options,
    async () => {
      await using door = await openDoor("imap", {
        limits: { maxAppendMessages: 3, maxAppendCommandBytes: 100 },
      });
      using client = await logIn(door);
      client.send("a1 APPEND INBOX {3+}\r\nabc {3+}\r\nabc {3+}\r\nabc {3}\r\n");
      await client.until(/^a1 BAD /m);
      client.send("a2 APPEND INBOX {60+}\r\n");
      client.send(`${"x".repeat(60)} {41}\r\n`);
      await client.until(/^a2 NO \[LIMIT\]/m);
      client.send(`a3 APPEND INBOX {60+}\r\n${"x".repeat(60)} {41+}\r\n${"x".repeat(41)}\r\na4 NOOP\r\n`);
      await client.until(/^a3 NO \[LIMIT\][\s\S]*^a4 OK/m);
      assert.deepEqual(door.mailbox.uids("INBOX"), []);
    },
  );

  test("a stranger has four literals of 8 KB and no more", options, async () => {
    await using door = await openDoor("imap");
    using client = await greet(door);
    client.send(`a1 LOGIN${" {1+}\r\nx".repeat(4)} {1}\r\n`);
    await client.until(/^a1 BAD /m);
  });

  test("over quota", options, async () => {
    await using door = await openDoor("imap");
    door.mailbox.deliver("INBOX", PLAIN);
    door.mailbox.limitBytes(PLAIN.length + 50);
    using client = await logIn(door);
    client.send("a1 SELECT INBOX\r\na2 APPEND INBOX {100+}\r\n");
    client.send(
      `${"x".repeat(100)}\r\na3 COPY 1 Sent\r\na4 REPLACE 1 INBOX {600+}\r\n${"x".repeat(600)}\r\n`,
    );
    const answers = await client.until(/^a4 .*\r\n/m);
    for (const tag of ["a2", "a3", "a4"])
      assert.match(answers, new RegExp(`^${tag} NO \\[OVERQUOTA\\]`, "m"));
    assert.deepEqual(door.mailbox.uids("INBOX"), [1]);
  });

  test("messages together larger than the memory set aside for them are refused", options, async () => {
    await using door = await openDoor("imap", { limits: { maxAppendBytesInFlight: 100_000 } });
    using first = await logIn(door);
    first.send("a1 APPEND INBOX {90000}\r\n");
    await first.until(/^\+ /);
    using second = await logIn(door);
    second.send("a1 APPEND INBOX {20000}\r\n");
    await second.until(/^a1 NO \[UNAVAILABLE\]/);
    second.send(`a2 APPEND INBOX {20000+}\r\n${"x".repeat(20_000)}\r\na3 NOOP\r\n`);
    await second.until(/^a2 NO \[UNAVAILABLE\][\s\S]*a3 OK/);
    first.send(`${"x".repeat(90_000)}\r\n`);
    await first.until(/a1 OK \[APPENDUID/);
    second.send("a4 APPEND INBOX {20000}\r\n");
    await second.until(/^\+ /);
  });
});

describe("clients that vanish", () => {
  const moments: readonly (readonly [name: string, sent: string, seen: RegExp | null])[] = [
    ["after the greeting", "", null],
    ["in the middle of a line", "a1 NOO", null],
    ["in the middle of a message", `${LOGIN}a1 APPEND INBOX {100000}\r\n`, /^\+ /m],
    ["while idling", `${LOGIN}a1 SELECT INBOX\r\na2 IDLE\r\n`, /^\+ /m],
    ["while being sent a folder", `${LOGIN}a1 SELECT INBOX\r\na2 FETCH 1:* BODY[]\r\n`, /a1 OK/m],
    ["after STARTTLS", "a1 STARTTLS\r\n", /a1 OK/],
    ["in the middle of a handshake", "a1 STARTTLS\r\n\x16\x03\x01\x02\x00\x01", /a1 OK/],
  ];
  for (const [name, sent, seen] of moments) {
    for (const way of ["reset", "close"] as const) {
      test(`${name} (${way})`, options, async () => {
        await using door = await openDoor("imap");
        for (let i = 0; i < 20; i += 1) door.mailbox.deliver("INBOX", PLAIN + "x".repeat(100_000));
        using client = await greet(door);
        client.send(sent);
        if (seen !== null) await client.until(seen);
        const closed = once(client.socket, "close");
        if (way === "reset") client.socket.resetAndDestroy();
        else client.socket.destroy();
        await closed;
        door.mailbox.deliver("INBOX", PLAIN);
        await assertServes(door);
        await door.server.close(1_000);
        assert.equal(door.mailbox.held(), 0);
        assert.equal(
          door.events.some((event) => event.kind === "session-crashed"),
          false,
        );
      });
    }
  }
});

describe("clients that close their half", () => {
  for (const compressed of [false, true]) {
    test(
      `hear all answers to what they sent before (${compressed ? "compressed" : "plain"})`,
      options,
      async () => {
        await using door = await openDoor("imap");
        for (let i = 0; i < 20; i += 1) door.mailbox.deliver("INBOX", PLAIN + "x".repeat(100_000));
        using client = await connectRaw(door.port);
        const asked = Buffer.from("a1 SELECT INBOX\r\na2 FETCH 1:* BODY.PEEK[]\r\na3 NOOP\r\n");
        client.send(LOGIN);
        if (compressed) {
          client.send("c COMPRESS DEFLATE\r\n");
          await client.until(/^c OK.*\r\n/m);
        }
        client.socket.end(compressed ? deflateRawSync(asked) : asked);
        const heard = Buffer.from(await client.toEnd(), "latin1");
        const syncFlush = { finishFlush: constants.Z_SYNC_FLUSH };
        const answers = (compressed ? inflateRawSync(heard, syncFlush) : heard).toString("latin1");
        assert.ok(answers.length > 2_000_000);
        assert.match(answers.slice(-200), /a2 OK[\s\S]*a3 OK/);
        await door.server.close(1_000);
        assert.equal(door.mailbox.held(), 0);
      },
    );
  }

  test("in the middle of a command or a message: nothing of it is carried out", options, async () => {
    for (const sent of ["a1 DELETE Junk", "a1 APPEND INBOX {10+}\r\nabc", "a1 APPEND INBOX {3+}\r\nabc"]) {
      await using door = await openDoor("imap");
      using client = await connectRaw(door.port);
      client.socket.end(LOGIN + sent);
      assert.doesNotMatch(await client.toEnd(), /^a1 /m);
      await door.server.close(1_000);
      assert.equal(door.mailbox.held(), 0);
      assert.deepEqual(door.mailbox.uids("INBOX"), []);
    }
  });

  test("while idling are let go at once", options, async () => {
    await using door = await openDoor("imap");
    using client = await logIn(door);
    client.send("a1 SELECT INBOX\r\na2 IDLE\r\n");
    await client.until(/^\+ /m);
    client.socket.end();
    await client.toEnd();
    await door.server.close(1_000);
    assert.equal(door.mailbox.held(), 0);
  });
});

describe("TLS doors", () => {
  for (const protocol of ["imap", "pop3"] as const) {
    test(`${protocol}: garbage instead of a handshake`, options, async () => {
      await using door = await openDoor(protocol, { tls: "implicit" });
      using client = await connectRaw(door.port);
      client.send("GET / HTTP/1.1\r\n\r\n");
      await client.toEnd();
      assert.equal((await door.event("tls-handshake-failed")).kind, "tls-handshake-failed");
    });

    test(`${protocol}: TLS 1.1 is refused`, options, async () => {
      await using door = await openDoor(protocol, { tls: "implicit" });
      const client = connectTls({
        port: door.port,
        host: "127.0.0.1",
        rejectUnauthorized: false,
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      });
      const [error] = await once(client, "error");
      assert.match(String(error), /alert|version|disconnected/i);
      await door.event("tls-handshake-failed");
    });
  }

  test("a handshake that never ends is given up", options, async () => {
    const clock = createFakeWireClock();
    await using door = await openDoor("imap", { tls: "implicit", clock });
    using client = await connectRaw(door.port);
    await clock.armed(10_000);
    clock.advance(10_000);
    await client.toEnd();
    await door.event("tls-handshake-failed");
  });

  test("a certificate that cannot be read is an event and not a crash", options, async () => {
    const secureContext = () => ({ cert: "nonsense", key: "nonsense" });
    await using door = await openDoor("imap", { tls: "implicit", secureContext });
    using client = await connectRaw(door.port);
    await client.toEnd();
    await door.event("tls-handshake-failed");
  });
});

describe("time", () => {
  test("who does not log in is sent away", options, async () => {
    const clock = createFakeWireClock();
    await using door = await openDoor("imap", { clock });
    using client = await greet(door);
    await clock.armed(60_000);
    clock.advance(60_000);
    assert.match(await client.toEnd(), /\* BYE /);
  });

  test("who idles for 31 minutes is sent away, and everything is given back", options, async () => {
    const clock = createFakeWireClock();
    await using door = await openDoor("imap", { clock });
    using client = await logIn(door);
    client.send("a1 SELECT INBOX\r\na2 IDLE\r\n");
    await client.until(/^\+ /m);
    await clock.armed(31 * 60_000);
    clock.advance(31 * 60_000);
    assert.match(await client.toEnd(), /\* BYE /);
    await door.server.close(1_000);
    assert.equal(door.mailbox.held(), 0);
  });

  test("a message that stops coming is given up", options, async () => {
    const clock = createFakeWireClock();
    await using door = await openDoor("imap", { clock, limits: { stallTimeoutMs: 1_234 } });
    using client = await logIn(door);
    client.send("a1 APPEND INBOX {1000}\r\nabc");
    await client.until(/^\+ /);
    await clock.armed(1_234);
    clock.advance(1_234);
    assert.match(await client.toEnd(), /\* BYE /);
  });

  test("a POP3 session that times out removes nothing and frees the lock", options, async () => {
    const clock = createFakeWireClock();
    await using door = await openDoor("pop3", { clock });
    door.mailbox.deliver("INBOX", PLAIN);
    using client = await greet(door);
    client.send("USER ann\r\nPASS secret\r\nDELE 1\r\n");
    await client.until(/deleted/);
    await clock.armed(600_000);
    clock.advance(600_000);
    assert.match(await client.toEnd(), /-ERR/);
    await door.server.close(1_000);
    assert.deepEqual(door.mailbox.uids("INBOX"), [1]);
    assert.equal(door.mailbox.held(), 0);
  });

  test("a client that stops reading is cut off, having cost little memory", options, async () => {
    const clock = createFakeWireClock();
    await using door = await openDoor("imap", { clock });
    for (let i = 0; i < 50; i += 1) door.mailbox.deliver("INBOX", PLAIN + "x".repeat(1_000_000));
    using client = await connectRaw(door.port, true);
    client.socket.pause();
    const before = process.memoryUsage().external;
    client.send(`${LOGIN}a1 SELECT INBOX\r\na2 UID FETCH 1:* BODY.PEEK[]\r\n`);
    await clock.armed(60_000);
    assert.ok(process.memoryUsage().external - before < 30_000_000);
    const closed = once(client.socket, "close");
    clock.advance(60_000);
    client.socket.resume();
    await closed;
  });
});

describe("the door itself", () => {
  test("one connection too many is told so", options, async () => {
    await using door = await openDoor("imap", { limits: { maxConnections: 1 } });
    using first = await greet(door);
    using second = await connectRaw(door.port);
    assert.match(await second.toEnd(), /^\* BYE \[UNAVAILABLE\]/);
    first.send("a1 NOOP\r\n");
    await first.until(/a1 OK/);
  });

  for (const protocol of ["imap", "pop3"] as const) {
    test(`${protocol}: closing says goodbye, and does not wait for who ignores it`, options, async () => {
      await using door = await openDoor(protocol);
      using polite = await greet(door);
      using stubborn = await connectRaw(door.port, true);
      const closing = door.server.close(50);
      assert.match(await polite.toEnd(), protocol === "imap" ? /\* BYE/ : /-ERR/);
      await closing;
      assert.equal(door.mailbox.held(), 0);
      assert.equal(stubborn.socket.readyState === "open" || stubborn.socket.destroyed, true);
    });
  }

  test("closing ends an IDLE with BYE", options, async () => {
    await using door = await openDoor("imap");
    using client = await logIn(door);
    client.send("a1 SELECT INBOX\r\na2 IDLE\r\n");
    await client.until(/^\+ /m);
    const closing = door.server.close(5_000);
    assert.match(await client.toEnd(), /\* BYE .*shutting down/);
    await closing;
    assert.equal(door.mailbox.held(), 0);
  });

  test("a store that fails costs one command and not the connection", options, async () => {
    await using door = await openDoor("imap");
    door.mailbox.deliver("INBOX", PLAIN);
    using client = await logIn(door);
    client.send("a1 SELECT INBOX\r\n");
    await client.until(/a1 OK/);
    for (const [method, command] of [
      ["fetch", "FETCH 1 FLAGS"],
      ["storeFlags", "STORE 1 +FLAGS (\\Seen)"],
      ["search", "SEARCH ALL"],
      ["copy", "COPY 1 Sent"],
      ["listFolders", 'LIST "" *'],
      ["expunge", "EXPUNGE"],
      ["append", "APPEND INBOX {1+}\r\nx"],
    ] as const) {
      door.mailbox.failNext(method);
      client.send(`b ${command}\r\n`);
      await client.until(/^b NO \[SERVERBUG\]/m);
    }
    door.mailbox.failNext("changesSince");
    client.send("c NOOP\r\nd NOOP\r\n");
    await client.until(/c OK[\s\S]*d OK/);
    assert.equal(door.events.filter((event) => event.kind === "command-failed").length, 8);
  });

  test("a selected folder that is deleted elsewhere ends the session", options, async () => {
    await using door = await openDoor("imap");
    using client = await logIn(door);
    client.send("a1 SELECT Junk\r\na2 IDLE\r\n");
    await client.until(/^\+ /m);
    using other = await logIn(door);
    other.send("a1 DELETE Junk\r\n");
    await other.until(/a1 OK/);
    assert.match(await client.toEnd(), /\* BYE/);
  });

  test("POP3 locks the mailbox against a second POP3 session", options, async () => {
    await using door = await openDoor("pop3");
    door.mailbox.deliver("INBOX", PLAIN);
    using first = await greet(door);
    first.send("USER ann\r\nPASS secret\r\n");
    await first.until(/1 messages/);
    using second = await greet(door);
    second.send("USER ann\r\nPASS secret\r\n");
    await second.until(/-ERR \[IN-USE\]/);
    first.send("DELE 1\r\nQUIT\r\n");
    await first.toEnd();
    assert.deepEqual(door.mailbox.uids("INBOX"), []);
  });

  test("without TLS a password is not looked at unless loopback is allowed", options, async () => {
    await using door = await openDoor("imap", { plaintextAuth: "never" });
    using client = await greet(door);
    client.send("a1 CAPABILITY\r\na2 LOGIN ann secret\r\na3 AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=\r\n");
    const answer = await client.until(/a3 .*\r\n/);
    assert.match(answer, /LOGINDISABLED/);
    assert.doesNotMatch(answer, /AUTH=/);
    assert.match(answer, /a2 NO \[PRIVACYREQUIRED\]/);
    assert.match(answer, /a3 NO \[PRIVACYREQUIRED\]/);
  });
});
