import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger, systemClock, verifyPassword } from "@waxwing/runtime";
import { createChangeFeed, createMailboxBackend, createPasswordVerifier } from "../src/index.ts";
import { openSessions } from "./session-house.ts";

test("a wrong password costs one scrypt, whether or not there is such a mailbox", {
  timeout: 60_000,
}, async () => {
  await using house = await openSessions();
  const { db } = house;
  const log = createLogger({ level: "silent", name: "test" });
  await using listen = createChangeFeed({ db, clock: systemClock, log });
  let hashes = 0;
  const verify: typeof verifyPassword = (password, stored) => {
    hashes++;
    return verifyPassword(password, stored);
  };
  const passwords = createPasswordVerifier({ clock: systemClock, verify });
  await using backend = createMailboxBackend({ db, clock: systemClock, log, listen, passwords });
  for (const username of [
    "ann@x.test",
    "nobody@x.test",
    "nobody@elsewhere.test",
    "",
    "a\0b",
    "x".repeat(1_000),
  ]) {
    hashes = 0;
    const answer = await backend.authenticate({
      kind: "password",
      username,
      password: "wrong",
      mechanism: "PLAIN",
      service: "pop3",
      remoteAddress: "192.0.2.1",
      encrypted: true,
    });
    assert.equal(answer.kind, "refused", username);
    assert.equal(hashes, 1, username);
  }
});
