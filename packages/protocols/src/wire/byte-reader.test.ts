import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { createByteReader } from "./byte-reader.ts";
import { isLoopback } from "./loopback.ts";
import { createMemoryBudget } from "./memory-budget.ts";
import { decodePlain, decodeSaslBase64 } from "./sasl.ts";

const line = (text: string) => ({ kind: "line", line: Buffer.from(text) });

test("lines however they are cut", async () => {
  const stream = new PassThrough();
  const reader = createByteReader(stream);
  const first = reader.readLine(10);
  for (const octet of "ab\r\nc\nlast") stream.write(octet);
  assert.deepEqual(await first, line("ab"));
  assert.deepEqual(await reader.readLine(10), line("c"));
  stream.end();
  assert.deepEqual(await reader.readLine(10), { kind: "end" });
});

test("a line that is too long is dropped whole, and the next one is read", async () => {
  const stream = new PassThrough();
  const reader = createByteReader(stream);
  stream.write(`${"x".repeat(11)}\r\nnext\r\n${"y".repeat(10)}\r\n`);
  assert.deepEqual(await reader.readLine(10), { kind: "too-long" });
  assert.deepEqual(await reader.readLine(10), line("next"));
  assert.deepEqual(await reader.readLine(10), line("y".repeat(10)));
});

test("octets, and what is skipped", async () => {
  const stream = new PassThrough();
  const reader = createByteReader(stream);
  let chunks = 0;
  stream.write("abc");
  const read = reader.readBytes(5, () => {
    chunks += 1;
  });
  stream.write("defghij\n");
  assert.deepEqual(await read, { kind: "bytes", bytes: Buffer.from("abcde") });
  assert.ok(chunks >= 1);
  assert.deepEqual(await reader.skipBytes(4, () => {}), { kind: "skipped" });
  assert.deepEqual(await reader.readLine(10), line("j"));
});

test("an interrupted read ends, and stays ended", async () => {
  const reader = createByteReader(new PassThrough());
  const read = reader.readLine(10);
  reader.interrupt("timeout");
  assert.deepEqual(await read, { kind: "timeout" });
  assert.deepEqual(await reader.readLine(10), { kind: "timeout" });
});

test("who waits for something to read loses nothing of it, and is told of the end", async () => {
  const stream = new PassThrough();
  const reader = createByteReader(stream);
  const ready = reader.ready();
  stream.write("on");
  await ready;
  await reader.ready();
  stream.write("e\r\n");
  assert.deepEqual(await reader.readLine(10), line("one"));
  const end = reader.ready();
  reader.interrupt("closing");
  await end;
  assert.deepEqual(await reader.readLine(10), { kind: "closing" });
});

test("releasing drops what has come", async () => {
  const stream = new PassThrough();
  const reader = createByteReader(stream);
  stream.write("one\r\ntwo\r\n");
  await reader.readLine(10);
  assert.equal(reader.hasLine(), true);
  assert.equal(reader.release(), 5);
});

test("loopback addresses", () => {
  for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
    assert.equal(isLoopback(address), true);
  for (const address of ["128.0.0.1", "::2", "10.127.0.0", "127.0.0.1.example", "unknown"]) {
    assert.equal(isLoopback(address), false);
  }
});

test("a budget is given back once", () => {
  const budget = createMemoryBudget(10);
  const giveBack = budget.take(8);
  assert.equal(budget.take(3), null);
  giveBack?.();
  giveBack?.();
  assert.equal(budget.take(11), null);
  assert.notEqual(budget.take(10), null);
});

test("SASL messages", () => {
  assert.deepEqual(decodePlain(Buffer.from("\0ann\0se\u00fcret")), { username: "ann", password: "seüret" });
  assert.deepEqual(decodePlain(Buffer.from("ann\0ann\0x")), { username: "ann", password: "x" });
  for (const wrong of ["", "ann", "bob\0ann\0x", "\0\0x", "\0a\0b\0c"])
    assert.equal(decodePlain(Buffer.from(wrong)), null);
  assert.deepEqual(decodeSaslBase64("="), Buffer.alloc(0));
  assert.equal(decodeSaslBase64("a"), null);
});
