import assert from "node:assert/strict";
import { test } from "node:test";
import { openInboundDoor } from "./inbound-door.ts";
import { complaintReport, deliveryReport } from "./reports.ts";
import { deliver } from "./smtp-conversation.ts";

test("a bounce to a signed return path bounces and suppresses its recipient, once", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test", "bob@example.test"]);
  const bounce = {
    from: "",
    to: [sent.returnPaths[1] ?? ""],
    message: deliveryReport({ recipient: "Bob@Example.test", messageId: sent.messageId }),
  };
  assert.match((await deliver(door.port, bounce)).data, /^250/);
  assert.deepEqual(await door.states(sent.id), ["delivered", "bounced"]);
  const [event, ...more] = await door.events("bounced");
  assert.deepEqual(more, []);
  assert.equal(event?.message_id, sent.id);
  assert.equal(event?.ordinal, 1);
  assert.deepEqual(event?.payload, {
    email: "bob@example.test",
    tags: ["order"],
    metadata: { order: "7" },
    reply: "550 5.1.1 no such user",
    class: "invalid-recipient",
    code: 550,
    enhanced_code: "5.1.1",
    host: "mx.example.test",
    attempt: 0,
    type: "hard",
    verdict: "bounced",
    cause: "report",
  });
  assert.deepEqual(await door.suppressions(), [
    { project_id: door.projectId, address: "bob@example.test", reason: "bounced" },
  ]);
  const [filed] = await door.filed();
  assert.equal(filed?.mailbox, "inbox@waxwing.test");
  assert.equal(filed?.folder, "Bounces");
  assert.match(filed?.text ?? "", new RegExp(`^X-Waxwing-Message-Id: ${sent.id}\r$`, "m"));
  assert.match(filed?.text ?? "", /^X-Waxwing-Recipient: bob@example\.test\r$/m);

  assert.match((await deliver(door.port, bounce)).data, /^250/);
  assert.equal((await door.events("bounced")).length, 1, "the same again tells nothing new");
  assert.equal((await door.filed()).length, 2);
});

test("what is no permanent failure of the address suppresses nobody", async (t) => {
  const door = await openInboundDoor(t);
  const cases = [
    { status: "5.2.2", action: "failed", state: "bounced", title: "a full mailbox" },
    { status: "5.1.8", action: "failed", state: "bounced", title: "a bad sender address" },
    { status: "4.4.1", action: "delayed", state: "delivered", title: "a delay" },
    { status: "2.1.5", action: "delivered", state: "delivered", title: "a success" },
  ];
  for (const { title, state, ...about } of cases) {
    const sent = await door.sendMessage(["ann@example.test"]);
    const message = deliveryReport({ recipient: "ann@example.test", ...about });
    await deliver(door.port, { from: "", to: sent.returnPaths, message });
    assert.deepEqual(await door.states(sent.id), [state], title);
  }
  assert.deepEqual(
    await door.suppressions(),
    [{ project_id: door.projectId, address: "ann@example.test", reason: "blocked" }],
    "on record as refused, which keeps nothing back",
  );
});

test("a bounce from behind a forwarder counts; one that says ours was delivered does not", async (t) => {
  const door = await openInboundDoor(t);
  const forwarded = await door.sendMessage(["ann@example.test"]);
  const message = deliveryReport({ recipient: "ann@new-provider.test" });
  await deliver(door.port, { from: "", to: forwarded.returnPaths, message });
  assert.deepEqual(await door.states(forwarded.id), ["bounced"]);

  const arrived = await door.sendMessage(["ann@example.test"]);
  const mixed = deliveryReport({
    recipient: "ann@example.test",
    action: "delivered",
    status: "2.0.0",
  }).replace(
    "\n--b1\nContent-Type: text/rfc822-headers",
    "\nFinal-Recipient: rfc822; bob@example.test\nAction: failed\nStatus: 5.1.1\n\n--b1\nContent-Type: text/rfc822-headers",
  );
  await deliver(door.port, { from: "", to: arrived.returnPaths, message: mixed });
  assert.deepEqual(await door.states(arrived.id), ["delivered"]);
});

test("a bounce that is quicker than the record of its delivery has to come again", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test"], "queued");
  const bounce = {
    from: "",
    to: sent.returnPaths,
    message: deliveryReport({ recipient: "ann@example.test" }),
  };
  assert.match((await deliver(door.port, bounce)).data, /^451 4\.3\.0/);
  assert.deepEqual(await door.filed(), []);
  await door.db.pool.query("UPDATE recipients SET state = 'delivered'");
  await door.db.pool.query("DELETE FROM backlog");
  assert.match((await deliver(door.port, bounce)).data, /^250/);
  assert.deepEqual(await door.states(sent.id), ["bounced"]);
});

test("reports without a token are filed and change nothing", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test"]);
  const to = ["inbox@waxwing.test"];
  const { messageId } = sent;
  const forgeries = [
    deliveryReport({ recipient: "ann@example.test", messageId }),
    deliveryReport({ recipient: "victim@example.test", messageId }),
    complaintReport({ originalMailFrom: "shop@waxwing.test", messageId, recipient: "ann@example.test" }),
    complaintReport({ originalMailFrom: `b+${"a".repeat(44)}@bounces.waxwing.test`, messageId }),
  ];
  for (const message of forgeries) {
    assert.match((await deliver(door.port, { from: "", to, message })).data, /^250/);
  }
  assert.deepEqual(await door.states(sent.id), ["delivered"]);
  assert.deepEqual(await door.suppressions(), []);
  assert.deepEqual(new Set((await door.events()).map(({ type }) => type)), new Set(["received"]));
  const filed = await door.filed();
  assert.deepEqual(
    filed.map(({ folder }) => folder),
    ["Bounces", "Bounces", "Complaints", "Complaints"],
  );
  assert.deepEqual(
    filed.map(({ text }) => text.includes(`X-Waxwing-Message-Id: ${sent.id}`)),
    [true, false, true, true],
    "shown with the message it names, unless it is about somebody we never wrote to",
  );
});

test("a report of one project's message, sent to another project, finds nothing", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test"]);
  const [returnPath = ""] = sent.returnPaths;
  for (const message of [
    deliveryReport({ recipient: "ann@example.test", messageId: sent.messageId }),
    complaintReport({ originalMailFrom: returnPath, messageId: sent.messageId }),
  ]) {
    assert.match((await deliver(door.port, { from: "", to: ["inbox@other.test"], message })).data, /^250/);
  }
  assert.deepEqual(await door.suppressions(), []);
  for (const { text } of await door.filed()) assert.doesNotMatch(text, /X-Waxwing/);
});

test("a token speaks for its own recipient, whomever the report names", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["mallory@example.test", "ann@example.test"]);
  const victim = await door.sendMessage(["ann@example.test"]);
  const [own = ""] = sent.returnPaths;
  await deliver(door.port, {
    from: "",
    to: [own],
    message: deliveryReport({ recipient: "ann@example.test", messageId: victim.messageId }),
  });
  assert.deepEqual(await door.states(sent.id), ["bounced", "delivered"], "Mallory has bounced himself");
  assert.deepEqual(await door.states(victim.id), ["delivered"]);
  assert.deepEqual(await door.suppressions(), [
    { project_id: door.projectId, address: "mallory@example.test", reason: "bounced" },
  ]);
});

test("what stands in the message makes no bounce of it", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test"]);
  const ref = { messageId: sent.id, ordinal: 0 };
  const message = deliveryReport({ recipient: "ann@example.test", messageId: sent.messageId });
  for (const address of [
    door.returnPaths.replyAddressFor(ref, "bounces.waxwing.test"),
    door.returnPaths.unsubscribeAddressFor(ref, "bounces.waxwing.test"),
  ]) {
    assert.match((await deliver(door.port, { from: "", to: [address], message })).data, /^250/);
  }
  assert.deepEqual(await door.states(sent.id), ["delivered"]);
  assert.deepEqual(await door.suppressions(), []);
  assert.deepEqual(
    (await door.filed()).map(({ folder }) => folder),
    ["Bounces", "Bounces"],
  );
});

test("a bounce that goes to the sender counts by the token that it quotes", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test", "bob@example.test"]);
  const quoting = (value: string): string =>
    deliveryReport({ recipient: "bob@example.test" }).replace(
      "\nSubject: Your order\n",
      `\nReceived: from x by y (envelope-from <${value}>); Mon, 23 Nov 2026 08:00:00 +0000\nSubject: Your order\n`,
    );
  const [, token = ""] = sent.returnPaths;
  const forged = token.replace(/.@/, (end) => (end === "a@" ? "q@" : "a@"));
  await deliver(door.port, {
    from: "",
    to: ["inbox@waxwing.test"],
    message: quoting(`b+${"a".repeat(44)}@x`),
  });
  await deliver(door.port, { from: "", to: ["inbox@other.test"], message: quoting(token) });
  assert.notEqual(forged, token);
  assert.deepEqual(await door.states(sent.id), ["delivered", "delivered"]);
  await deliver(door.port, { from: "", to: ["inbox@waxwing.test"], message: quoting(token) });
  assert.deepEqual(await door.states(sent.id), ["delivered", "bounced"]);
});

test("a bounce that comes months later finds its recipient", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test"], "delivered", Date.now() - 70 * 86_400_000);
  const message = deliveryReport({ recipient: "ann@example.test" });
  assert.match((await deliver(door.port, { from: "", to: sent.returnPaths, message })).data, /^250/);
  assert.deepEqual(await door.states(sent.id), ["bounced"]);
  const [event] = await door.events("bounced");
  assert.equal(event?.message_id, sent.id);
});

test("a bounce that names nobody counts by its token", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test"]);
  const message =
    "From: Mail Delivery System <MAILER-DAEMON@mx.example.test>\nSubject: Undelivered Mail Returned to Sender\n\nYour message could not be delivered.\n\n550 5.1.1 User unknown\n";
  await deliver(door.port, { from: "", to: sent.returnPaths, message });
  assert.deepEqual(await door.states(sent.id), ["bounced"]);
  assert.deepEqual(await door.suppressions(), [
    { project_id: door.projectId, address: "ann@example.test", reason: "bounced" },
  ]);
});

test("soft bounces are counted, once for each message", async (t) => {
  const door = await openInboundDoor(t);
  await door.db.pool.query("UPDATE projects SET soft_bounce_limit = 2, soft_bounce_days = 0");
  for (let at = 0; at < 2; at++) {
    const sent = await door.sendMessage(["ann@example.test"]);
    await door.db.pool.query(
      "UPDATE recipients SET updated_at = now() - interval '1 day' WHERE message_id = $1",
      [sent.id],
    );
    const message = deliveryReport({ recipient: "ann@example.test", status: "5.2.2" }).replace(
      "550 5.1.1 no such user",
      "552 5.2.2 mailbox full",
    );
    for (let again = 0; again < 2; again++)
      await deliver(door.port, { from: "", to: sent.returnPaths, message });
    const [event] = (await door.events("bounced")).slice(-1);
    assert.equal(event?.payload.type, "soft");
    assert.equal(event?.payload.class, "mailbox-full");
    const reasons = (await door.suppressions()).map(({ reason }) => reason).sort();
    assert.deepEqual(reasons, at === 0 ? ["blocked"] : ["blocked", "bounced"]);
  }
});

test("a complaint that quotes the return path suppresses its recipient; not-spam does not", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test", "bob@example.test"]);
  const to = ["inbox@waxwing.test"];
  const originalMailFrom = sent.returnPaths[0] ?? "";
  await deliver(door.port, { to, message: complaintReport({ originalMailFrom, type: "not-spam" }) });
  assert.deepEqual(await door.suppressions(), []);
  await deliver(door.port, { to, message: complaintReport({ originalMailFrom }) });
  assert.deepEqual(await door.suppressions(), [
    { project_id: door.projectId, address: "ann@example.test", reason: "complained" },
  ]);
  const [event] = await door.events("complained");
  assert.equal(event?.ordinal, 0);
  assert.equal(event?.payload.feedback_type, "abuse");
  assert.deepEqual(await door.states(sent.id), ["delivered", "delivered"]);
});

test("replies and automatic replies are told apart and tied to their message", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test", "bob@example.test"]);
  const to = ["inbox@waxwing.test"];
  const reply = `From: Bob <bob@example.test>\nSubject: Re: Your order\nIn-Reply-To: ${sent.messageId}\n`;
  await deliver(door.port, { to, message: `${reply}\nThank you.\n` });
  await deliver(door.port, { to, message: `${reply}Auto-Submitted: auto-replied\n\nI am away.\n` });
  await deliver(door.port, {
    from: "",
    to: [sent.returnPaths[0] ?? ""],
    message: "Subject: ?\n\nodd bounce\n",
  });
  const filed = await door.filed();
  assert.deepEqual(
    filed.map(({ folder }) => folder),
    ["Auto-replies", "Bounces", "INBOX"],
  );
  assert.match(filed[2]?.text ?? "", /^X-Waxwing-Recipient: bob@example\.test\r$/m);
  const replied = await door.events("replied");
  assert.deepEqual(
    replied.map(({ ordinal, payload }) => [ordinal, payload.from, payload.class, payload.text]),
    [
      [1, "bob@example.test", "person", "Thank you."],
      [1, "bob@example.test", "out-of-office", "I am away."],
    ],
  );
});

test("a project without a mailbox still hears of its bounces", async (t) => {
  const door = await openInboundDoor(t);
  const sent = await door.sendMessage(["ann@example.test"]);
  await door.db.pool.query("DELETE FROM mailboxes WHERE project_id = $1", [door.projectId]);
  const message = deliveryReport({ recipient: "ann@example.test" });
  assert.match((await deliver(door.port, { from: "", to: sent.returnPaths, message })).data, /^250/);
  assert.deepEqual(await door.states(sent.id), ["bounced"]);
});
