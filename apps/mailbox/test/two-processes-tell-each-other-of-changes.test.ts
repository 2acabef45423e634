import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { ImapFlow } from "imapflow";
import { connectImap, makeMessage, openMailboxHouse } from "./mailbox-house.ts";

/** Opens INBOX and idles; the promise of IDLE's end is kept from going unheard. */
async function idleIn(flow: ImapFlow): Promise<void> {
  await flow.mailboxOpen("INBOX");
  flow.idle().catch(() => {});
}

test("sessions of two processes hear of each other's arrivals, flags and expunges while they idle", async () => {
  await using house = await openMailboxHouse();
  await house.deliver("INBOX", makeMessage("first"));
  const idle = await connectImap(await house.startProcess());
  const busy = await connectImap(await house.startProcess());
  await busy.mailboxOpen("INBOX");
  await idleIn(idle);

  const exists = once(idle, "exists");
  await busy.append("INBOX", makeMessage("second"));
  const [arrival] = await exists;
  assert.deepEqual([arrival.prevCount, arrival.count], [1, 2]);

  const flags = once(idle, "flags");
  await busy.messageFlagsAdd("1", ["\\Flagged"]);
  const [change] = await flags;
  assert.deepEqual([change.seq, [...change.flags]], [1, ["\\Flagged"]]);

  const expunge = once(idle, "expunge");
  await busy.messageDelete("1");
  const [gone] = await expunge;
  assert.equal(gone.seq, 1);

  const again = once(idle, "exists");
  await house.deliver("INBOX", makeMessage("third"));
  assert.equal((await again)[0].count, 2);
  await idle.logout();
  await busy.logout();
});

test("a session that idles in a folder is told when another process deletes it", async () => {
  await using house = await openMailboxHouse();
  const idle = await connectImap(await house.startProcess());
  const busy = await connectImap(await house.startProcess());
  await busy.mailboxCreate("Short-lived");
  await idle.mailboxOpen("Short-lived");
  idle.idle().catch(() => {});
  const closed = once(idle, "close");
  await busy.mailboxDelete("Short-lived");
  await closed;
  await busy.logout();
});

test("a listening connection that is cut comes back, and nothing that happened meanwhile is missed", async () => {
  await using house = await openMailboxHouse();
  const process = await house.startProcess();
  const idle = await connectImap(process);
  await idleIn(idle);
  for (const subject of ["first", "second", "third"]) {
    const exists = once(idle, "exists");
    const cut = await process.db.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'waxwing mailbox changes' AND datname = current_database()`,
    );
    // Two: the process that delivers listens too. Later rounds may find one that is still on its way back.
    assert.ok((cut.rowCount ?? 0) <= 2);
    await house.deliver("INBOX", makeMessage(subject));
    await exists;
  }
  assert.ok(house.lines.some((line) => line.includes("mailboxes.listening_failed")));
  await idle.logout();
});
