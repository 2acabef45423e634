import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPassword } from "@waxwing/runtime";
import { setMailboxPassword } from "@waxwing/store";
import { ANN, connectImap, EVE, makeMessage, openMailboxHouse } from "./mailbox-house.ts";

test("a wrong password, an unknown address and hostile names are all refused alike", async () => {
  await using house = await openMailboxHouse();
  const process = await house.startProcess();
  for (const auth of [
    { user: ANN.user, pass: "wrong" },
    { user: ANN.user, pass: EVE.pass },
    { user: "nobody@waxwing.test", pass: ANN.pass },
    { user: "' OR 1=1 --", pass: ANN.pass },
    { user: `${"x".repeat(5_000)}@waxwing.test`, pass: ANN.pass },
  ]) {
    await assert.rejects(connectImap(process, auth), (error: Error & { serverResponseCode?: string }) => {
      assert.equal(error.serverResponseCode, "AUTHENTICATIONFAILED");
      return true;
    });
  }
  for (const line of house.lines) assert.ok(!line.includes(ANN.pass) && !line.includes(EVE.pass));
});

test("a mailbox sees its own project's mail and no other", async () => {
  await using house = await openMailboxHouse();
  const process = await house.startProcess();
  await house.deliver("INBOX", makeMessage("for ann"));
  const eve = await connectImap(process, EVE);
  const opened = await eve.mailboxOpen("INBOX");
  assert.equal(opened.exists, 0);
  // The same bytes are stored under each project for itself.
  await eve.append("INBOX", makeMessage("for ann").replaceAll("\n", "\r\n"));
  const contents = await process.db.pool.query("SELECT FROM mailbox_contents");
  assert.equal(contents.rowCount, 2);
  await eve.messageDelete("1:*");
  await eve.logout();
  const ann = await connectImap(process);
  assert.equal((await ann.mailboxOpen("INBOX")).exists, 1);
  await ann.logout();
});

test("a new password is in force at once, although the old one was right a moment ago", async () => {
  await using house = await openMailboxHouse();
  const process = await house.startProcess();
  for (const _ of [1, 2]) await (await connectImap(process)).logout();
  const { projectId, mailboxId } = house;
  await setMailboxPassword(process.db, { projectId, mailboxId, passwordHash: await hashPassword("new") });
  await assert.rejects(connectImap(process));
  await (await connectImap(process, { user: ANN.user, pass: "new" })).logout();
});
