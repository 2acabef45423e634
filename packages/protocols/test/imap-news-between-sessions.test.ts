import assert from "node:assert/strict";
import { test } from "node:test";
import { openDoor, PLAIN, type RunningDoor } from "./door-fixture.ts";
import { connectRaw, type RawClient } from "./raw-client.ts";

async function select(door: RunningDoor, before = ""): Promise<RawClient> {
  const client = await connectRaw(door.port);
  client.send(`a1 LOGIN ann secret\r\n${before}a2 SELECT INBOX\r\n`);
  await client.until(/a2 OK.*\r\n/);
  return client;
}

async function ask(client: RawClient, command: string): Promise<string> {
  client.send(`x ${command}\r\n`);
  return client.until(/^x (?:OK|NO|BAD).*\r\n/m);
}

function threeMessages(door: RunningDoor): void {
  for (let i = 0; i < 3; i += 1) door.mailbox.deliver("INBOX", PLAIN);
}

test("an expunge elsewhere is kept back during FETCH, STORE and SEARCH and told after", async () => {
  await using door = await openDoor("imap");
  threeMessages(door);
  using ann = await select(door);
  using phone = await select(door);
  await ask(phone, "STORE 1 +FLAGS.SILENT (\\Deleted)");
  await ask(phone, "EXPUNGE");
  // Number 3 is still UID 3 to this client.
  const fetched = await ask(ann, "FETCH 3 (UID)");
  assert.match(fetched, /\* 3 FETCH \(UID 3\)/);
  assert.doesNotMatch(fetched, /EXPUNGE/);
  assert.doesNotMatch(await ask(ann, "SEARCH ALL"), /EXPUNGE/);
  assert.doesNotMatch(await ask(ann, "STORE 2 +FLAGS (\\Seen)"), /EXPUNGE/);
  assert.match(await ask(ann, "NOOP"), /^\* 1 EXPUNGE\r\n/);
  assert.match(await ask(ann, "FETCH 2 (UID)"), /\* 2 FETCH \(UID 3\)/);
});

test("fetching an expunged message by its old number gives nothing and is no error", async () => {
  await using door = await openDoor("imap");
  threeMessages(door);
  using ann = await select(door);
  using phone = await select(door);
  await ask(phone, "STORE 2 +FLAGS.SILENT (\\Deleted)");
  await ask(phone, "EXPUNGE");
  assert.match(await ask(ann, "FETCH 2 (UID)"), /^x OK/);
});

test("many expunges at once leave the numbers right", async () => {
  await using door = await openDoor("imap");
  for (let i = 0; i < 10; i += 1) door.mailbox.deliver("INBOX", PLAIN);
  using ann = await select(door);
  using phone = await select(door);
  await ask(phone, "STORE 2,4,6:8 +FLAGS.SILENT (\\Deleted)");
  const told = await ask(phone, "EXPUNGE");
  const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  for (const [, gone] of told.matchAll(/\* (\d+) EXPUNGE/g)) numbers.splice(Number(gone) - 1, 1);
  assert.deepEqual(numbers, [1, 3, 5, 9, 10]);
  door.mailbox.deliver("INBOX", PLAIN);
  const news = await ask(ann, "NOOP");
  assert.equal(news.match(/EXPUNGE/g)?.length, 5);
  assert.match(news, /\* 6 EXISTS/);
});

test("flags changed elsewhere come as FETCH, with MODSEQ once CONDSTORE is on", async () => {
  await using door = await openDoor("imap");
  threeMessages(door);
  using ann = await select(door);
  using phone = await select(door, "b ENABLE CONDSTORE\r\n");
  await ask(ann, "STORE 2 +FLAGS (\\Flagged)");
  assert.match(await ask(phone, "NOOP"), /^\* 2 FETCH \(UID 2 FLAGS \(\\Flagged\) MODSEQ \(5\)\)\r\n/);
  await ask(phone, "STORE 2 -FLAGS (\\Flagged)");
  assert.match(await ask(ann, "NOOP"), /^\* 2 FETCH \(UID 2 FLAGS \(\)\)\r\n/);
  assert.match(await ask(ann, "NOOP"), /^x OK/, "news is told once");
});

test("two clients that change the same message: UNCHANGEDSINCE lets one win", async () => {
  await using door = await openDoor("imap");
  threeMessages(door);
  using ann = await select(door);
  using phone = await select(door);
  assert.match(await ask(ann, "UID STORE 1 (UNCHANGEDSINCE 4) +FLAGS (\\Flagged)"), /^x OK (?!\[MODIFIED)/m);
  assert.match(
    await ask(phone, "UID STORE 1 (UNCHANGEDSINCE 4) -FLAGS (\\Flagged)"),
    /^x OK \[MODIFIED 1\]/m,
  );
});

test("listing a folder reads no message, and header fields read no body", async () => {
  await using door = await openDoor("imap");
  threeMessages(door);
  using ann = await select(door);
  await ask(ann, "FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE RFC822.SIZE INTERNALDATE)");
  await ask(ann, "FETCH 1:* (BODY.PEEK[HEADER.FIELDS (References)])");
  await ask(ann, "SEARCH UNSEEN LARGER 10 SINCE 1-Jan-2020");
  await ask(ann, "SEARCH SEEN BODY x");
  assert.deepEqual(door.mailbox.rawReads, { none: 3, header: 1, full: 0 });
});

test("with QRESYNC, what goes elsewhere has VANISHED, in IDLE too", async () => {
  await using door = await openDoor("imap");
  threeMessages(door);
  using ann = await select(door, "q ENABLE QRESYNC\r\n");
  using phone = await select(door);
  await ask(phone, "STORE 1,3 +FLAGS.SILENT (\\Deleted)");
  await ask(phone, "UID EXPUNGE 3");
  const news = await ask(ann, "NOOP");
  assert.match(news, /^\* VANISHED 3\r\n\* 1 FETCH \(UID 1 FLAGS \(\\Deleted\) MODSEQ \(\d+\)\)\r\nx OK/);
  ann.send("y IDLE\r\n");
  await ann.until(/^\+ /m);
  await ask(phone, "EXPUNGE");
  await ann.until(/^\* VANISHED 1\r\n/m);
  ann.send("DONE\r\n");
  await ann.until(/^y OK/m);
  assert.match(await ask(ann, "FETCH 1 (UID)"), /\* 1 FETCH \(UID 2\)/);
});

test("a client that comes back after the store has forgotten hears of all that is gone", async () => {
  await using door = await openDoor("imap");
  for (let i = 0; i < 9; i += 1) door.mailbox.deliver("INBOX", PLAIN);
  using phone = await select(door);
  await ask(phone, "STORE 2:3,8:9 +FLAGS.SILENT (\\Deleted)");
  await ask(phone, "EXPUNGE");
  using open = await select(door);
  door.mailbox.forgetExpunges("INBOX");
  using ann = await connectRaw(door.port);
  ann.send("a1 LOGIN ann secret\r\na2 ENABLE QRESYNC\r\na3 SELECT INBOX (QRESYNC (1001 5 1:8))\r\n");
  const answer = await ann.until(/^a3 OK.*\r\n/m);
  assert.match(answer, /^\* VANISHED \(EARLIER\) 2:3,8\r\n/m);
  assert.match(answer, /^\* 3 FETCH \(UID 5 /m);
  assert.doesNotMatch(answer, /^\* 1 FETCH/m);
  assert.match(await ask(open, "NOOP"), /^x OK/);
});

test("a session that was away while the store forgot still counts right", async () => {
  await using door = await openDoor("imap");
  for (let i = 0; i < 5; i += 1) door.mailbox.deliver("INBOX", PLAIN);
  using ann = await select(door);
  using phone = await select(door);
  await ask(phone, "STORE 2,4 +FLAGS.SILENT (\\Deleted)");
  await ask(phone, "EXPUNGE");
  door.mailbox.forgetExpunges("INBOX");
  assert.match(await ask(ann, "NOOP"), /^\* 4 EXPUNGE\r\n\* 2 EXPUNGE\r\n/);
  assert.match(await ask(ann, "FETCH 3 (UID)"), /\* 3 FETCH \(UID 5\)/);
});

test("what a client did or was shown itself is no news to it; what others did meanwhile is", async () => {
  await using door = await openDoor("imap");
  threeMessages(door);
  using ann = await select(door);
  using phone = await select(door);
  assert.match(await ask(ann, "STORE 1 +FLAGS ($Own)"), /^\* 1 FETCH \(FLAGS \(\$Own\)\)\r\nx OK/);
  assert.match(await ask(ann, "NOOP"), /^x OK/);
  await ask(phone, "STORE 2 +FLAGS.SILENT ($Other)");
  assert.match(await ask(ann, "FETCH 2 FLAGS"), /^\* 2 FETCH \(FLAGS \(\$Other\)\)\r\nx OK/);
  await ask(ann, "STORE 3 +FLAGS.SILENT ($Own)");
  await ask(phone, "STORE 3 +FLAGS.SILENT ($Other)");
  assert.match(await ask(ann, "NOOP"), /^\* 3 FETCH \(UID 3 FLAGS \(\$Own \$Other\)\)\r\nx OK/);
});
