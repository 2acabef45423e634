import assert from "node:assert/strict";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { hashPassword } from "@waxwing/runtime";
import { deleteAppPassword, ensureMailbox, hashAppPassword, insertAppPassword } from "@waxwing/store";
import { createFakeClock } from "@waxwing/testkit";
import { apiKey, openSubmissionDoors } from "./submission-doors.ts";

const plain = Buffer.from(`\0apikey\0${apiKey}`).toString("base64");

async function openSession(t: TestContext, port: number) {
  const socket = connect({ port, host: "127.0.0.1" });
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
  return async (...commands: readonly string[]): Promise<string> => {
    let last = "";
    for (const command of commands) last = await ask(command);
    return last;
  };
}

const MAIL = [
  "MAIL FROM:<shop@waxwing.test>",
  "RCPT TO:<ann@example.test>",
  "DATA",
  "From: shop@waxwing.test\r\nTo: ann@example.test\r\nSubject: Hello\r\n\r\nHi\r\n.",
];

test("a key that was deleted submits nothing more, in a session that is open either", {
  timeout: 60_000,
}, async (t) => {
  const clock = createFakeClock(Date.now());
  const doors = await openSubmissionDoors(t, { clock, plaintextAuth: "loopback" });
  const say = await openSession(t, doors.ports.submission);
  assert.match(await say(`AUTH PLAIN ${plain}`), /^235/);
  assert.match(await say(...MAIL), /^250/);
  await doors.db.pool.query("DELETE FROM api_keys WHERE public_id = $1", [apiKey.split(".")[1]]);
  await clock.advance(5_000);
  assert.match(await say(...MAIL), /^530 5\.7\.0/);
  assert.equal((await doors.stored()).length, 1);
});

test("an app password that was taken back submits nothing more, in a session that is open either", {
  timeout: 60_000,
}, async (t) => {
  const clock = createFakeClock(Date.now());
  const doors = await openSubmissionDoors(t, { clock, plaintextAuth: "loopback" });
  const { db, projectId } = doors;
  const made = await ensureMailbox(db, {
    projectId,
    address: "shop@waxwing.test",
    passwordHash: await hashPassword("password of the owner"),
  });
  assert.ok(made.kind === "created");
  const actor = { projectId, keyId: null, remoteAddress: null };
  const mailboxId = made.mailbox.id;
  const inserted = await insertAppPassword(
    db,
    actor,
    { mailboxId, name: "phone", scopes: ["submission"], secretHash: hashAppPassword("phone") },
    10,
  );
  assert.ok(inserted.kind === "created");
  const [phone, owner] = [
    await openSession(t, doors.ports.submission),
    await openSession(t, doors.ports.submission),
  ];
  const login = (password: string) =>
    `AUTH PLAIN ${Buffer.from(`\0shop@waxwing.test\0${password}`).toString("base64")}`;
  assert.match(await phone(login("phone")), /^235/);
  assert.match(await owner(login("password of the owner")), /^235/);
  assert.match(await phone(...MAIL), /^250/);
  assert.ok(await deleteAppPassword(db, actor, { mailboxId, id: inserted.appPassword.id }));
  await clock.advance(5_000);
  assert.match(await phone(...MAIL), /^530 5\.7\.0/);
  assert.match(await owner(...MAIL), /^250/, "the others go on");
  assert.equal((await doors.stored()).length, 2);
});

for (const [limit, sql] of [
  ["has expired", "UPDATE api_keys SET expires_at = now() - interval '1 second'"],
  ["may be used elsewhere only", "UPDATE api_keys SET allowed_ips = '{192.0.2.0/24}'"],
] as const) {
  test(`a key that ${limit} does not log in`, { timeout: 60_000 }, async (t) => {
    const doors = await openSubmissionDoors(t, { plaintextAuth: "loopback" });
    await doors.db.pool.query(sql);
    const say = await openSession(t, doors.ports.submission);
    assert.match(await say(`AUTH PLAIN ${plain}`), /^535 5\.7\.8/);
  });
}
