import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { test } from "node:test";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { SmtpLimits } from "../../src/smtp/index.ts";
import { openDialogue, turns } from "./dialogue.ts";
import { openMailRoom, plainToken } from "./mail-room.ts";
import { firstCertificate, secondCertificate } from "./test-certificates.ts";

const garbage = [
  { name: "plain SMTP", octets: Buffer.from("EHLO client.test\r\n") },
  { name: "HTTP", octets: Buffer.from("GET / HTTP/1.1\r\n\r\n") },
  { name: "zeros", octets: Buffer.alloc(4096) },
  { name: "a cut ClientHello", octets: Buffer.from("160301020001", "hex") },
  { name: "SSLv2", octets: Buffer.from("802e0100020015000000100100800700c0030080060040020080040080", "hex") },
];

for (const { name, octets } of garbage) {
  test(`implicit TLS: ${name} instead of a handshake`, async (t) => {
    const room = await openMailRoom(t, { tls: "implicit", limits: { handshakeTimeoutMs: 200 } });
    const socket = connectTcp({ port: room.port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    socket.write(octets);
    await once(socket.resume(), "close");
    const after = await openDialogue(room.port, true);
    assert.match(await after.reply(), /^220 /);
    after.end();
  });

  test(`STARTTLS: ${name} instead of a handshake`, async (t) => {
    const room = await openMailRoom(t, { limits: { handshakeTimeoutMs: 200 } });
    const dialogue = await openDialogue(room.port);
    await dialogue.reply();
    await dialogue.ask("EHLO c");
    assert.match(await dialogue.ask("STARTTLS"), /^220 /);
    await dialogue.send(octets);
    await dialogue.closed();
    const after = await openDialogue(room.port);
    assert.match(await after.reply(), /^220 /);
    after.end();
  });
}

for (const tls of ["implicit", "starttls"] as const) {
  test(`TLS 1.1 is refused and TLS 1.2 is not: ${tls}`, async (t) => {
    const room = await openMailRoom(t, { tls });
    const shake = async (versions: ConnectionOptions) => {
      const options = { rejectUnauthorized: false, ...versions };
      if (tls === "implicit") return connectTls({ port: room.port, host: "127.0.0.1", ...options });
      const dialogue = await openDialogue(room.port);
      await dialogue.reply();
      await dialogue.ask("STARTTLS");
      dialogue.socket().removeAllListeners("data");
      return connectTls({ socket: dialogue.socket(), ...options });
    };
    // SECLEVEL=0 so that the client itself is willing, and the refusal is the server's.
    const old = await shake({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    await assert.rejects(once(old, "secureConnect"), /alert protocol version/i);
    const recent = await shake({ maxVersion: "TLSv1.2" });
    await once(recent, "secureConnect");
    assert.equal(recent.getProtocol(), "TLSv1.2");
    recent.destroy();
    assert.ok(room.errors.every((event) => event.kind === "tls-handshake"));
  });
}

test("submission: commands sent in clear text behind STARTTLS are forgotten", async (t) => {
  const room = await openMailRoom(t, { kind: "submission" });
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  await dialogue.ask("EHLO c");
  await dialogue.send(`STARTTLS\r\nEHLO evil\r\nAUTH PLAIN ${plainToken()}\r\nMAIL FROM:<evil@a.test>\r\n`);
  assert.match(await dialogue.reply(), /^220 /);
  // What was injected is neither answered now nor taken for TLS: the handshake goes on from a clean start.
  await dialogue.upgrade();
  assert.match(await dialogue.ask("NOOP"), /^250 2\.0\.0 OK/);
  assert.match(await dialogue.ask("MAIL FROM:<a@a.test>"), /^503 5\.5\.1 /);
  dialogue.end();
});

test("inbound: nothing from before STARTTLS survives it, in the buffer or in the session", async (t) => {
  const room = await openMailRoom(t);
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  await dialogue.ask("EHLO evil");
  assert.match(await dialogue.ask("MAIL FROM:<evil@a.test>"), /^250 /);
  assert.match(await dialogue.ask("RCPT TO:<b@b.test>"), /^250 /);
  await dialogue.send("STARTTLS\r\nEHLO evil\r\nDATA\r\nSubject: injected\r\n\r\n.\r\n");
  assert.match(await dialogue.reply(), /^220 /);
  await dialogue.upgrade();
  // RFC 3207 §4.2: what the client said before is forgotten, its greeting included.
  assert.match(await dialogue.ask("DATA"), /^503 5\.5\.1 /);
  assert.match(await dialogue.ask("EHLO c"), /^250-/);
  assert.match(await dialogue.ask("RCPT TO:<b@b.test>"), /^503 5\.5\.1 /);
  assert.match(await dialogue.ask("STARTTLS"), /^503 5\.5\.1 /);
  assert.equal(room.received.length, 0);
  dialogue.end();
});

test("octets before the banner do no harm", async (t) => {
  for (const octets of ["EHLO early\r\n", "\0\xff\r\n\r\n", "x".repeat(20_000)]) {
    const room = await openMailRoom(t);
    const socket = connectTcp({ port: room.port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    socket.write(octets, "latin1");
    await once(socket, "data");
    socket.destroy();
    const after = await openDialogue(room.port);
    assert.match(await after.reply(), /^220 /);
    after.end();
  }
});

const states = [
  "",
  "EHLO c",
  "MAIL FROM:<a@a.test>",
  "RCPT TO:<b@b.test>",
  "DATA",
  "half a message",
] as const;

for (const [index, state] of states.entries()) {
  test(`a reset after ${state || "connecting"} hands nothing over`, async (t) => {
    for (const tls of [false, true]) {
      const room = await openMailRoom(t, { tls: tls ? "implicit" : "starttls" });
      const dialogue = await openDialogue(room.port, tls);
      await dialogue.reply();
      for (const line of states.slice(1, Math.min(index + 1, 5))) await dialogue.ask(line);
      if (state === "half a message") await dialogue.send("Subject: x\r\n\r\nhalf");
      const socket = dialogue.socket();
      if (tls) socket.destroy();
      else socket.resetAndDestroy();
      await dialogue.closed();
      await turns(5);
      assert.equal(room.received.length, 0);
      const after = await openDialogue(room.port, tls);
      assert.match(await after.reply(), /^220 /);
      after.end();
    }
  });
}

test("a client that half-closes inside DATA hands nothing over", async (t) => {
  const room = await openMailRoom(t);
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  for (const line of states.slice(1, 5)) await dialogue.ask(line);
  dialogue.socket().end("Subject: x\r\n\r\nhalf\r\n.\r");
  await dialogue.closed();
  await turns(5);
  assert.equal(room.received.length, 0);
});

test("a client that leaves while the backend decides does no harm", async (t) => {
  let decide: () => void = () => undefined;
  const deciding = Promise.withResolvers<void>();
  const room = await openMailRoom(
    t,
    {},
    {
      message: () => {
        deciding.resolve();
        return new Promise((resolve) => {
          decide = () => resolve({ kind: "ok", queueId: "late" });
        });
      },
    },
  );
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  for (const line of states.slice(1, 5)) await dialogue.ask(line);
  await dialogue.send("x\r\n.\r\n");
  await deciding.promise;
  dialogue.socket().resetAndDestroy();
  await turns(5);
  decide();
  await turns(5);
  const after = await openDialogue(room.port);
  assert.match(await after.reply(), /^220 /);
  after.end();
});

const slow: readonly {
  readonly name: string;
  readonly before: readonly string[];
  readonly first?: string;
  readonly drip: string;
  readonly limits: Partial<SmtpLimits>;
}[] = [
  { name: "silence after the banner", before: [], drip: "", limits: { idleTimeoutMs: 100 } },
  { name: "one octet at a time in a command", before: [], drip: "x", limits: { commandTimeoutMs: 150 } },
  {
    name: "one octet at a time in a command inside a transaction",
    before: states.slice(1, 4),
    drip: "x",
    limits: { commandTimeoutMs: 150 },
  },
  {
    name: "one octet at a time in the header",
    before: states.slice(1, 5),
    drip: "x",
    limits: { dataTimeoutMs: 150 },
  },
  {
    name: "one octet at a time in the body",
    before: states.slice(1, 5),
    first: "Subject: x\r\n\r\n",
    drip: "x",
    limits: { dataTimeoutMs: 150 },
  },
];

for (const { name, before, first, drip, limits } of slow) {
  test(`too slow: ${name}`, async (t) => {
    const room = await openMailRoom(t, { limits });
    const dialogue = await openDialogue(room.port);
    await dialogue.reply();
    for (const line of before) await dialogue.ask(line);
    if (first !== undefined) await dialogue.send(first);
    const dripping = setInterval(() => drip !== "" && dialogue.socket().write(drip), 10);
    assert.match(await dialogue.reply(), /^421 4\.4\.2 /);
    clearInterval(dripping);
    await dialogue.closed();
    assert.equal(room.received.length, 0);
  });
}

test("the clock stands still while the backend decides", async (t) => {
  const room = await openMailRoom(
    t,
    // Long enough for this process to be kept waiting by others without being late itself.
    { limits: { idleTimeoutMs: 300, commandTimeoutMs: 300, dataTimeoutMs: 300 } },
    {
      mailFrom: () => new Promise((resolve) => setTimeout(() => resolve({ kind: "ok" }), 600)),
      message: () =>
        new Promise((resolve) => setTimeout(() => resolve({ kind: "ok", queueId: "slow" }), 600)),
    },
  );
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  for (const line of states.slice(1, 5)) assert.match(await dialogue.ask(line), /^(250|354)/);
  await dialogue.send("x\r\n.\r\n");
  assert.equal(await dialogue.reply(), "250 2.0.0 Ok: queued as slow");
  dialogue.end();
});

const nuisances = [
  { name: "ten bad commands", lines: Array.from({ length: 10 }, () => "FROB") },
  { name: "commands without end", lines: Array.from({ length: 301 }, () => "NOOP") },
  { name: "a command line without end", lines: ["x".repeat(13_000)] },
];

for (const { name, lines } of nuisances) {
  test(`${name}: 421 and closed`, async (t) => {
    const room = await openMailRoom(t);
    const dialogue = await openDialogue(room.port);
    await dialogue.reply();
    await dialogue.send(`${lines.join("\r\n")}\r\n`);
    let last = "";
    for (let reply = await dialogue.reply(); reply !== "<closed>"; reply = await dialogue.reply())
      last = reply;
    assert.match(last, /^421 4\.[57]\.[02] /);
  });
}

test("one connection too many reads 421, and room appears when one leaves", async (t) => {
  const room = await openMailRoom(t, { maxConnections: 1 });
  const first = await openDialogue(room.port);
  assert.match(await first.reply(), /^220 /);
  const second = await openDialogue(room.port);
  assert.match(await second.reply(), /^421 4\.3\.2 /);
  await second.closed();
  assert.match(await first.ask("QUIT"), /^221 2\.0\.0 /);
  await first.closed();
  const third = await openDialogue(room.port);
  assert.match(await third.reply(), /^220 /);
  third.end();
});

test("a message of many dot lines and tiny packets stays within bounds", async (t) => {
  const room = await openMailRoom(t, { sizeLimitBytes: 8 * 1024 * 1024 });
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  for (const line of states.slice(1, 5)) await dialogue.ask(line);
  dialogue.socket().write("..\r\n".repeat(20_000));
  await dialogue.send(".\r\n");
  assert.match(await dialogue.reply(), /^250 2\.0\.0/);
  assert.equal(room.received[0]?.raw.length, 60_000);
  dialogue.end();
});

test("a new certificate is served to the next connection, a broken one is not", async (t) => {
  for (const tls of ["implicit", "starttls"] as const) {
    let certificate = firstCertificate;
    const room = await openMailRoom(t, { tls, secureContext: () => certificate });
    const served = async (): Promise<string | undefined> => {
      const dialogue = await openDialogue(room.port, tls === "implicit");
      await dialogue.reply();
      if (tls === "starttls") {
        await dialogue.ask("STARTTLS");
        await dialogue.upgrade();
      }
      const socket = dialogue.socket();
      const name = "getPeerCertificate" in socket ? socket.getPeerCertificate().subject.CN : undefined;
      dialogue.end();
      return Array.isArray(name) ? name[0] : name;
    };
    assert.equal(await served(), "first.waxwing.test");
    certificate = secondCertificate;
    assert.equal(await served(), "second.waxwing.test");
    certificate = { cert: "no certificate", key: "no key" };
    assert.equal(await served(), "second.waxwing.test");
    assert.equal(await served(), "second.waxwing.test");
    assert.deepEqual(
      room.errors.map(({ kind }) => kind),
      ["certificate"],
    );
  }
});

test("a client that keeps its commands coming is told to leave all the same", async (t) => {
  const room = await openMailRoom(t, {
    limits: { sessionTimeoutMs: 150, dataTimeoutMs: 100, idleCommands: 1e9 },
  });
  for (const transaction of [[], states.slice(2, 4)]) {
    const dialogue = await openDialogue(room.port);
    await dialogue.reply();
    for (const line of [states[1], ...transaction]) await dialogue.ask(line);
    // Outside a transaction it ends when time is up; in one that does not end, when the time for a message is up as well.
    let last = "";
    for (let reply = await dialogue.ask("NOOP"); reply !== "<closed>"; reply = await dialogue.reply()) {
      last = reply;
      if (!reply.startsWith("421")) {
        await turns(50);
        dialogue.socket().write("NOOP\r\n");
      }
    }
    assert.match(last, /^421 4\.7\.0 The connection has lasted too long/);
  }
});

test("what one client may do is counted over its connections, and the next one is refused", async (t) => {
  const clientLimits = {
    connections: 2,
    connectionsPerMinute: 100,
    messagesPerMinute: 2,
    recipientsPerMinute: 3,
    errorsPerMinute: 3,
    isExempt: () => false,
  };
  const room = await openMailRoom(t, { clientLimits });
  const first = await openDialogue(room.port);
  await first.reply();
  const second = await openDialogue(room.port);
  await second.reply();
  const third = await openDialogue(room.port);
  assert.match(await third.reply(), /^421 4\.7\.0 Too many connections from your address/);
  await third.closed();
  await first.ask("EHLO c");
  await second.ask("EHLO c");
  assert.match(await first.ask("MAIL FROM:<a@a.test>"), /^250/);
  assert.match(await second.ask("MAIL FROM:<a@a.test>"), /^250/);
  assert.match(await first.ask("RCPT TO:<b@b.test>"), /^250/);
  assert.match(await second.ask("RCPT TO:<b@b.test>"), /^250/);
  assert.match(await first.ask("RCPT TO:<c@b.test>"), /^250/);
  assert.match(await second.ask("RCPT TO:<d@b.test>"), /^451 4\.7\.0 Too many recipients/);
  await first.ask("RSET");
  assert.match(await first.ask("MAIL FROM:<a@a.test>"), /^451 4\.7\.0 Too many messages/);
  for (const connection of [first, second, first]) assert.match(await connection.ask("FROB"), /^500/);
  assert.match(await second.ask("FROB"), /^500/);
  assert.match(await second.reply(), /^421 4\.7\.0 Too many errors from your address/);
  await second.closed();
  const fourth = await openDialogue(room.port);
  assert.match(await fourth.reply(), /^421 4\.7\.0 Too many errors from your address/);
  assert.equal(room.received.length, 0);
});
