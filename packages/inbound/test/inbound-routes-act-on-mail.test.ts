import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeContent, type StoredInboundAction } from "@waxwing/store";
import { type InboundDoor, openInboundDoor } from "./inbound-door.ts";
import { openPostHouse } from "./post-house.ts";
import { deliver } from "./smtp-conversation.ts";

const message = "From: ann@example.test\nSubject: Hello\n\nHi.\n";
const forward = (...to: string[]): StoredInboundAction => ({ kind: "forward", to });
const file = (address: string | null = null): StoredInboundAction => ({ kind: "mailbox", address });
const drop: StoredInboundAction = { kind: "drop" };

/** What was handed to the lanes. */
const forwarded = async (door: InboundDoor) => {
  const { rows } = await door.db.pool.query<{
    id: string;
    address: string;
    options: Record<string, unknown>;
    zstd: Buffer;
  }>(
    `SELECT messages.id, recipients.address, messages.options, zstd FROM messages
       JOIN recipients ON recipients.message_id = messages.id JOIN backlog ON backlog.message_id = messages.id
       JOIN message_contents ON hash = content_hash ORDER BY messages.id`,
  );
  return await Promise.all(
    rows.map(async ({ zstd, ...row }) => ({ ...row, text: (await decodeContent(zstd)).toString() })),
  );
};

test("the first route that takes an address decides, and mailboxes come after routes", async (t) => {
  const door = await openInboundDoor(t);
  const house = await openPostHouse(t, door);
  await house.addRoute("*@waxwing.test", [drop], 9);
  await house.addRoute("sales@*", [file("inbox@waxwing.test")], 2);
  await house.addRoute("gone@waxwing.test", [file("nobody@waxwing.test")], 3);
  await house.addRoute("inbox@waxwing.test", [file(), forward("far@example.test")], 1);
  const to = ["sales@waxwing.test", "gone@waxwing.test", "whoever@waxwing.test", "inbox+x@waxwing.test"];
  const { rcpt, data } = await deliver(door.port, { to: [...to, "sales@other.test"], message });
  assert.deepEqual(
    rcpt.map((reply) => reply.slice(0, 9)),
    ["250 2.1.5", "550 5.1.1", "250 2.1.5", "250 2.1.5", "550 5.1.1"],
    "a mailbox that is gone takes nothing, and the routes of one project are not those of another",
  );
  assert.match(data, /^250/);
  assert.deepEqual(
    (await door.filed()).map(({ mailbox }) => mailbox),
    ["inbox@waxwing.test"],
  );
  assert.deepEqual(
    (await forwarded(door)).map(({ address }) => address),
    ["far@example.test"],
  );
  await deliver(door.port, { to: ["whoever@waxwing.test"], message });
  assert.equal((await door.filed()).length, 1, "what is dropped is nowhere");
});

test("forwarded mail leaves through the lanes, its sender rewritten, and its bounce goes back to him", async (t) => {
  const door = await openInboundDoor(t);
  const house = await openPostHouse(t, door);
  await house.addRoute("team@waxwing.test", [forward("far@example.test", "away@Example.Test")]);
  const original = `Return-Path: <old@example.test>\nDKIM-Signature: kept\n${message}`;
  await deliver(door.port, { to: ["team@waxwing.test"], message: original });
  assert.deepEqual([...door.woken.sites], ["example.test"]);
  const [first, second] = await forwarded(door);
  assert.equal(first?.id, second?.id);
  const sent = first?.text ?? "";
  assert.match(
    sent,
    /^Received: from [\s\S]*?\r\nX-Waxwing-Forwarded-For: team@waxwing\.test\r\nDKIM-Signature: kept\r\nFrom: ann@/,
  );
  assert.doesNotMatch(sent, /Return-Path/i);
  const reversePath = String(first?.options.reversePath);
  assert.match(reversePath, /^SRS0=[a-z2-7]{10}=[a-z2-7]{2}=example\.test=ann@bounces\.waxwing\.test$/);
  const accepted = await door.events("accepted");
  assert.deepEqual(
    accepted.map(({ payload }) => payload.email),
    ["far@example.test", "away@example.test"],
  );

  const bounce = "From: mailer-daemon@example.test\nSubject: failed\n\nfar@ is gone\n";
  assert.match(
    (await deliver(door.port, { from: "x@evil.test", to: [reversePath], message })).rcpt[0] ?? "",
    /^550 5\.7\.1/,
  );
  const forged = reversePath.replace("=ann@", "=bob@");
  assert.match((await deliver(door.port, { from: "", to: [forged], message })).rcpt[0] ?? "", /^550 5\.1\.1/);
  assert.match((await deliver(door.port, { from: "", to: [reversePath], message: bounce })).data, /^250/);
  const back = (await forwarded(door)).at(-1);
  assert.equal(back?.address, "ann@example.test");
  assert.equal(back?.options.report, true, "it leaves with the null sender, and is never answered");
  assert.equal((await door.events("accepted")).length, 2);
});

test("mail that was forwarded from an address does not pass it again, and null senders stay null", async (t) => {
  const door = await openInboundDoor(t);
  const house = await openPostHouse(t, door);
  await house.addRoute("ring@waxwing.test", [forward("round@example.test")]);
  await deliver(door.port, { from: "", to: ["ring@waxwing.test"], message });
  const [once] = await forwarded(door);
  assert.equal(once?.options.reversePath, "");
  const again = await deliver(door.port, { from: "", to: ["ring@waxwing.test"], message: once?.text ?? "" });
  assert.match(again.data, /^554 5\.4\.6/);
  assert.equal((await forwarded(door)).length, 1);
});

test("a catch-all takes what is for nobody else, in its own domain only", async (t) => {
  const door = await openInboundDoor(t);
  await door.db.pool.query("UPDATE domains SET catch_all = 'sales@waxwing.test' WHERE id = $1", [
    door.domainId,
  ]);
  const to = ["anything@waxwing.test", "inbox@waxwing.test", "anything@bounces.waxwing.test", "x@other.test"];
  const { rcpt } = await deliver(door.port, { to, message });
  assert.deepEqual(
    rcpt.map((reply) => reply.slice(0, 3)),
    ["250", "250", "550", "550"],
  );
  assert.deepEqual(
    (await door.filed()).map(({ mailbox }) => mailbox),
    ["inbox@waxwing.test", "sales@waxwing.test"],
  );
});

test("a reply address takes answers of its own project's message only", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test"]);
  const recipient = { messageId: sent.id, ordinal: 0 };
  const ours = door.returnPaths.replyAddressFor(recipient, "bounces.waxwing.test");
  const theirs = door.returnPaths.replyAddressFor(recipient, "bounces.other.test");
  const { rcpt, data } = await deliver(door.port, { to: [ours, theirs], message });
  assert.match(rcpt[0] ?? "", /^250/);
  assert.match(rcpt[1] ?? "", /^550 5\.1\.1/);
  assert.match(data, /^250/);
  assert.equal((await door.filed())[0]?.mailbox, "inbox@waxwing.test");
});

test("mail that its From domain asks to reject is refused where the domain it comes to wants that", async (t) => {
  const door = await openInboundDoor(t, {
    "bank.test": { TXT: [["v=spf1 -all"]] },
    "_dmarc.bank.test": { TXT: [["v=DMARC1; p=reject"]] },
    "_dmarc.shop.test": { TXT: [["v=DMARC1; p=quarantine"]] },
  });
  const fake = { from: "a@bank.test", message: "From: a@bank.test\nSubject: money\n\nx\n" };
  const to = ["inbox@waxwing.test"];
  assert.match((await deliver(door.port, { ...fake, to })).data, /^250/);
  await door.db.pool.query("UPDATE domains SET dmarc_failures = 'reject' WHERE id = $1", [door.domainId]);
  assert.match((await deliver(door.port, { ...fake, to })).data, /^550 5\.7\.1/);
  const mild = { from: "a@shop.test", message: "From: a@shop.test\nSubject: money\n\nx\n" };
  assert.match((await deliver(door.port, { ...mild, to })).data, /^250/, "nobody asked to reject it");
  assert.match((await deliver(door.port, { ...fake, to: [...to, "inbox@other.test"] })).data, /^250/);
  const sent = await door.sendMessage(["ann@example.test"]);
  assert.match((await deliver(door.port, { ...fake, to: sent.returnPaths })).data, /^250/);
  assert.deepEqual(
    (await door.filed()).filter(({ folder }) => folder === "Junk").map(({ mailbox }) => mailbox),
    ["inbox@other.test", "inbox@waxwing.test", "inbox@waxwing.test", "inbox@waxwing.test"],
  );
});
