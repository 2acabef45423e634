import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createReceiverFinder, insertDomain } from "../src/index.ts";
import { makeMailbox, openMailRoom } from "./mail-room.ts";

test("everybody who asks at the same time gets the answer to his own question", {
  timeout: 60_000,
}, async () => {
  await using room = await openMailRoom();
  const { db, projectId, mailboxId } = room;
  const bob = await makeMailbox(db, projectId, "bob@waxwing.test");
  const [verified, unverified] = [newId(), newId()];
  const domain = {
    projectId,
    name: "waxwing.test",
    returnPathHost: "bounce.waxwing.test",
    verifiedAt: new Date(),
  };
  await insertDomain(db, { ...domain, id: verified }, []);
  const unproved = { name: "unproved.test", returnPathHost: "bounce.unproved.test", verifiedAt: null };
  await insertDomain(db, { ...domain, ...unproved, id: unverified }, []);

  const find = createReceiverFinder(db);
  const ask = async (host: string, ...addresses: readonly string[]) => {
    const found = await find({ host, addresses });
    return found === null ? null : [found.domain.id, found.mailbox?.id ?? null];
  };
  const cases: readonly (readonly [answer: Promise<unknown>, expected: unknown])[] = [
    [ask("waxwing.test", "ann@waxwing.test"), [verified, mailboxId]],
    [ask("waxwing.test", "bob+x@waxwing.test", "bob@waxwing.test"), [verified, bob]],
    [ask("nowhere.test", "ann@waxwing.test"), null],
    [ask("waxwing.test", "nobody@waxwing.test"), [verified, null]],
    [ask("unproved.test", "ann@waxwing.test"), null],
    [ask("bounce.waxwing.test", "ann@waxwing.test"), [verified, null]],
    // What one asks must not spoil the answers of the others.
    [ask("waxwing.test", "\0@waxwing.test", "\ud800@waxwing.test", '{"}'), [verified, null]],
    [ask("waxwing.test"), [verified, null]],
    [ask("waxwing.test", "ann@waxwing.test"), [verified, mailboxId]],
  ];
  for (const [answer, expected] of cases) assert.deepEqual(await answer, expected);
});
