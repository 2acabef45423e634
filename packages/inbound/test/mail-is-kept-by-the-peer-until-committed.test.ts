import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "@waxwing/store";
import { openInboundDoor } from "./inbound-door.ts";
import { openPostHouse } from "./post-house.ts";
import { deliver } from "./smtp-conversation.ts";

const to = ["inbox@waxwing.test"];
const message = "From: ann@example.test\nSubject: Hello\n\nHi.\n";
const nowhere = Object.assign(new Error("no such name"), { code: "ENOTFOUND" });

test("a database that goes away between DATA and the commit costs the peer a 451, and nothing is lost", async (t) => {
  // The checks of DNS come after the message and before its transaction: a door into the moment between.
  let between: () => Promise<void> = async () => undefined;
  const door = await openInboundDoor(t, {}, async () => {
    await between();
    throw nowhere;
  });
  const { rows } = await door.db.pool.query<{ name: string }>("SELECT current_database() AS name");
  const name = rows[0]?.name ?? "";
  await using admin = openDatabase({
    url: String(door.db.pool.options.connectionString).replace(`/${name}`, "/postgres"),
    poolSize: 1,
    onError: () => undefined,
  });
  let cuts = 0;
  between = async () => {
    if (cuts++ > 0) return;
    await admin.pool.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
    await admin.pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
      name,
    ]);
  };
  const lost = await deliver(door.port, { to, message });
  assert.match(lost.rcpt[0] ?? "", /^250/, "it was there at RCPT");
  assert.match(lost.data, /^451 4\.3\.0/);
  assert.ok(cuts > 0);
  const early = await deliver(door.port, { to, message });
  assert.match(early.rcpt[0] ?? "", /^451 4\.3\.0/);
  await admin.pool.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
  assert.deepEqual(await door.filed(), []);
  assert.match((await deliver(door.port, { to, message })).data, /^250/);
  assert.equal((await door.filed()).length, 1);
});

test("a full disk is 451, and what was to be filed, posted and forwarded is there whole or not at all", async (t) => {
  const door = await openInboundDoor(t);
  const house = await openPostHouse(t, door);
  await house.addRoute("team@waxwing.test", [
    { kind: "mailbox", address: "inbox@waxwing.test" },
    { kind: "webhook", url: house.url, format: "waxwing", raw: false },
    { kind: "forward", to: ["far@example.test"] },
  ]);
  const count = async () => {
    const { rows } = await door.db.pool.query(
      `SELECT (SELECT count(*) FROM mailbox_messages)::int AS filed, (SELECT count(*) FROM inbound_posts)::int AS posts,
              (SELECT count(*) FROM messages)::int AS messages, (SELECT count(*) FROM events)::int AS events`,
    );
    return rows[0];
  };
  await door.db.pool.query(
    `CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
  );
  for (const table of ["mailbox_messages", "inbound_posts", "recipients", "events"]) {
    await door.db.pool.query(
      `CREATE TRIGGER full_disk BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION disk_full()`,
    );
    const answer = await deliver(door.port, { to: ["team@waxwing.test"], message });
    assert.match(answer.data, /^451 4\.3\.0/, table);
    assert.deepEqual(await count(), { filed: 0, posts: 0, messages: 0, events: 0 }, table);
    await door.db.pool.query(`DROP TRIGGER full_disk ON ${table}`);
  }
  assert.deepEqual([...door.woken.routes, ...door.woken.sites], []);
  assert.match((await deliver(door.port, { to: ["team@waxwing.test"], message })).data, /^250/);
  assert.deepEqual(await count(), { filed: 1, posts: 1, messages: 1, events: 2 });
});
