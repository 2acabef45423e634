import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPassword } from "@waxwing/runtime";
import {
  deleteAppPassword,
  ensureMailbox,
  hashAppPassword,
  insertAppPassword,
  insertMailboxAlias,
} from "@waxwing/store";
import { createTransport } from "nodemailer";
import { openSubmissionDoors } from "./submission-doors.ts";

const settings = { timeout: 60_000 };
const ann = "ann@waxwing.test";

const isRefusal = (code: number) => (error: Error & { responseCode?: number }) => {
  assert.equal(error.responseCode, code, error.message);
  return true;
};

test("the owner of a mailbox sends from its addresses, and from no other", settings, async (t) => {
  const doors = await openSubmissionDoors(t);
  const { db, projectId } = doors;
  const made = await ensureMailbox(db, {
    projectId,
    address: ann,
    passwordHash: await hashPassword("secret"),
  });
  assert.ok(made.kind === "created");
  const actor = { projectId, keyId: null, remoteAddress: null };
  const mailboxId = made.mailbox.id;
  await insertMailboxAlias(db, actor, { mailboxId, address: "help@waxwing.test" }, 10);
  const add = async (name: string, scope: "imap" | "submission") => {
    const wanted = { mailboxId, name, scopes: [scope], secretHash: hashAppPassword(name) };
    const inserted = await insertAppPassword(db, actor, wanted, 10);
    assert.ok(inserted.kind === "created");
    return inserted.appPassword.id;
  };
  await add("password of a reader", "imap");
  const id = await add("password of a sender", "submission");
  const send = (pass: string, from: string, user = ann) =>
    createTransport({
      host: "127.0.0.1",
      port: doors.ports.submissions,
      secure: true,
      auth: { user, pass },
      tls: { rejectUnauthorized: false },
    }).sendMail({ from, to: "bob@example.test", text: "Hi" });

  await send("secret", ann);
  await send("password of a sender", "Ann <ANN@waxwing.test>");
  await send("password of a sender", "help@waxwing.test", "help@waxwing.test");
  assert.equal((await doors.stored()).length, 3);
  // A verified domain of the project, and not hers.
  await assert.rejects(send("secret", "ceo@waxwing.test"), isRefusal(550));
  await assert.rejects(send("password of a reader", ann), isRefusal(535));
  await assert.rejects(send("wrong", ann), isRefusal(535));
  assert.ok(await deleteAppPassword(db, actor, { mailboxId, id }));
  await assert.rejects(send("password of a sender", ann), isRefusal(535));
  assert.equal((await doors.stored()).length, 3);
});
