import assert from "node:assert/strict";
import { test } from "node:test";
import { openDialogue, turns } from "./dialogue.ts";
import { openMailRoom } from "./mail-room.ts";

const envelope = ["EHLO c", "MAIL FROM:<a@a.test>", "RCPT TO:<b@b.test>"] as const;

const within = async (limitMs: number, closing: Promise<void>): Promise<void> => {
  const begun = performance.now();
  await closing;
  const tookMs = performance.now() - begun;
  assert.ok(tookMs < limitMs, `close took ${tookMs} ms of ${limitMs}`);
};

test("a transaction under way ends, then reads 421; nobody new gets in", async (t) => {
  const room = await openMailRoom(t);
  const idle = await openDialogue(room.port);
  await idle.reply();
  const busy = await openDialogue(room.port);
  await busy.reply();
  for (const line of envelope) assert.match(await busy.ask(line), /^250/);
  const closing = room.server.close(10_000);
  assert.match(await idle.reply(), /^421 4\.3\.2 /);
  await assert.rejects(openDialogue(room.port), { code: "ECONNREFUSED" });
  assert.match(await busy.ask("DATA"), /^354/);
  await busy.send("hello\r\n.\r\n");
  assert.equal(await busy.reply(), "250 2.0.0 Ok: queued as q1");
  assert.match(await busy.reply(), /^421 4\.3\.2 /);
  await within(5_000, closing);
  assert.equal(room.received.length, 1);
});

test("a draining connection starts no second transaction, even a pipelined one", async (t) => {
  const room = await openMailRoom(t);
  const busy = await openDialogue(room.port);
  await busy.reply();
  for (const line of [...envelope, "DATA"]) await busy.ask(line);
  const closing = room.server.close(10_000);
  await busy.send("hello\r\n.\r\nMAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\n");
  assert.match(await busy.reply(), /^250 2\.0\.0/);
  assert.match(await busy.reply(), /^421 4\.3\.2 /);
  assert.equal(await busy.reply(), "<closed>");
  await closing;
});

test("when grace is over the rest read 421, and close keeps its word even if they do not listen", async (t) => {
  const room = await openMailRoom(t);
  const busy = await openDialogue(room.port);
  await busy.reply();
  for (const line of [...envelope, "DATA"]) await busy.ask(line);
  await busy.send("half a mess");
  busy.socket().pause();
  await within(100 + 500, room.server.close(100));
  busy.socket().resume();
  assert.match(await busy.reply(), /^421 4\.3\.2 /);
  assert.equal(room.received.length, 0);
});

test("close ends unfinished handshakes on both doors", async (t) => {
  for (const tls of ["implicit", "starttls"] as const) {
    const room = await openMailRoom(t, { tls });
    const dialogue = await openDialogue(room.port);
    if (tls === "starttls") {
      await dialogue.reply();
      await dialogue.ask("STARTTLS");
    }
    await dialogue.send(Buffer.from("16030102000100", "hex"));
    await turns();
    await within(500, room.server.close(0));
    await dialogue.closed();
  }
});

test("close twice is close once, and a port in use is the caller's error", async (t) => {
  const room = await openMailRoom(t);
  const other = await openMailRoom(t);
  await assert.rejects(other.server.listen(room.port, "127.0.0.1"));
  await Promise.all([room.server.close(0), room.server.close(0)]);
});
