import assert from "node:assert/strict";
import { test } from "node:test";
import { collect, message, openSessions } from "./session-house.ts";

test("a folder id of another mailbox reaches nothing", async () => {
  await using house = await openSessions();
  const ann = await house.logIn("ann@x.test");
  const bob = await house.logIn("BOB@X.TEST");
  await ann.append("INBOX", [message("private")]);
  const { id = "" } = (await ann.open("INBOX")) ?? {};
  const rows = await collect(bob.fetch(id, [1], { envelope: true, bodyStructure: true, raw: "full" }));
  assert.deepEqual(rows, []);
  assert.equal(await bob.changesSince(id, 0), null);
  const change = { mode: "add", flags: ["\\Deleted"], unchangedSince: null } as const;
  assert.deepEqual(await bob.storeFlags(id, [1], change), { updated: [], conflicting: [] });
  const copied = await bob.copy(id, [1], "INBOX");
  assert.deepEqual(copied.kind === "ok" && copied.pairs, []);
  const moved = await bob.move(id, [1], "INBOX");
  assert.deepEqual(moved.kind === "ok" && moved.pairs, []);
  assert.deepEqual(await bob.expunge(id, { kind: "uids", uids: [1] }), []);
  assert.deepEqual(await bob.search(id, { kind: "all" }, [1]), []);
  assert.equal((await ann.open("INBOX"))?.uids.length, 1);
});

test("a closed session's watchers are silent and its lock is free", async () => {
  await using house = await openSessions();
  const first = await house.logIn("ann@x.test");
  const second = await house.logIn("ann@x.test");
  const { id = "" } = (await first.open("INBOX")) ?? {};
  assert.ok(await first.lock(id));
  assert.equal(await second.lock(id), null);
  let heard = 0;
  first.watch(id, () => {
    heard++;
  });
  await first.close();
  const before = heard;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = second.watch(id, resolve);
  await second.append("INBOX", [message("news")]);
  await promise;
  stop();
  assert.equal(heard, before);
  const unlock = await second.lock(id);
  assert.ok(unlock);
  await unlock();
  await unlock();
  await second.close();
});

test("a fetch left half-way, and one of more messages than a step holds, both end well", async () => {
  await using house = await openSessions();
  const session = await house.logIn("ann@x.test");
  const { id = "" } = (await session.open("INBOX")) ?? {};
  await session.append("INBOX", [
    { ...message("x"), raw: Buffer.alloc(700_000, "Subject: x\r\n\r\nabcdefgh") },
  ]);
  for (let n = 0; n < 3; n++) await session.copy(id, [1], "INBOX");
  await house.db.pool.query(
    `WITH listings AS (
       INSERT INTO mailbox_listings SELECT folder_id, n, envelope, body_structure, preview
         FROM mailbox_listings, generate_series(5, 1200) AS n WHERE uid = 1)
     INSERT INTO mailbox_messages SELECT folder_id, n, modseq, flags, internal_date, 10, content_hash, saved_at, thread_id, fields
       FROM mailbox_messages, generate_series(5, 1200) AS n WHERE uid = 1`,
  );
  const uids = Array.from({ length: 1_200 }, (_, n) => n + 1);
  const seen: number[] = [];
  for await (const rows of session.fetch(id, uids, { envelope: true, bodyStructure: false, raw: "none" })) {
    seen.push(...rows.map(({ uid }) => uid));
  }
  assert.deepEqual(seen, uids);
  for (let round = 0; round < 3; round++) {
    for await (const rows of session.fetch(id, uids, {
      envelope: false,
      bodyStructure: false,
      raw: "full",
    })) {
      assert.deepEqual(
        rows.map(({ raw }) => raw?.length),
        [700_000],
      );
      break;
    }
  }
  const headers = await collect(
    session.fetch(id, [1, 4], { envelope: false, bodyStructure: false, raw: "header" }),
  );
  assert.equal(headers[1]?.raw?.toString(), "Subject: x\r\n\r\n");
});
