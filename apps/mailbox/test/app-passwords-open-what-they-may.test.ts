import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { hashPassword } from "@waxwing/runtime";
import {
  type AppPasswordScope,
  deleteAppPassword,
  hashAppPassword,
  insertAppPassword,
  insertMailboxAlias,
  listAppPasswords,
  setMailboxPassword,
} from "@waxwing/store";
import { ANN, connectImap, makeMessage, openMailboxHouse, type Process } from "./mailbox-house.ts";
import { connectPop3 } from "./pop3-client.ts";

const options = { timeout: 60_000 };
const PHONE = "an app password of the phone";

async function addPassword(
  house: Awaited<ReturnType<typeof openMailboxHouse>>,
  { db }: Process,
  scopes: readonly AppPasswordScope[],
) {
  const actor = { projectId: house.projectId, keyId: null, remoteAddress: null };
  const { mailboxId } = house;
  const wanted = { mailboxId, name: "phone", scopes, secretHash: hashAppPassword(PHONE) };
  const made = await insertAppPassword(db, actor, wanted, 10);
  assert.ok(made.kind === "created");
  const { id } = made.appPassword;
  return { id, revoke: () => deleteAppPassword(db, actor, { mailboxId, id }) };
}

test(
  "an app password opens what its scopes name, is remembered as used, and ends its sessions when it is taken back",
  options,
  async () => {
    await using house = await openMailboxHouse();
    const here = await house.startProcess();
    const there = await house.startProcess();
    await house.deliver("INBOX", makeMessage("first"));
    const phone = await addPassword(house, here, ["imap"]);
    const idling = await connectImap(here, { user: ANN.user, pass: PHONE });
    await idling.mailboxOpen("INBOX");
    const own = await connectImap(here);
    const pop = await connectPop3(there);
    assert.match(await pop.logIn(PHONE), /^-ERR \[AUTH\]/);
    await pop.cut();
    const used = async () =>
      (await listAppPasswords(here.db, house.projectId, house.mailboxId))[0]?.lastUsedAt;
    while (((await used()) ?? null) === null);

    const closed = once(idling, "close");
    // Revoked in another process than the one that has the session.
    const actor = { projectId: house.projectId, keyId: null, remoteAddress: null };
    assert.ok(await deleteAppPassword(there.db, actor, { mailboxId: house.mailboxId, id: phone.id }));
    await closed;
    await assert.rejects(connectImap(here, { user: ANN.user, pass: PHONE }));
    assert.equal((await own.mailboxOpen("INBOX")).exists, 1);
    await own.logout();
  },
);

test(
  "a POP3 session whose app password is taken back in another process ends, and deletes nothing",
  options,
  async () => {
    await using house = await openMailboxHouse();
    const [here, there] = [await house.startProcess(), await house.startProcess()];
    await house.deliver("INBOX", makeMessage("first"));
    const phone = await addPassword(house, there, ["pop3"]);
    const pop = await connectPop3(here);
    assert.equal(await pop.logIn(PHONE), "+OK 1 messages");
    assert.match(await pop.ask("DELE 1"), /^\+OK/);
    const heard = pop.read();
    assert.ok(await phone.revoke());
    assert.match(await heard, /^-ERR \[AUTH\]/);
    await pop.cut();
    // The mailbox is free at once, and as it was.
    const own = await connectPop3(here);
    assert.equal(await own.logIn(), "+OK 1 messages");
    await own.cut();
  },
);

test("a new password ends the sessions of the old one, and not those of app passwords", options, async () => {
  await using house = await openMailboxHouse();
  const process = await house.startProcess();
  await addPassword(house, process, ["pop3"]);
  const old = await connectImap(process);
  const pop = await connectPop3(process);
  assert.equal(await pop.logIn(PHONE), "+OK 0 messages");
  const closed = once(old, "close");
  const { projectId, mailboxId } = house;
  await setMailboxPassword(process.db, { projectId, mailboxId, passwordHash: await hashPassword("new") });
  await closed;
  assert.equal(await pop.ask("NOOP"), "+OK");
  await pop.cut();
});

test("an alias logs in as the mailbox, and takes no password but its own", options, async () => {
  await using house = await openMailboxHouse();
  const process = await house.startProcess();
  const actor = { projectId: house.projectId, keyId: null, remoteAddress: null };
  const alias = { mailboxId: house.mailboxId, address: "Help@waxwing.test" };
  assert.equal((await insertMailboxAlias(process.db, actor, alias, 10)).kind, "created");
  await house.deliver("INBOX", makeMessage("first"));
  const client = await connectImap(process, { user: "help@waxwing.test", pass: ANN.pass });
  assert.equal((await client.mailboxOpen("INBOX")).exists, 1);
  await client.logout();
  await assert.rejects(connectImap(process, { user: "help@waxwing.test", pass: "wrong" }));
});
