import assert from "node:assert/strict";
import { test } from "node:test";
import { openDialogue, turns } from "./dialogue.ts";
import { openMailRoom } from "./mail-room.ts";

const MIB = 1024 * 1024;
const line = `${"x".repeat(510)}\r\n`;
const large = line.repeat(MIB / 512);

test("slow clients with large messages keep out other large ones only, and only while they are there", {
  timeout: 60_000,
}, async (t) => {
  const deciding = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const room = await openMailRoom(
    t,
    { sizeLimitBytes: 4 * MIB, limits: { messageMemoryBytes: 2 * MIB } },
    {
      message: async (_session, _envelope, raw) => {
        if (raw.length > MIB) {
          asked.resolve();
          await deciding.promise;
        }
        return { kind: "ok", queueId: "q" };
      },
    },
  );
  const open = async () => {
    const client = await openDialogue(room.port);
    await client.reply();
    for (const command of ["EHLO c", "MAIL FROM:<a@b.test>", "RCPT TO:<c@d.test>", "DATA"])
      await client.ask(command);
    return client;
  };
  const send = async (text: string): Promise<string> => {
    const client = await open();
    const answer = await client.ask(`${text}.`);
    client.end();
    return answer;
  };

  // Its buffer doubles from 1 MiB to 2 MiB, and it waits for the backend.
  const first = await open();
  const answer = first.ask(`${large}${line}.`);
  await asked.promise;
  assert.match(await send(large), /^452 4\.3\.1 /);
  assert.match(await send(line), /^250 /);

  // Who leaves in the middle gives back what he had, and the backend's decision the rest.
  deciding.resolve();
  assert.match(await answer, /^250 /);
  const second = await open();
  await second.send(large + line);
  second.end();
  await second.closed();
  let later = "";
  // The server hears of the end a few turns later.
  for (let tries = 0; tries < 1_000 && !later.startsWith("250"); tries++) {
    await turns();
    later = await send(large);
  }
  assert.match(later, /^250 /);
  first.end();
});
