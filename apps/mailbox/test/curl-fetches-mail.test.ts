import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { ANN, makeMessage, openMailboxHouse } from "./mailbox-house.ts";

const run = promisify(execFile);

async function curl(...args: string[]): Promise<string> {
  const { stdout } = await run("curl", [
    "-sS",
    "-k",
    "--max-time",
    "10",
    "-u",
    `${ANN.user}:${ANN.pass}`,
    ...args,
  ]);
  return stdout;
}

test("curl reads the same mail over imaps, pop3s and both kinds of STARTTLS", async () => {
  await using house = await openMailboxHouse();
  const { ports } = await house.startProcess();
  const text = makeMessage("hello curl");
  await house.deliver("INBOX", text);
  const wire = text.replaceAll("\n", "\r\n");
  assert.equal(await curl(`imaps://127.0.0.1:${ports.imaps}/INBOX;MAILINDEX=1`), wire);
  assert.equal(await curl(`pop3s://127.0.0.1:${ports.pop3s}/1`), wire);
  assert.equal(await curl("--ssl-reqd", `imap://127.0.0.1:${ports.imap}/INBOX;UID=1`), wire);
  assert.equal(await curl("--ssl-reqd", `pop3://127.0.0.1:${ports.pop3}/1`), wire);
  await assert.rejects(curl(`pop3://127.0.0.1:${ports.pop3}/1`), "no password without TLS");
});
