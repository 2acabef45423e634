import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openInboundDoor } from "./inbound-door.ts";
import { deliver } from "./smtp-conversation.ts";

const qmail = (recipient: string, messageId = "<none@elsewhere.test>"): string =>
  `From: MAILER-DAEMON@mx.example.test
To: somebody
Subject: failure notice

Hi. This is the qmail-send program at mx.example.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<${recipient}>:
192.0.2.153 does not like recipient.
Remote host said: 550 5.1.1 <${recipient}>... User Unknown
Giving up on 192.0.2.153.

--- Below this line is a copy of the message.

Message-ID: ${messageId}
To: ${recipient}
`;

suite("bounces in prose count like standard ones", { timeout: 60_000 }, () => {
  test("to a signed return path they bounce and suppress the recipient", async (t) => {
    const door = await openInboundDoor(t);
    const sent = await door.sendMessage(["ann@example.test"]);
    const [returnPath = ""] = sent.returnPaths;
    assert.match(
      (await deliver(door.port, { from: "", to: [returnPath], message: qmail("ann@example.test") })).data,
      /^250/,
    );
    assert.deepEqual(await door.states(sent.id), ["bounced"]);
    const [event] = await door.events("bounced");
    assert.equal(event?.payload.enhanced_code, "5.1.1");
    assert.equal(event?.payload.verdict, "bounced");
    assert.match(String(event?.payload.reply), /550 5\.1\.1/);
    assert.deepEqual(await door.suppressions(), [
      { project_id: door.projectId, address: "ann@example.test", reason: "bounced" },
    ]);
    assert.equal((await door.filed())[0]?.folder, "Bounces");
  });

  test("without a token they are filed and change nothing, whomever they name", async (t) => {
    const door = await openInboundDoor(t);
    const sent = await door.sendMessage(["ann@example.test"]);
    for (const recipient of ["ann@example.test", "victim@example.test"]) {
      const message = qmail(recipient, sent.messageId);
      assert.match(
        (await deliver(door.port, { from: "", to: ["inbox@waxwing.test"], message })).data,
        /^250/,
      );
    }
    assert.deepEqual(await door.states(sent.id), ["delivered"]);
    assert.deepEqual(await door.suppressions(), []);
    assert.deepEqual(
      (await door.filed()).map(({ folder }) => folder),
      ["Bounces", "Bounces"],
    );
  });

  test("a delay to a return path changes nothing", async (t) => {
    const door = await openInboundDoor(t);
    const sent = await door.sendMessage(["ann@example.test"]);
    const message = `From: MAILER-DAEMON@mx.example.test\nSubject: Warning: message 1a delayed 24 hours\n\nA message that you sent has not yet been delivered to one or more of its recipients.\n\n  ann@example.test\n    Delay reason: Connection timed out\n`;
    await deliver(door.port, { from: "", to: sent.returnPaths, message });
    assert.deepEqual(await door.states(sent.id), ["delivered"]);
    assert.deepEqual(await door.suppressions(), []);
    assert.equal((await door.filed())[0]?.folder, "Bounces");
  });
});
