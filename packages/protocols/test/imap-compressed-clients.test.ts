import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { deflateRawSync } from "node:zlib";
import { openDoor, type RunningDoor } from "./door-fixture.ts";
import { connectRaw } from "./raw-client.ts";

/** What is read past is garbage, and when V8 collects that depends on what else the machine does. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

async function logIn(door: RunningDoor) {
  const client = await connectRaw(door.port);
  client.send("a0 LOGIN ann secret\r\n");
  await client.until(/a0 OK/);
  return client;
}

describe("clients that compress (RFC 4978)", { timeout: 60_000 }, () => {
  test("octets that are no DEFLATE end the connection and nothing else", async () => {
    await using door = await openDoor("imap");
    using client = await logIn(door);
    client.send("a1 COMPRESS DEFLATE\r\n");
    await client.until(/a1 OK/);
    client.send("\xff\xff\xff\xff not compressed\r\n");
    await client.toEnd();
    await door.event("connection-lost");
    using other = await logIn(door);
    other.send("a1 NOOP\r\n");
    await other.until(/a1 OK/);
  });

  test("100 MB of nothing in 100 KB are read past in bounded memory", async () => {
    await using door = await openDoor("imap");
    const bomb = deflateRawSync(
      Buffer.concat([Buffer.alloc(100_000_000, "x"), Buffer.from("\r\na2 LOGOUT\r\n")]),
    );
    using client = await logIn(door);
    client.send("a1 COMPRESS DEFLATE\r\n");
    await client.until(/a1 OK/);
    const before = process.memoryUsage();
    client.send(bomb);
    await client.toEnd();
    collectGarbage();
    const after = process.memoryUsage();
    assert.ok(after.arrayBuffers - before.arrayBuffers < 30_000_000, `${after.arrayBuffers}`);
    assert.equal(door.mailbox.held(), 0);
  });

  test("no more connections than there is memory for compress at once", async () => {
    await using door = await openDoor("imap", { limits: { maxCompressed: 1 } });
    const first = await logIn(door);
    first.send("a1 COMPRESS DEFLATE\r\n");
    await first.until(/a1 OK/);
    using second = await logIn(door);
    second.send("a1 COMPRESS DEFLATE\r\n");
    await second.until(/a1 NO \[LIMIT\]/);
    first.socket.end();
    await first.toEnd();
    second.send("a2 COMPRESS DEFLATE\r\n");
    await second.until(/a2 OK/);
  });
});
