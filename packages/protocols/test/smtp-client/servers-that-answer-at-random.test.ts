import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { suite, test } from "node:test";
import { brief, briefOpening, open, send, timeouts } from "./open-for-test.ts";

const SESSIONS = 400;

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Mostly what a server says, so that sessions get far; cut, doubled, mixed and closed at any place. */
const WORDS = [
  "220 peer.test\r\n",
  "250-peer.test\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 SIZE 0\r\n",
  "250 Ok\r\n",
  "250 Ok\r\n250 Ok\r\n250 Ok\r\n354 Go\r\n",
  "354 Go\r\n",
  "221 Bye\r\n",
  "421 4.3.2 Closing\r\n",
  "450 4.2.1 Later\r\n",
  "550 5.1.1 No\r\n",
  "250-",
  "25",
  "\r\n",
  "\0\xff\xfe",
  "\x16\x03\x03\x00\x02\x02\x28",
  "334 \r\n",
  "199 x\r\n",
  "x".repeat(3_000),
];

suite("servers that answer at random", { timeout: 60_000 }, () => {
  test(`${SESSIONS} sessions: each comes to an end and to one result for each recipient`, async (t) => {
    const sockets = new Set<Socket>();
    let seed = 0;
    const server = createServer((socket) => {
      const roll = dice(seed++);
      const word = (): string => WORDS[Math.floor(roll() ** 2 * WORDS.length)] ?? "";
      sockets.add(socket);
      socket.on("error", () => undefined);
      if (roll() < 0.95) socket.write("220 peer.test\r\n", "latin1");
      let usual = true;
      socket.on("data", (chunk) => {
        if (roll() < 0.03) return void socket.destroy();
        if (roll() < 0.03) return void socket.end();
        const said = chunk.toString("latin1");
        if (usual && said.startsWith("EHLO")) socket.write(WORDS[1] ?? "", "latin1");
        else if (usual)
          socket.write(
            (said.includes("\r\n.\r\n") ? WORDS[2] : "") + (said.includes("DATA") ? (WORDS[3] ?? "") : ""),
          );
        else socket.write(word() + (roll() < 0.3 ? word() : ""), "latin1");
        usual &&= roll() < 0.9;
        return undefined;
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const seen = new Map<string, number>();
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
    const session = async (number: number): Promise<void> => {
      const mode = number % 8 === 0 ? "opportunistic" : "none";
      const opening = await open(
        t,
        { port },
        {
          timeouts: timeouts(150),
          tls: { mode, verify: { kind: "none" } },
        },
      );
      count(briefOpening(opening));
      if (opening.kind !== "open") return;
      const sent = await Promise.all([1, 2, 3].map(() => send(opening.connection, ["a@b.test", "c@d.test"])));
      for (const results of sent) {
        assert.equal(results.length, 2);
        for (const result of results) count(brief(result));
      }
      opening.connection.close();
    };
    for (let n = 0; n < SESSIONS; n += 20)
      await Promise.all(Array.from({ length: 20 }, (_, index) => session(n + index)));
    // The table of words is of use only while it leads to all kinds of ends.
    const kinds = [...seen.keys()].map((key) => key.split(" ")[0]);
    for (const kind of ["open", "accepted", "refused", "failed"]) assert.ok(kinds.includes(kind), kind);
    assert.ok([...seen.keys()].some((key) => key.endsWith("all")));
  });
});
