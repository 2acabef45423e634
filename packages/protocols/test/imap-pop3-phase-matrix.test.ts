import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COMMANDS } from "../src/imap/command-table.ts";
import { POP3_COMMANDS } from "../src/pop3/command-table.ts";
import { openDoor, PLAIN } from "./door-fixture.ts";
import { connectRaw } from "./raw-client.ts";

/** Arguments that are right for every command, so that only the state can be the reason for a refusal. */
const IMAP_ARGUMENTS: Readonly<Record<string, string>> = {
  ID: " NIL",
  AUTHENTICATE: " PLAIN AGFubgBzZWNyZXQ=",
  LOGIN: " ann secret",
  COMPRESS: " DEFLATE",
  ENABLE: " CONDSTORE",
  SELECT: " INBOX",
  EXAMINE: " INBOX",
  CREATE: " New",
  DELETE: " Junk",
  RENAME: " Junk Spam",
  SUBSCRIBE: " INBOX",
  UNSUBSCRIBE: " INBOX",
  LIST: ' "" *',
  LSUB: ' "" *',
  STATUS: " INBOX (MESSAGES)",
  APPEND: " INBOX {1+}\r\nx",
  IDLE: "\r\nDONE",
  SEARCH: " ALL",
  FETCH: " 1 FLAGS",
  STORE: " 1 +FLAGS (\\Seen)",
  COPY: " 1 Sent",
  MOVE: " 1 Sent",
  GETQUOTA: ' ""',
  GETQUOTAROOT: " INBOX",
  SETQUOTA: ' "" (STORAGE 1)',
  GETMETADATA: ' "" /private/comment',
  SETMETADATA: ' "" (/private/comment "x")',
  SORT: " (DATE) UTF-8 ALL",
  THREAD: " REFERENCES UTF-8 ALL",
  REPLACE: " 1 INBOX {1+}\r\nx",
  "UID SORT": " (DATE) UTF-8 ALL",
  "UID THREAD": " ORDEREDSUBJECT UTF-8 ALL",
  "UID REPLACE": " 1 INBOX {1+}\r\nx",
  "UID SEARCH": " ALL",
  "UID FETCH": " 1 FLAGS",
  "UID STORE": " 1 +FLAGS (\\Seen)",
  "UID COPY": " 1 Sent",
  "UID MOVE": " 1 Sent",
  "UID EXPUNGE": " 1",
};
/** Commands that are understood and never carried out. */
const REFUSED: ReadonlySet<string> = new Set(["SETQUOTA"]);
const PHASES = ["not-authenticated", "authenticated", "selected"] as const;

describe("every IMAP command in every state", () => {
  for (const [verb, row] of Object.entries(COMMANDS)) {
    for (const phase of PHASES) {
      const allowed =
        row.in === "any" || row.in === phase || (row.in === "authenticated" && phase === "selected");
      test(`${verb} when ${phase}: ${allowed ? "runs" : "BAD"}`, { timeout: 10_000 }, async () => {
        await using door = await openDoor("imap");
        door.mailbox.deliver("INBOX", PLAIN);
        using client = await connectRaw(door.port);
        if (phase !== "not-authenticated") client.send("a1 LOGIN ann secret\r\n");
        if (phase === "selected") client.send("a2 SELECT INBOX\r\n");
        client.send(`x ${verb}${IMAP_ARGUMENTS[verb] ?? ""}\r\n`);
        const answer = await client.until(/^x .*\r\n/m);
        const tagged = /^x (OK|NO|BAD)/m.exec(answer)?.[1];
        assert.equal(tagged, allowed ? (REFUSED.has(verb) ? "NO" : "OK") : "BAD", answer);
        assert.deepEqual(door.events, []);
      });
    }
  }

  for (const [verb, row] of Object.entries(COMMANDS)) {
    test(`${verb} without its arguments is no fault`, { timeout: 10_000 }, async () => {
      await using door = await openDoor("imap");
      using client = await connectRaw(door.port);
      if (row.in !== "not-authenticated") client.send("a1 LOGIN ann secret\r\n");
      if (row.in === "selected") client.send("a2 SELECT INBOX\r\n");
      client.send(`x ${verb}\r\nDONE\r\nx ${verb} ((\r\nDONE\r\n`);
      await client.until(/^x (?:OK|NO|BAD) (?!\[SERVERBUG)/m);
      assert.deepEqual(door.events, []);
    });
  }

  test("every row that carries a password is refused in the clear", () => {
    const clear = Object.keys(COMMANDS).filter((verb) => COMMANDS[verb]?.preTls === false);
    assert.deepEqual(clear.sort(), ["AUTHENTICATE", "LOGIN"]);
  });
});

const POP3_ARGUMENTS: Readonly<Record<string, string>> = {
  USER: " ann",
  AUTH: " PLAIN AGFubgBzZWNyZXQ=",
  LIST: " 1",
  UIDL: " 1",
  RETR: " 1",
  TOP: " 1 0",
  DELE: " 1",
};

describe("every POP3 command in every state", () => {
  for (const [verb, row] of Object.entries(POP3_COMMANDS)) {
    for (const phase of ["authorization", "transaction"] as const) {
      // PASS needs USER before it, which the transcripts show.
      const allowed = verb !== "PASS" && (row.in === "any" || row.in === phase);
      test(`${verb} in ${phase}: ${allowed ? "+OK" : "-ERR"}`, { timeout: 10_000 }, async () => {
        await using door = await openDoor("pop3");
        door.mailbox.deliver("INBOX", PLAIN);
        using client = await connectRaw(door.port);
        await client.until(/^\+OK Waxwing.*\r\n/);
        if (phase === "transaction") {
          client.send("USER ann\r\nPASS secret\r\n");
          await client.until(/\+OK 1 messages\r\n/);
        }
        client.send(`${verb}${POP3_ARGUMENTS[verb] ?? ""}\r\n`);
        assert.match(await client.until(/^(?:\+OK|-ERR).*\r\n/), allowed ? /^\+OK/ : /^-ERR/);
        assert.deepEqual(door.events, []);
      });
    }
  }
});
