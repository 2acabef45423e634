import assert from "node:assert/strict";
import { test } from "node:test";
import { connectImap, makeMessage, openMailboxHouse } from "./mailbox-house.ts";
import { connectPop3 } from "./pop3-client.ts";

test("POP3 retrieves and deletes at QUIT; a session that is cut deletes nothing and gives its lock back", async () => {
  await using house = await openMailboxHouse();
  const here = await house.startProcess();
  const there = await house.startProcess();
  await house.deliver("INBOX", makeMessage("first"));
  await house.deliver("INBOX", makeMessage("second", ".dotted"));

  const first = await connectPop3(here);
  assert.equal(await first.logIn(), "+OK 2 messages");
  const sameProcess = await connectPop3(here);
  assert.match(await sameProcess.logIn(), /^-ERR \[IN-USE\]/);
  const otherProcess = await connectPop3(there);
  assert.match(await otherProcess.logIn(), /^-ERR \[IN-USE\]/);
  assert.match(await first.ask("DELE 1"), /^\+OK/);
  await first.cut();

  // The server learns of the cut at its own time; until then the lock holds.
  let answer = await otherProcess.logIn();
  while (answer.startsWith("-ERR [IN-USE]")) answer = await otherProcess.logIn();
  assert.equal(answer, "+OK 2 messages");
  assert.match(await otherProcess.ask("RETR 2"), /^\+OK \d+ octets/);
  const lines: string[] = [];
  for (let line = await otherProcess.read(); line !== "."; line = await otherProcess.read()) lines.push(line);
  assert.equal(lines.at(-1), "..dotted");
  assert.match(await otherProcess.ask("DELE 2"), /^\+OK/);
  assert.match(await otherProcess.ask("QUIT"), /^\+OK/);

  const flow = await connectImap(here);
  await flow.mailboxOpen("INBOX");
  assert.deepEqual(await flow.search({ all: true }, { uid: true }), [1]);
  await flow.logout();
  assert.equal(await sameProcess.logIn(), "+OK 1 messages");
  await sameProcess.cut();
  await otherProcess.cut();
});

test("a process that dies leaves no lock behind, and the next one does not mind the dead connection", async () => {
  await using house = await openMailboxHouse();
  const here = await house.startProcess();
  const there = await house.startProcess();
  const first = await connectPop3(here);
  assert.match(await first.logIn(), /^\+OK/);
  await here.db.pool.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE application_name = 'waxwing maildrop locks' AND datname = current_database()`,
  );
  const second = await connectPop3(there);
  assert.match(await second.logIn(), /^\+OK/);
  assert.match(await second.ask("QUIT"), /^\+OK/);
  assert.match(await first.ask("QUIT"), /^\+OK/);
  const third = await connectPop3(here);
  assert.match(await third.logIn(), /^\+OK/);
  for (const client of [first, second, third]) await client.cut();
});
