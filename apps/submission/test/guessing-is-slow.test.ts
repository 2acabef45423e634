import assert from "node:assert/strict";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { createFakeClock } from "@waxwing/testkit";
import { apiKey, openSubmissionDoors } from "./submission-doors.ts";

const plain = (password: string): string => Buffer.from(`\0apikey\0${password}`).toString("base64");

test("each wrong password costs half a second, the third one the connection; a right one costs nothing", async (t) => {
  const clock = createFakeClock();
  const doors = await openSubmissionDoors(t, { clock, plaintextAuth: "loopback" });
  const open = async () => {
    const socket = connect({ port: doors.ports.submission, host: "127.0.0.1" });
    t.after(() => socket.destroy());
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    const reply = async (): Promise<string> => {
      for (;;) {
        const { value, done } = await lines.next();
        if (done === true || !/^\d{3}-/.test(value)) return done === true ? "<closed>" : value;
      }
    };
    await reply();
    const ask = (line: string): Promise<string> => {
      socket.write(`${line}\r\n`);
      return reply();
    };
    await ask("EHLO client.test");
    return { ask, reply };
  };

  const guesser = await open();
  for (const _ of ["first", "second", "third"]) {
    const answer = guesser.ask(`AUTH PLAIN ${plain("guess")}`);
    await clock.whenSleeping();
    await clock.advance(500);
    assert.match(await answer, /^535 5\.7\.8/);
  }
  assert.match(await guesser.reply(), /^421 4\.7\.0/);
  assert.equal(await guesser.reply(), "<closed>");

  const holder = await open();
  assert.match(await holder.ask(`AUTH PLAIN ${plain(apiKey)}`), /^235/);
  assert.equal(clock.sleepers(), 0);
});
