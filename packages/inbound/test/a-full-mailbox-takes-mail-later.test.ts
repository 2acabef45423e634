import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { findMailbox, setMailboxQuota } from "@waxwing/store";
import { openInboundDoor } from "./inbound-door.ts";
import { deliver } from "./smtp-conversation.ts";

const message = "From: ann@example.test\nTo: someone\nSubject: Hello\n\nHi.\n";

suite("a full mailbox", { timeout: 60_000 }, () => {
  test("is tried again later, while reports on what was sent and other mailboxes get their mail", async (t) => {
    const door = await openInboundDoor(t);
    const { projectId } = door;
    const mailboxId = (await findMailbox(door.db, "inbox@waxwing.test"))?.id ?? "";
    const [token = ""] = (await door.sendMessage(["bob@example.test"])).returnPaths;
    await setMailboxQuota(door.db, { projectId, mailboxId }, { bytes: 100, messages: null });
    const large = await deliver(door.port, { to: ["inbox@waxwing.test"], message });
    assert.match(large.data, /^452 4\.2\.2/, "more than there is room for");
    await setMailboxQuota(door.db, { projectId, mailboxId }, { bytes: null, messages: 1 });
    const first = await deliver(door.port, { to: ["inbox@waxwing.test"], message });
    assert.match(first.data, /^250/);
    const both = await deliver(door.port, { to: ["inbox@waxwing.test", "sales@waxwing.test"], message });
    assert.match(both.rcpt[0] ?? "", /^452 4\.2\.2/);
    assert.match(both.rcpt[1] ?? "", /^250/);
    assert.match(both.data, /^250/);
    const report = await deliver(door.port, { from: "", to: [token], message });
    assert.match(report.data, /^250/);
  });
});
