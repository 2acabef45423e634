import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { MailboxSession } from "@waxwing/protocols";
import { createLogger, systemClock } from "@waxwing/runtime";
import type { Database } from "@waxwing/store";
import { createChangeFeed, createMailboxBackend } from "../src/index.ts";
import { collect, message, openSessions } from "./session-house.ts";

const FLAGS_ONLY = { envelope: false, bodyStructure: false, raw: "none" } as const;
const MAILS = 12;

/** Small and the same each time, so that a failure can be run again. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (state >>> 8) % sides;
  };
}

/** What the table has: UID, modseq and flags. */
async function truth(db: Database, folderId: string) {
  const { rows } = await db.pool.query<{ uid: string; modseq: string; flags: string[] }>(
    "SELECT uid, modseq, flags FROM mailbox_messages WHERE folder_id = $1 ORDER BY uid",
    [folderId],
  );
  return rows.map(({ uid, modseq, flags }) => `${uid} ${modseq} ${flags.join(" ")}`);
}

async function shown(session: MailboxSession, folderId: string, uids: readonly number[]) {
  const rows = await collect(session.fetch(folderId, uids, FLAGS_ONLY));
  return rows.map(({ uid, modseq, flags }) => `${uid} ${modseq} ${flags.join(" ")}`);
}

/** Counts the statements that go over a pool. */
function countStatements(db: Database): () => number {
  let statements = 0;
  const { pool } = db;
  const query = pool.query.bind(pool);
  pool.query = ((...args: Parameters<typeof query>) => {
    statements++;
    return query(...args);
  }) as typeof pool.query;
  return () => statements;
}

suite("rows that are kept", { timeout: 60_000 }, () => {
  test("sessions of a process see each other's changes at once, whatever they do", async () => {
    await using house = await openSessions();
    const sessions = [await house.logIn("ann@x.test"), await house.logIn("ann@x.test")];
    const [first, second] = sessions as [MailboxSession, MailboxSession];
    const { id = "" } = (await first.open("INBOX")) ?? {};
    await first.append(
      "INBOX",
      Array.from({ length: MAILS }, (_, n) => message(`${n}`)),
    );
    const dice = createDice(7);
    let last = MAILS;
    for (let round = 0; round < 60; round++) {
      const session = dice(2) === 0 ? first : second;
      const uids = [dice(last) + 1, dice(last) + 1].sort((a, b) => a - b);
      const modes = ["add", "remove", "replace"] as const;
      const flags = ["\\Seen", "\\Flagged", "word"].filter(() => dice(2) === 0);
      const mode = modes[dice(3)] ?? "add";
      const other = dice(12);
      if (other === 0) {
        const appended = await session.append("INBOX", [message(`round ${round}`)]);
        if (appended.kind === "ok") last = appended.uids[0] ?? last;
      } else if (other === 1) await session.expunge(id, { kind: "uids", uids: uids.slice(0, 1) });
      else await session.storeFlags(id, [...new Set(uids)], { mode, flags, unchangedSince: null });
      const all = Array.from({ length: last }, (_, n) => n + 1);
      const expected = await truth(house.db, id);
      for (const [n, reader] of sessions.entries())
        assert.deepEqual(await shown(reader, id, all), expected, `round ${round}, session ${n}`);
      const seen = expected.flatMap((row) => (row.includes("\\Seen") ? [Number(row.split(" ")[0])] : []));
      assert.deepEqual(await second.search(id, { kind: "flag", flag: "\\Seen" }, all), seen);
    }
  });

  test("flags that many sessions store at once are all there, and each session is told of all", async () => {
    await using house = await openSessions();
    const sessions = await Promise.all(Array.from({ length: 4 }, () => house.logIn("ann@x.test")));
    const [first] = sessions as [MailboxSession];
    await first.append("INBOX", [message("one"), message("two")]);
    const { id = "", highestModseq = 0 } = (await first.open("INBOX")) ?? {};
    for (const session of sessions) await shown(session, id, [1, 2]);
    const words = Array.from({ length: 40 }, (_, n) => `word${n}`);
    await Promise.all(
      words.map((word, n) =>
        sessions[n % 4]?.storeFlags(id, [1, 2], { mode: "add", flags: [word], unchangedSince: null }),
      ),
    );
    for (const session of sessions) {
      const news = await session.changesSince(id, highestModseq);
      assert.deepEqual(
        news?.changed.map(({ uid, flags }) => [uid, flags.length]),
        [
          [1, 40],
          [2, 40],
        ],
      );
    }
    assert.deepEqual(await shown(first, id, [1, 2]), await truth(house.db, id));
  });

  test("what another process changes is seen as soon as it is heard of", async () => {
    await using house = await openSessions();
    await using stack = new AsyncDisposableStack();
    const { db } = house;
    const log = createLogger({ level: "silent", name: "other" });
    const listen = stack.use(createChangeFeed({ db, clock: systemClock, log }));
    const backend = stack.use(createMailboxBackend({ db, clock: systemClock, log, listen }));
    const answer = await backend.authenticate({
      kind: "password",
      username: "ann@x.test",
      password: "secret",
      mechanism: "PLAIN",
      service: "imap",
      remoteAddress: "127.0.0.1",
      encrypted: true,
    });
    assert.ok(answer.kind === "ok");
    const here = await house.logIn("ann@x.test");
    await here.append("INBOX", [message("one"), message("two"), message("three")]);
    const { id = "" } = (await here.open("INBOX")) ?? {};
    await shown(here, id, [1, 2, 3]);
    const changes: readonly (() => Promise<unknown>)[] = [
      () => answer.session.storeFlags(id, [2], { mode: "add", flags: ["\\Answered"], unchangedSince: null }),
      () => answer.session.expunge(id, { kind: "uids", uids: [1] }),
      () => answer.session.storeFlags(id, [2, 3], { mode: "replace", flags: ["x"], unchangedSince: null }),
    ];
    for (const change of changes) {
      const heard = Promise.withResolvers<void>();
      const stop = here.watch(id, heard.resolve);
      await change();
      await heard.promise;
      stop();
      assert.deepEqual(await shown(here, id, [1, 2, 3]), await truth(db, id));
    }
  });

  test("what is known costs no look at the database, and one statement to change", async () => {
    await using house = await openSessions();
    const ann = await house.logIn("ann@x.test");
    await ann.append("INBOX", [message("one"), message("two")]);
    const { id = "", highestModseq = 0 } = (await ann.open("INBOX")) ?? {};
    const change = { mode: "add", flags: ["\\Seen"], unchangedSince: null } as const;
    const statements = countStatements(house.db);
    // The feed may be on its way still, and what it was told of before; then nothing is taken on trust.
    let spent = 0;
    for (let tries = 0; tries < 1_000; tries++) {
      await shown(ann, id, [1, 2]);
      const before = statements();
      await shown(ann, id, [1, 2]);
      await ann.search(id, { kind: "flag", flag: "\\Seen" }, [1, 2]);
      spent = statements() - before;
      if (spent === 0) break;
    }
    assert.equal(spent, 0);
    const before = statements();
    await ann.storeFlags(id, [2], change);
    assert.equal(statements() - before, 1);
    assert.deepEqual(
      (await ann.changesSince(id, highestModseq))?.changed.map(({ uid }) => uid),
      [2],
    );

    // Of another mailbox nothing is given out, however well it is known.
    const bob = await house.logIn("bob@x.test");
    assert.deepEqual(await shown(bob, id, [1, 2]), []);
    assert.deepEqual(await bob.search(id, { kind: "all" }, [1, 2]), []);
    assert.deepEqual(await bob.storeFlags(id, [1], change), { updated: [], conflicting: [] });
    assert.equal(await bob.changesSince(id, 0), null);
  });

  test("a message read again comes from memory, to its owner and as long as it is there", async () => {
    await using house = await openSessions();
    const ann = await house.logIn("ann@x.test");
    await ann.append("INBOX", [message("one"), message("two")]);
    const { id = "" } = (await ann.open("INBOX")) ?? {};
    const wanted = { envelope: false, bodyStructure: false, raw: "full" } as const;
    const read = async (session: MailboxSession, raw: "full" | "header") => {
      const rows = await collect(session.fetch(id, [1, 2], { ...wanted, raw }));
      return rows.map((row) => row.raw?.toString().split("\r\n")[0]);
    };
    await read(ann, "full");
    const statements = countStatements(house.db);
    let spent = 0;
    for (let tries = 0; tries < 1_000; tries++) {
      await read(ann, "full");
      const before = statements();
      assert.deepEqual(await read(ann, "full"), ["Subject: one", "Subject: two"]);
      assert.deepEqual(await read(ann, "header"), ["Subject: one", "Subject: two"]);
      spent = statements() - before;
      if (spent === 0) break;
    }
    assert.equal(spent, 0);
    assert.deepEqual(await read(await house.logIn("bob@x.test"), "full"), []);
    await ann.expunge(id, { kind: "uids", uids: [1] });
    assert.deepEqual(await read(ann, "full"), ["Subject: two"]);
  });
});
