import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "@waxwing/runtime";
import { createReturnPaths } from "@waxwing/seal";
import { findMailbox, insertMailboxAlias } from "@waxwing/store";
import { openInboundDoor } from "./inbound-door.ts";
import { deliver } from "./smtp-conversation.ts";

const message = "From: ann@example.test\nTo: someone\nSubject: Hello\n\nHi.\n";

test("only addresses of ours are taken, and each goes where it belongs", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["bob@example.test"]);
  const [token = ""] = sent.returnPaths;
  const inbox = await findMailbox(door.db, "inbox@waxwing.test");
  assert.ok(inbox !== null);
  const actor = { projectId: inbox.projectId, keyId: null, remoteAddress: null };
  await insertMailboxAlias(door.db, actor, { mailboxId: inbox.id, address: "help@waxwing.test" }, 10);
  const forged = createReturnPaths(Buffer.alloc(32, 8));
  const cases: readonly (readonly [title: string, address: string, reply: RegExp])[] = [
    ["a mailbox", "inbox@waxwing.test", /^250 2\.1\.5/],
    ["in other letters", "InBox@WAXWING.test", /^250/],
    ["a plus address", "inbox+shop@waxwing.test", /^250/],
    ["an alias", "Help@waxwing.test", /^250/],
    ["a plus address of an alias", "help+shop@waxwing.test", /^250/],
    ["in needless quotes", '"inbox"@waxwing.test', /^250/],
    ["postmaster", "Postmaster@waxwing.test", /^250/],
    ["postmaster without a domain", "postmaster", /^250/],
    ["postmaster of the return-path host", "postmaster@bounces.waxwing.test", /^250/],
    ["a return path", token, /^250/],
    ["a return path in capitals", token.toUpperCase(), /^250/],
    [
      "a reply address",
      door.returnPaths.replyAddressFor({ messageId: sent.id, ordinal: 0 }, "bounces.waxwing.test"),
      /^250/,
    ],
    [
      "an address to unsubscribe by",
      door.returnPaths.unsubscribeAddressFor({ messageId: sent.id, ordinal: 0 }, "bounces.waxwing.test"),
      /^250/,
    ],
    [
      "a reply address at another project's host",
      door.returnPaths.replyAddressFor({ messageId: sent.id, ordinal: 0 }, "bounces.other.test"),
      /^550 5\.1\.1/,
    ],
    ["nobody", "nobody@waxwing.test", /^550 5\.1\.1/],
    ["nobody plus", "+inbox@waxwing.test", /^550 5\.1\.1/],
    ["a mailbox at the return-path host", "inbox@bounces.waxwing.test", /^550 5\.1\.1/],
    ["a foreign domain", "inbox@example.test", /^550 5\.7\.1/],
    ["a subdomain", "inbox@sub.waxwing.test", /^550 5\.7\.1/],
    ["a percent hack", "ann%example.test@waxwing.test", /^550 5\.1\.1/],
    ["an unverified domain", "inbox@victim.test", /^550 5\.7\.1/],
    ["an address literal", "inbox@[127.0.0.1]", /^550 5\.7\.1/],
    [
      "a token made with another key",
      forged.addressFor({ messageId: sent.id, ordinal: 0 }, "bounces.waxwing.test"),
      /^550 5\.1\.1/,
    ],
    ["a token at another project's host", token.replace("waxwing.test", "other.test"), /^550 5\.1\.1/],
    ["a token at the domain itself", token.replace("bounces.", ""), /^550 5\.1\.1/],
    [
      "a token of a message that is gone",
      door.returnPaths.addressFor({ messageId: newId(), ordinal: 0 }, "bounces.waxwing.test"),
      /^550 5\.1\.1/,
    ],
    [
      "a token of a recipient that never was",
      door.returnPaths.addressFor({ messageId: sent.id, ordinal: 1 }, "bounces.waxwing.test"),
      /^550 5\.1\.1/,
    ],
    ["a cut token", `${token.slice(0, 20)}@bounces.waxwing.test`, /^550 5\.1\.1/],
  ];
  const { rcpt } = await deliver(door.port, { from: "", to: cases.map(([, address]) => address), message });
  for (const [index, [title, , reply]] of cases.entries()) assert.match(rcpt[index] ?? "", reply, title);
});

test("one transaction files each mailbox once, whatever its names, and other projects apart", async (t) => {
  const door = await openInboundDoor(t);
  const to = ["inbox@waxwing.test", "inbox+x@waxwing.test", "sales@waxwing.test", "inbox@other.test"];
  const answers = await deliver(door.port, { to, message });
  assert.match(answers.data, /^250 2\.0\.0 Ok: queued as [0-9a-f-]{36}$/);
  const filed = await door.filed();
  assert.deepEqual(
    filed.map(({ mailbox, folder }) => `${mailbox} ${folder}`),
    ["inbox@other.test INBOX", "inbox@waxwing.test INBOX", "sales@waxwing.test INBOX"],
  );
  const { rows } = await door.db.pool.query("SELECT count(*)::int AS n FROM mailbox_contents");
  assert.deepEqual(rows, [{ n: 2 }], "one content per project");
  assert.deepEqual(door.notified, new Set([door.projectId, door.otherProjectId]));
  assert.doesNotMatch(filed[0]?.text ?? "", /for </, "several recipients are not told of each other");
  const received = await door.events("received");
  assert.deepEqual(
    received.map(({ payload }) => payload.email).sort(),
    ["inbox@other.test", "inbox@waxwing.test", "sales@waxwing.test"].sort(),
  );
  assert.deepEqual(received.find(({ payload }) => payload.email === "inbox@other.test")?.payload, {
    email: "inbox@other.test",
    folder: "INBOX",
    class: "other",
    reason: "mail",
    from: "ann@example.test",
    subject: "Hello",
    authentication: { spf: "none", dkim: "none", dmarc: "none" },
  });
});

test("with the database away the client keeps its mail, and the server its life", async (t) => {
  const door = await openInboundDoor(t);
  await door.db.pool.query("ALTER TABLE mailbox_messages RENAME TO away");
  const lost = await deliver(door.port, { to: ["inbox@waxwing.test"], message });
  assert.match(lost.data, /^451 4\.3\.0/);
  assert.deepEqual(await door.events(), []);
  await door.db.pool.query("ALTER TABLE domains RENAME TO domains_away");
  const early = await deliver(door.port, { to: ["inbox@waxwing.test"], message });
  assert.match(early.rcpt[0] ?? "", /^451 4\.3\.0/);
  await door.db.pool.query("ALTER TABLE domains_away RENAME TO domains");
  await door.db.pool.query("ALTER TABLE away RENAME TO mailbox_messages");
  const again = await deliver(door.port, { to: ["inbox@waxwing.test"], message });
  assert.match(again.data, /^250/);
  assert.equal((await door.filed()).length, 1);
});
