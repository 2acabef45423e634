import assert from "node:assert/strict";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { digestOf, endingOf, lacking, readMail } from "./fetched-mail.ts";
import type { MailProgram } from "./mail-programs.ts";
import { type MailboxHouse, openMailboxHouse, type Process } from "./mailbox-house.ts";
import { isWellFormed, largeMail, variedMail } from "./varied-mail.ts";

/** What is expected of a program. */
export interface Expectation {
  readonly run: MailProgram;
  /** What comes out as it is; of the rest, which the program repairs in its own way, only the number counts. */
  readonly keeps: "everything" | "the well-formed" | "the last words of the well-formed";
  /** What the program leaves alone. */
  readonly skips?: (raw: Buffer) => boolean;
}

const COUNT = 1_000;

/** Has each program fetch a mailbox of 1,000 messages of all kinds, one of them of 20 MB, and compares what it has then. */
export function describeFetching(title: string, programs: Readonly<Record<string, Expectation>>): void {
  describe(title, { timeout: 180_000 }, () => {
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

    for (const [name, { run, keeps, skips = () => false }] of Object.entries(programs)) {
      test(`${name} fetches all and keeps ${keeps}`, async (t) => {
        const home = await mkdtemp(join(scratch, "home-"));
        const account = { ports: server.ports, certificate: house.certificate, folder: "INBOX", home };
        const ran = await run(t, account);
        if (ran === null) return;
        assert.equal(ran.code, 0, ran.output);
        const found = ran.mail ?? (await readMail(join(home, "mail"))).map(({ raw }) => raw);
        const wanted = mail.filter((raw, n) => !skips(raw) && (keeps === "everything" || isWellFormed(n)));
        const print = keeps === "the last words of the well-formed" ? endingOf : digestOf;
        const lost = lacking(wanted.map(print), found.map(print));
        assert.deepEqual([found.length, lost], [mail.filter((raw) => !skips(raw)).length, []], ran.output);
      });
    }
  });
}
