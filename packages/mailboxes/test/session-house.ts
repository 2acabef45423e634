import assert from "node:assert/strict";
import type { MailboxSession } from "@waxwing/protocols";
import { createLogger, hashPassword, newId, systemClock } from "@waxwing/runtime";
import { ensureMailbox, ensureProject, openDatabase } from "@waxwing/store";
import { createTestDatabase } from "@waxwing/testkit";
import { createChangeFeed, createMailboxBackend } from "../src/index.ts";

/** A database with the mailboxes of Ann and Bob in one project, and who opens them. */
export async function openSessions() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const db = stack.use(openDatabase({ url: database.url, onError: () => {} }));
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: "test" });
  const passwordHash = await hashPassword("secret");
  for (const address of ["ann@x.test", "bob@x.test"]) {
    await ensureMailbox(db, { projectId, address, passwordHash });
  }
  const log = createLogger({ level: "silent", name: "test" });
  const listen = stack.use(createChangeFeed({ db, clock: systemClock, log }));
  const backend = stack.use(createMailboxBackend({ db, clock: systemClock, log, listen }));
  const logIn = async (username: string): Promise<MailboxSession> => {
    const answer = await backend.authenticate({
      kind: "password",
      username,
      password: "secret",
      mechanism: "PLAIN",
      service: "imap",
      remoteAddress: "127.0.0.1",
      encrypted: true,
    });
    assert.ok(answer.kind === "ok");
    return answer.session;
  };
  const owned = stack.move();
  return { db, backend, projectId, logIn, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** All rows of a fetch. */
export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const rows of batches) all.push(...rows);
  return all;
}

/** A message to append. */
export const message = (subject: string) => ({
  raw: Buffer.from(`Subject: ${subject}\r\n\r\n${subject}\r\n`),
  flags: [],
  internalDate: null,
});
