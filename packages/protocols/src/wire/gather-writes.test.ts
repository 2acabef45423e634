import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { suite, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createWriteGatherer } from "./gather-writes.ts";

/** Notes what reaches the system in one call. */
function openSocket(): { readonly socket: Writable; readonly calls: string[] } {
  const calls: string[] = [];
  const socket = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      calls.push(String(chunk));
      done();
    },
    writev: (chunks, done) => {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(""));
      done();
    },
  });
  return { socket, calls };
}

suite("writes that are gathered", { timeout: 60_000 }, () => {
  test("go out in one call", async () => {
    const { socket, calls } = openSocket();
    const writes = createWriteGatherer();
    for (const reply of ["250 sender\r\n", "250 recipient\r\n", "354 go on\r\n"]) {
      await Promise.resolve();
      writes.gather(socket);
      socket.write(reply);
    }
    assert.deepEqual(calls, []);
    await nextTurn();
    assert.deepEqual(calls, ["250 sender\r\n250 recipient\r\n354 go on\r\n"]);
    writes.gather(socket);
    socket.write("250 taken\r\n");
    await nextTurn();
    assert.equal(calls.length, 2);
  });

  test("go out at once when they are let go, in their order", () => {
    const { socket, calls } = openSocket();
    const writes = createWriteGatherer();
    writes.gather(socket);
    socket.write("250 ok\r\n");
    writes.release();
    socket.write("220 ready\r\n");
    assert.deepEqual(calls, ["250 ok\r\n", "220 ready\r\n"]);
  });

  test("are not lost when the socket is ended in the same turn", async () => {
    const { socket, calls } = openSocket();
    createWriteGatherer().gather(socket);
    socket.write("250 ok\r\n");
    socket.end("221 bye\r\n");
    await nextTurn();
    assert.equal(calls.join(""), "250 ok\r\n221 bye\r\n");
  });
});
