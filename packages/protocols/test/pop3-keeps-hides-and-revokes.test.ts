import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { createLoginDelay } from "../src/index.ts";
import { POP3_COMMANDS } from "../src/pop3/command-table.ts";
import { openDoor, PLAIN } from "./door-fixture.ts";
import { createFakeWireClock } from "./fake-wire-clock.ts";
import { connectRaw } from "./raw-client.ts";

const options = { timeout: 20_000 };

test("every POP3 command has a script of its own", () => {
  const scripts = readdirSync(new URL("transcripts/pop3/", import.meta.url));
  const missing = Object.keys(POP3_COMMANDS).filter((verb) => !scripts.includes(`${verb.toLowerCase()}.txt`));
  assert.deepEqual(missing, []);
});

test("where mail is kept, DELE hides it from POP3 and leaves it to IMAP", options, async () => {
  await using door = await openDoor("pop3");
  door.mailbox.setMaildrop({ deletion: "hide", expireDays: 30 });
  for (const _ of [1, 2]) door.mailbox.deliver("INBOX", PLAIN);
  using first = await connectRaw(door.port);
  first.send("USER ann\r\nPASS secret\r\nCAPA\r\nDELE 1\r\nQUIT\r\n");
  assert.match(await first.toEnd(), /^EXPIRE 30\r\n/m);
  assert.deepEqual(door.mailbox.flags("INBOX", 1), ["$Pop3Deleted"]);
  using second = await connectRaw(door.port);
  second.send("USER ann\r\nPASS secret\r\nUIDL\r\nQUIT\r\n");
  assert.match(await second.toEnd(), /^\+OK 1 messages\r\n\+OK 1 messages\r\n1 \d+\.2\r\n\.\r\n/m);
  assert.deepEqual(door.mailbox.uids("INBOX"), [1, 2]);
});

test("where logins have to be apart, the next one is told so until it is time", options, async () => {
  const clock = createFakeWireClock();
  await using door = await openDoor("pop3", { loginDelay: createLoginDelay(60, clock) });
  const logIn = async (password: string): Promise<string> => {
    using client = await connectRaw(door.port);
    client.send(`CAPA\r\nUSER ann\r\nPASS ${password}\r\nQUIT\r\n`);
    return await client.toEnd();
  };
  assert.match(await logIn("wrong"), /-ERR \[AUTH\]/);
  assert.match(await logIn("secret"), /^LOGIN-DELAY 60\r\n.*^\+OK 0 messages/ms);
  clock.advance(59_999);
  assert.match(await logIn("secret"), /^-ERR \[LOGIN-DELAY\] Log in once in 60 seconds/m);
  clock.advance(1);
  assert.match(await logIn("secret"), /^\+OK 0 messages/m);
});

test(
  "a session whose login is taken back ends, without the UPDATE state, and gives its lock back",
  options,
  async () => {
    await using door = await openDoor("pop3");
    door.mailbox.deliver("INBOX", PLAIN);
    using client = await connectRaw(door.port);
    client.send("USER ann\r\nPASS secret\r\nDELE 1\r\n");
    await client.until(/deleted/);
    door.mailbox.revoke();
    assert.match(await client.toEnd(), /-ERR \[AUTH\] Log in again\r\n$/);
    assert.deepEqual(door.mailbox.uids("INBOX"), [1]);
    assert.equal(door.mailbox.held(), 0);
  },
);

test("an IMAP session whose login is taken back hears BYE, in IDLE too", options, async () => {
  await using door = await openDoor("imap");
  for (const idle of ["", "a1 SELECT INBOX\r\na2 IDLE\r\n"]) {
    using client = await connectRaw(door.port);
    client.send(`a0 LOGIN ann secret\r\n${idle}`);
    await client.until(idle === "" ? /a0 OK/ : /^\+ /m);
    door.mailbox.revoke();
    assert.match(await client.toEnd(), /^\* BYE \[EXPIRED\] Log in again/m);
  }
  assert.equal(door.mailbox.held(), 0);
});
