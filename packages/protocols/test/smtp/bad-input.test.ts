import assert from "node:assert/strict";
import { test } from "node:test";
import { refuse } from "../../src/smtp/index.ts";
import { openDialogue } from "./dialogue.ts";
import { openMailRoom, plainToken } from "./mail-room.ts";

type Exchange = readonly [send: string, expect: RegExp];

const envelope: readonly Exchange[] = [
  ["EHLO client.test", /^250-/],
  ["MAIL FROM:<a@a.test>", /^250 2\.1\.0 /],
  ["RCPT TO:<b@b.test>", /^250 2\.1\.5 /],
];

const inbound: readonly { readonly name: string; readonly exchanges: readonly Exchange[] }[] = [
  { name: "unknown command", exchanges: [["FROB", /^500 5\.5\.2 /]] },
  { name: "MAIL before EHLO", exchanges: [["MAIL FROM:<a@a.test>", /^503 5\.5\.1 /]] },
  { name: "EHLO without a name", exchanges: [["EHLO", /^501 5\.5\.4 /]] },
  {
    name: "RCPT before MAIL",
    exchanges: [
      ["EHLO c", /^250-/],
      ["RCPT TO:<b@b.test>", /^503 5\.5\.1 /],
    ],
  },
  {
    name: "DATA before MAIL",
    exchanges: [
      ["EHLO c", /^250-/],
      ["DATA", /^503 5\.5\.1 /],
    ],
  },
  { name: "nested MAIL", exchanges: [...envelope, ["MAIL FROM:<c@a.test>", /^503 5\.5\.1 /]] },
  { name: "DATA with an argument", exchanges: [...envelope, ["DATA x", /^501 5\.5\.4 /]] },
  { name: "STARTTLS with an argument", exchanges: [["STARTTLS x", /^501 5\.5\.4 /]] },
  {
    name: "AUTH on an inbound server",
    exchanges: [
      ["EHLO c", /^250-/],
      ["AUTH PLAIN AA==", /^502 5\.5\.1 /],
    ],
  },
  { name: "VRFY tells nothing", exchanges: [["VRFY ann", /^252 2\.\d\.\d /]] },
  {
    name: "EXPN, WIZ, SHELL and XCLIENT do not exist",
    exchanges: [
      ["EXPN x", /^500 5/],
      ["WIZ x", /^500 5/],
      ["SHELL", /^500 5/],
      ["XCLIENT ADDR=1.2.3.4", /^500 5/],
    ],
  },
  {
    name: "sender syntax",
    exchanges: [
      ["EHLO c", /^250-/],
      ["MAIL FROM:a@a.test", /^501 5\.1\.7 /],
      ["MAIL FROM:<a@a@a>", /^501 5\.1\.7 /],
    ],
  },
  {
    name: "recipient syntax",
    exchanges: [
      ["EHLO c", /^250-/],
      ["MAIL FROM:<>", /^250 2\.1\.0 /],
      ["RCPT TO:<>", /^501 5\.1\.3 /],
      ["RCPT TO:<b@b..test>", /^501 5\.1\.3 /],
      ["RCPT TO:<a\0b@b.test>", /^501 5\.1\.3 /],
    ],
  },
  {
    name: "SIZE over the limit",
    exchanges: [
      ["EHLO c", /^250-/],
      ["MAIL FROM:<a@a.test> SIZE=65537", /^552 5\.3\.4 /],
    ],
  },
  {
    name: "unknown parameter",
    exchanges: [
      ["EHLO c", /^250-/],
      ["MAIL FROM:<a@a.test> X=1", /^555 5\.5\.4 /],
    ],
  },
  {
    name: "no valid recipient",
    exchanges: [
      ["EHLO c", /^250-/],
      ["MAIL FROM:<a@a.test>", /^250/],
      ["RCPT TO:<nobody@b.test>", /^550 5\.1\.1 No such user/],
      ["DATA", /^554 5\.5\.1 /],
    ],
  },
  { name: "an HTTP request", exchanges: [["GET / HTTP/1.1", /^421 4\.7\.0 /]] },
];

for (const { name, exchanges } of inbound) {
  test(`inbound: ${name}`, async (t) => {
    const room = await openMailRoom(t);
    const dialogue = await openDialogue(room.port);
    assert.match(await dialogue.reply(), /^220 mx\.waxwing\.test ESMTP/);
    for (const [send, expect] of exchanges) assert.match(await dialogue.ask(send), expect, send);
    assert.equal(room.received.length, 0);
    dialogue.end();
  });
}

test("the EHLO reply names what is honoured, and nothing else", async (t) => {
  const room = await openMailRoom(t);
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  const lines = (await dialogue.ask("EHLO client.test")).split("\n").map((line) => line.slice(4));
  assert.deepEqual(lines.slice(1).sort(), [
    "8BITMIME",
    "DSN",
    "ENHANCEDSTATUSCODES",
    "LIMITS RCPTMAX=100",
    "PIPELINING",
    "SIZE 65536",
    "SMTPUTF8",
    "STARTTLS",
  ]);
  assert.equal(await dialogue.ask("HELO client.test"), "250 mx.waxwing.test at your service, [127.0.0.1]");
  dialogue.end();
});

const contents = [
  {
    name: "a line of 1000 octets is the longest",
    data: `${"x".repeat(998)}\r\n`,
    expect: /^250 2\.0\.0 Ok: queued as q1$/,
  },
  {
    name: "a line of 1001 octets",
    data: `${"x".repeat(999)}\r\n`,
    expect: /^554 5\.6\.0 .*line longer than 1000/,
  },
  { name: "a line that does not end", data: `${"x".repeat(5000)}\r\n`, expect: /^554 5\.6\.0 .*line longer/ },
  { name: "a transparency dot is not counted", data: `..${"x".repeat(997)}\r\n`, expect: /^250 2\.0\.0/ },
  { name: "NUL", data: "a\0b\r\n", expect: /^554 5\.6\.0 .*NUL/ },
  { name: "bare LF", data: "a\nb\r\n", expect: /^554 5\.6\.0 .*bare LF/ },
  { name: "bare CR", data: "a\rb\r\n", expect: /^554 5\.6\.0 .*bare CR/ },
  { name: "CR CR LF", data: "a\r\r\n", expect: /^554 5\.6\.0 .*bare CR/ },
  { name: "8-bit octets", data: Buffer.of(0xff, 0xc3, 0x28, 13, 10), expect: /^250 2\.0\.0/ },
  { name: "the size limit to the octet", data: "xx\r\n".repeat(16_384), expect: /^250 2\.0\.0/ },
  {
    name: "one octet over the size limit",
    data: `${"xx\r\n".repeat(16_383)}xxx\r\n`,
    expect: /^552 5\.3\.4 .*65536/,
  },
  {
    name: "far over the size limit",
    data: "x".repeat(78).concat("\r\n").repeat(20_000),
    expect: /^552 5\.3\.4 /,
  },
] as const;

for (const { name, data, expect } of contents) {
  test(`content: ${name}`, async (t) => {
    const room = await openMailRoom(t);
    const dialogue = await openDialogue(room.port);
    await dialogue.reply();
    for (const [send, reply] of envelope) assert.match(await dialogue.ask(send), reply);
    assert.match(await dialogue.ask("DATA"), /^354 /);
    await dialogue.send(Buffer.concat([Buffer.from(data), Buffer.from(".\r\n")]));
    assert.match(await dialogue.reply(), expect);
    assert.equal(room.received.length, expect.source.startsWith("^250") ? 1 : 0);
    assert.equal(await dialogue.ask("NOOP"), "250 2.0.0 OK");
    dialogue.end();
  });
}

test("the hundred and first recipient reads 452 4.5.3, and the hundred get the message", async (t) => {
  const room = await openMailRoom(t);
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  await dialogue.ask("EHLO c");
  await dialogue.ask("MAIL FROM:<a@a.test>");
  for (let n = 1; n <= 100; n += 1)
    assert.match(await dialogue.ask(`RCPT TO:<r${n}@b.test>`), /^250 2\.1\.5/);
  assert.match(await dialogue.ask("RCPT TO:<r101@b.test>"), /^452 4\.5\.3 /);
  assert.match(await dialogue.ask("RCPT TO:<r1@b.test>"), /^250 2\.1\.5/, "a repeated one takes no room");
  await dialogue.ask("DATA");
  await dialogue.send("hello\r\n.\r\n");
  assert.match(await dialogue.reply(), /^250 2\.0\.0/);
  assert.equal(room.received[0]?.envelope.recipients.length, 100);
  dialogue.end();
});

test("a pipelined transaction is answered command by command", async (t) => {
  const room = await openMailRoom(t);
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  await dialogue.ask("EHLO c");
  const one =
    "MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nRCPT TO:<nobody@b.test>\r\nDATA\r\nhello\r\n.\r\n";
  await dialogue.send(`${one}${one}QUIT\r\nNOOP\r\n`);
  const replies: string[] = [];
  for (let reply = await dialogue.reply(); reply !== "<closed>"; reply = await dialogue.reply())
    replies.push(reply.slice(0, 9));
  const each = ["250 2.1.0", "250 2.1.5", "550 5.1.1", "354 End d", "250 2.0.0"];
  assert.deepEqual(replies, [...each, ...each, "221 2.0.0"]);
  assert.equal(room.received.length, 2);
});

test("submission: no password and no mail without TLS", async (t) => {
  const room = await openMailRoom(t, { kind: "submission" });
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  assert.doesNotMatch(await dialogue.ask("EHLO c"), /AUTH/);
  assert.match(await dialogue.ask(`AUTH PLAIN ${plainToken()}`), /^538 5\.7\.11 /);
  assert.match(await dialogue.ask("AUTH LOGIN"), /^538 5\.7\.11 /);
  assert.match(
    await dialogue.ask("MAIL FROM:<a@a.test>"),
    /^530 5\.7\.0 Must issue a STARTTLS command first/,
  );
  dialogue.end();
});

test("submission: no mail without a login, and a login belongs to its TLS session", async (t) => {
  const room = await openMailRoom(t, { kind: "submission", plaintextAuth: "loopback" });
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  assert.match(await dialogue.ask("EHLO c"), /AUTH PLAIN LOGIN/);
  assert.match(await dialogue.ask("MAIL FROM:<a@a.test>"), /^530 5\.7\.0 Authentication required/);
  assert.match(await dialogue.ask("AUTH CRAM-MD5"), /^504 5\.5\.4 /);
  assert.match(await dialogue.ask("AUTH PLAIN !!!"), /^501 5\.5\.2 /);
  assert.match(await dialogue.ask("AUTH PLAIN"), /^334/);
  assert.match(await dialogue.ask("*"), /^501 5\.7\.0 /);
  assert.match(await dialogue.ask(`AUTH PLAIN ${plainToken("ann", "wrong")}`), /^535 5\.7\.8 Wrong/);
  assert.match(
    await dialogue.ask(`AUTH PLAIN ${Buffer.from("bob\0ann\0secret").toString("base64")}`),
    /^535 5\.7\.8 /,
  );
  assert.match(await dialogue.ask("AUTH LOGIN"), /^334 VXNlcm5hbWU6/);
  assert.match(await dialogue.ask(Buffer.from("ann").toString("base64")), /^334 UGFzc3dvcmQ6/);
  assert.match(await dialogue.ask(Buffer.from("secret").toString("base64")), /^235 2\.7\.0 /);
  assert.match(await dialogue.ask(`AUTH PLAIN ${plainToken()}`), /^503 5\.5\.1 /);
  assert.match(await dialogue.ask("MAIL FROM:<a@a.test> AUTH=<>"), /^250 2\.1\.0 /);
  assert.match(await dialogue.ask(`AUTH PLAIN ${plainToken()}`), /^503 5\.5\.1 /);
  assert.match(await dialogue.ask("STARTTLS"), /^220 2\.0\.0 /);
  await dialogue.upgrade();
  await dialogue.ask("EHLO c");
  assert.match(await dialogue.ask("MAIL FROM:<a@a.test>"), /^530 5\.7\.0 Authentication required/);
  dialogue.end();
});

test("the third wrong password is the last", async (t) => {
  const room = await openMailRoom(t, { kind: "submission", plaintextAuth: "loopback" });
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  await dialogue.ask("EHLO c");
  for (let n = 0; n < 3; n += 1)
    assert.match(await dialogue.ask(`AUTH PLAIN ${plainToken("ann", `${n}`)}`), /^535/);
  assert.match(await dialogue.reply(), /^421 4\.7\.0 /);
  assert.equal(await dialogue.reply(), "<closed>");
});

test("a backend that throws costs a 451, and the connection goes on", async (t) => {
  const boom = async () => {
    throw new Error("database is away: password=hunter2");
  };
  for (const call of ["mailFrom", "rcptTo", "message"] as const) {
    const room = await openMailRoom(t, {}, { [call]: boom });
    const dialogue = await openDialogue(room.port);
    await dialogue.reply();
    const replies: string[] = [];
    for (const line of ["EHLO c", "MAIL FROM:<a@a.test>", "RCPT TO:<b@b.test>", "DATA"])
      replies.push(await dialogue.ask(line));
    if (call === "message") {
      await dialogue.send("x\r\n.\r\n");
      replies.push(await dialogue.reply());
    }
    assert.equal(
      replies.find((reply) => /^451/.test(reply)),
      "451 4.3.0 Local error, try again later",
      call,
    );
    assert.equal(await dialogue.ask("NOOP"), "250 2.0.0 OK");
    assert.deepEqual(
      room.errors.map((event) => event.kind === "backend" && event.call),
      [call],
    );
    dialogue.end();
  }
});

test("a backend's broken refusal never reaches the wire", async (t) => {
  const room = await openMailRoom(
    t,
    {},
    {
      mailFrom: async () => refuse(250, "2.0.0", "not a refusal"),
      connect: async () => ({ kind: "ok" }),
    },
  );
  const dialogue = await openDialogue(room.port);
  await dialogue.reply();
  await dialogue.ask("EHLO c");
  assert.match(await dialogue.ask("MAIL FROM:<a@a.test>"), /^451 4\.3\.0 /);
  dialogue.end();
});

test("a refusal's text cannot split the reply", async (t) => {
  const room = await openMailRoom(
    t,
    {},
    { connect: async () => refuse(554, "5.7.1", "go away\r\n250 2.0.0 Ok") },
  );
  const dialogue = await openDialogue(room.port);
  assert.equal(await dialogue.reply(), "554 5.7.1 go away  250 2.0.0 Ok");
  assert.equal(await dialogue.reply(), "<closed>");
});
