import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NESTED, openDoor, PLAIN } from "./door-fixture.ts";
import { createRandom } from "./random.ts";
import { connectRaw } from "./raw-client.ts";

/** Commands of every kind, literals that wait for "+" and literals that do not. */
const CONVERSATION = [
  "a1 LOGIN {3}\r\nann {6+}\r\nsecret\r\n",
  "a2 ENABLE QRESYNC\r\n",
  "a3 SELECT INBOX\r\n",
  "a4 FETCH 1:2 (FLAGS BODY[])\r\n",
  "a5 APPEND INBOX (\\Seen) {14}\r\nSubject: x\r\n\r\n {14+}\r\nSubject: y\r\n\r\n\r\n",
  "a6 UID STORE 3:4 +FLAGS ($One)\r\n",
  "a7 SEARCH RETURN (SAVE) UID 3:4\r\n",
  "a8 UID MOVE $ Trash\r\n",
  "a9 IDLE\r\nDONE\r\n",
  "b1 NONSENSE {3+}\r\nabc\r\n",
  "b2 UID THREAD REFERENCES UTF-8 ALL\r\n",
  "b3 LOGOUT\r\n",
].join("");

async function converse(sendAll: (send: (piece: Buffer) => void) => Promise<void>): Promise<string> {
  await using door = await openDoor("imap");
  door.mailbox.deliver("INBOX", PLAIN);
  door.mailbox.deliver("INBOX", NESTED);
  using client = await connectRaw(door.port);
  client.socket.setNoDelay(true);
  await sendAll((piece) => client.send(piece));
  const answers = await client.toEnd();
  assert.deepEqual(door.events, []);
  return answers;
}

describe("pipelined commands", { timeout: 60_000 }, () => {
  const whole = converse(async (send) => send(Buffer.from(CONVERSATION)));

  test("are answered in their order, each once", async () => {
    const tags = [...(await whole).matchAll(/^([ab]\d) (OK|NO|BAD)/gm)].map(
      ([, tag, status]) => `${tag} ${status}`,
    );
    const expected = ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2", "b3"];
    assert.deepEqual(
      tags,
      expected.map((tag) => `${tag} ${tag === "b1" ? "BAD" : "OK"}`),
    );
  });

  for (const seed of [1, 2, 3, 4, 5]) {
    test(`are the same whatever packets they come in (seed ${seed})`, async () => {
      const random = createRandom(seed);
      const bytes = Buffer.from(CONVERSATION);
      const cut = await converse(async (send) => {
        for (let at = 0; at < bytes.length; ) {
          const end = at + 1 + random(seed * 4);
          send(bytes.subarray(at, end));
          at = end;
          // Lets the packet go before the next one is written.
          await new Promise(setImmediate);
        }
      });
      assert.equal(cut, await whole);
    });
  }
});
