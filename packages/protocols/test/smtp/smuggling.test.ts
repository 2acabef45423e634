import assert from "node:assert/strict";
import { test } from "node:test";
import { openDialogue } from "./dialogue.ts";
import { openMailRoom } from "./mail-room.ts";

// CVE-2023-51764 and its kin: what looks like an end of DATA to one server and not to the next.
const falseEnds = [
  { name: "LF . LF", octets: "\n.\n" },
  { name: "LF . CRLF", octets: "\n.\r\n" },
  { name: "CRLF . LF", octets: "\r\n.\n" },
  { name: "CR . CR", octets: "\r.\r" },
  { name: "CR . CRLF", octets: "\r.\r\n" },
  { name: "CRLF . CR", octets: "\r\n.\r" },
  { name: "CR LF . CR CR LF", octets: "\r\n.\r\r\n" },
  { name: "LF .. CRLF", octets: "\n..\r\n" },
  { name: "NUL before the dot", octets: "\r\n\0.\r\n" },
];

const begin = async (port: number) => {
  const dialogue = await openDialogue(port);
  await dialogue.reply();
  await dialogue.ask("EHLO client.test");
  return dialogue;
};

const envelope = ["MAIL FROM:<a@a.test>", "RCPT TO:<b@b.test>", "DATA"];

for (const { name, octets } of falseEnds) {
  test(`${name} never ends a message, in any cut`, async (t) => {
    const room = await openMailRoom(t);
    const dialogue = await begin(room.port);
    const smuggled = `Subject: x\r\n\r\nbody${octets}RSET\r\nMAIL FROM:<evil@a.test>\r\n`;
    const whole = Buffer.from(`${smuggled}\r\n.\r\n`);
    for (let cut = 0; cut < whole.length; cut += 1) {
      for (const line of envelope) await dialogue.ask(line);
      await dialogue.send(whole.subarray(0, cut));
      await dialogue.send(whole.subarray(cut));
      assert.match(
        await dialogue.reply(),
        /^554 5\.6\.0 Message contains a (bare (CR|LF)|NUL)/,
        `cut at ${cut}`,
      );
      // One reply, and not one more: the smuggled commands were never commands.
      assert.equal(await dialogue.ask("NOOP"), "250 2.0.0 OK", `cut at ${cut}`);
    }
    assert.equal(room.received.length, 0);
    dialogue.end();
  });
}

test("a false end sent one octet at a time is content too", async (t) => {
  const room = await openMailRoom(t);
  const dialogue = await begin(room.port);
  for (const line of envelope) await dialogue.ask(line);
  for (const octet of Buffer.from("x\r\n\n.\r\nQUIT\r\n\r\n.\r\n")) await dialogue.send(Buffer.of(octet));
  assert.match(await dialogue.reply(), /^554 5\.6\.0 Message contains a bare LF/);
  assert.equal(await dialogue.ask("NOOP"), "250 2.0.0 OK");
  dialogue.end();
});

test("a true message survives every cut, with its dots", async (t) => {
  const room = await openMailRoom(t);
  const dialogue = await begin(room.port);
  const whole = Buffer.from("..first\r\n\r\n..\r\n...\r\na.\r\n..b\r\n.\r\n");
  for (let cut = 0; cut <= whole.length; cut += 1) {
    for (const line of envelope) await dialogue.ask(line);
    await dialogue.send(whole.subarray(0, cut));
    await dialogue.send(whole.subarray(cut));
    assert.match(await dialogue.reply(), /^250 2\.0\.0 Ok: queued as q\d+$/, `cut at ${cut}`);
    assert.equal(
      room.received.at(-1)?.raw.toString(),
      ".first\r\n\r\n.\r\n..\r\na.\r\n.b\r\n",
      `cut at ${cut}`,
    );
  }
  dialogue.end();
});

test("DATA that is empty, or a lone dot line, is received as such", async (t) => {
  const room = await openMailRoom(t);
  const dialogue = await begin(room.port);
  for (const [sent, expected] of [
    [".\r\n", ""],
    ["\r\n.\r\n", "\r\n"],
    ["..\r\n.\r\n", ".\r\n"],
  ] as const) {
    for (const line of envelope) await dialogue.ask(line);
    await dialogue.send(sent);
    assert.match(await dialogue.reply(), /^250 2\.0\.0/);
    assert.equal(room.received.at(-1)?.raw.toString(), expected);
  }
  dialogue.end();
});
