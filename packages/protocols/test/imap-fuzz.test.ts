import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { NESTED, openDoor, PLAIN } from "./door-fixture.ts";
import { createRandom } from "./random.ts";
import { connectRaw } from "./raw-client.ts";

const folder = new URL("transcripts/imap/", import.meta.url);
const COMMANDS = readdirSync(folder).flatMap((file) =>
  [...readFileSync(new URL(file, folder), "utf8").matchAll(/^C: (\S+ .*)$/gm)].map((match) => match[1] ?? ""),
);
const SPICE = [
  "(",
  ")",
  '"',
  "\\",
  "{",
  "}",
  '{5+}\r\nab(c"',
  "*",
  "%",
  "$",
  "[",
  "]",
  "<",
  ">",
  " ",
  ":",
  "\0",
  "\xff",
  "&",
  "&-",
  "99999999999",
  "NIL",
  "~{2+}\r\nxx",
];

for (const seed of [1, 2, 3]) {
  test(`mutated commands never cause a fault (seed ${seed})`, { timeout: 60_000 }, async () => {
    await using door = await openDoor("imap", { limits: { maxBadCommands: Number.POSITIVE_INFINITY } });
    const random = createRandom(seed);
    door.mailbox.deliver("INBOX", PLAIN);
    door.mailbox.deliver("INBOX", NESTED);
    using client = await connectRaw(door.port);
    client.send("a LOGIN ann secret\r\nb SELECT INBOX\r\n");
    await client.until(/^b OK/m);
    for (let round = 0; round < 400; round += 1) {
      let command = COMMANDS[random(COMMANDS.length)] ?? "";
      for (let i = random(4); i >= 0; i -= 1) {
        const at = random(command.length + 1);
        const spice = SPICE[random(SPICE.length)] ?? "";
        command = command.slice(0, at) + spice + command.slice(at + random(3));
      }
      // Commands that end the session or wait for more would only shorten the run.
      if (/logout|idle|authenticate|starttls|compress|delete|\{\d+\}|\{\d{3}/i.test(command)) continue;
      // A literal left open swallows some of the line ends and not the NOOP.
      client.send(Buffer.from(`${command}${"\r\n".repeat(60)}z${round} NOOP\r\n`, "latin1"));
      await client.until(new RegExp(`^z${round} OK`, "m"));
    }
    assert.deepEqual(
      door.events.filter((event) => event.kind !== "login-refused"),
      [],
    );
  });
}
