import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { digestOf, endingOf, lacking, readMail, splitBatch } from "./fetched-mail.ts";
import {
  type Account,
  curl,
  fetchmail,
  getmail,
  imaplib,
  type MailProgram,
  mbsync,
  mpop,
  neomutt,
  offlineimap,
  poplib,
} from "./mail-programs.ts";
import { connectImap, type MailboxHouse, openMailboxHouse, type Process } from "./mailbox-house.ts";
import { isWellFormed, largeMail, variedMail } from "./varied-mail.ts";

const COUNT = 1_000;

interface Expectation {
  readonly run: MailProgram;
  /** What comes out as it is; of the rest, which the program repairs in its own way, only the number counts. */
  readonly keeps: "everything" | "the well-formed" | "the last words of the well-formed";
  /** What the program leaves alone. */
  readonly skips?: (raw: Buffer) => boolean;
}

const PROGRAMS: Readonly<Record<string, Expectation>> = {
  mbsync: { run: mbsync, keeps: "everything", skips: lacksEndOfHeader },
  offlineimap: { run: offlineimap, keeps: "the last words of the well-formed" },
  neomutt: { run: neomutt, keeps: "the well-formed" },
  curl: { run: curl, keeps: "everything" },
  imaplib: { run: imaplib, keeps: "everything" },
  fetchmail: { run: fetchmail, keeps: "the last words of the well-formed" },
  getmail: { run: getmail, keeps: "the last words of the well-formed" },
  mpop: { run: mpop, keeps: "everything" },
  poplib: { run: poplib, keeps: "everything" },
};

describe("mail programs fetch a mailbox of 1,000 varied messages", { timeout: 180_000 }, () => {
  let house: MailboxHouse;
  let server: Process;
  let scratch: string;
  const mail = [...Array.from({ length: COUNT - 1 }, (_, n) => variedMail(n)), largeMail()];

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "waxwing-programs-"));
    // The programs run as somebody else.
    await chmod(scratch, 0o755);
    house = await openMailboxHouse();
    server = await house.startProcess();
    await house.deliverAll("INBOX", mail);
  });
  after(async () => {
    await house[Symbol.asyncDispose]();
    await rm(scratch, { recursive: true, force: true });
  });

  async function open(): Promise<Account> {
    const home = await mkdtemp(join(scratch, "home-"));
    return { ports: server.ports, certificate: house.certificate, folder: "INBOX", home };
  }

  for (const [name, { run, keeps, skips = () => false }] of Object.entries(PROGRAMS)) {
    test(`${name} fetches all and keeps ${keeps}`, async (t) => {
      const account = await open();
      const { home } = account;
      const ran = await run(t, account);
      if (ran === null) return;
      assert.equal(ran.code, 0, ran.output);
      const found =
        name === "fetchmail"
          ? splitBatch(await readFile(join(home, "batch")))
          : (await readMail(join(home, "mail"))).map(({ raw }) => raw);
      const wanted = mail.filter((raw, n) => !skips(raw) && (keeps === "everything" || isWellFormed(n)));
      const print = keeps === "the last words of the well-formed" ? endingOf : digestOf;
      const lost = lacking(wanted.map(print), found.map(print));
      assert.deepEqual([found.length, lost], [mail.filter((raw) => !skips(raw)).length, []], ran.output);
    });
  }

  test("imapflow fetches all and keeps everything", async () => {
    const flow = await connectImap(server);
    await flow.mailboxOpen("INBOX", { readOnly: true });
    const found: string[] = [];
    for await (const message of flow.fetch("1:*", { source: true, envelope: true, bodyStructure: true })) {
      found.push(digestOf(message.source ?? Buffer.alloc(0)));
    }
    await flow.logout();
    assert.deepEqual([found.length, lacking(mail.map(digestOf), found)], [COUNT, []]);
  });
});

function lacksEndOfHeader(raw: Buffer): boolean {
  return !raw.includes("\r\n\r\n") && raw.indexOf("\r\n") > 0;
}
