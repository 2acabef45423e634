import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import type { ImapFlow } from "imapflow";
import { type MailFile, readMail } from "./fetched-mail.ts";
import { mbsync, offlineimap } from "./mail-programs.ts";
import { connectImap, openMailboxHouse } from "./mailbox-house.ts";
import { variedMail } from "./varied-mail.ts";

/** Each of the three has a digit of its own for what it flags and for what it deletes; 7 is flagged by all. */
const FLAGGED = { mbsync: [1, 7], offlineimap: [3, 7], imapflow: [5, 7] };
const DELETED = { mbsync: 2, offlineimap: 4, imapflow: 6 };
const FLAGS = { mbsync: "S", offlineimap: "F", imapflow: "R" };
const NEW = 10;

type Changer = keyof typeof FLAGS;
const CHANGERS = ["mbsync", "offlineimap", "imapflow"] as const;

const LETTERS: ReadonlyMap<string, string> = new Map([
  ["\\Seen", "S"],
  ["\\Flagged", "F"],
  ["\\Answered", "R"],
]);

test("mbsync, offlineimap and imapflow change a mailbox at once, and all come to the same mail and flags", {
  timeout: 150_000,
}, async (t) => {
  const scratch = await mkdtemp(join(tmpdir(), "waxwing-programs-"));
  t.after(() => rm(scratch, { recursive: true, force: true }));
  await chmod(scratch, 0o755);
  await using house = await openMailboxHouse();
  const server = await house.startProcess();
  const mail = Array.from({ length: 200 }, (_, n) => variedMail(n)).filter(hasName);
  await house.deliverAll("INBOX", mail);

  const account = { ports: server.ports, certificate: house.certificate, folder: "INBOX" };
  const [one, two] = ["one", "two"].map((name) => ({ ...account, home: join(scratch, name) }));
  assert.ok(one !== undefined && two !== undefined);
  for (const { home } of [one, two]) await mkdir(home);
  const firsts = await Promise.all([mbsync(t, one), offlineimap(t, two)]);
  // The machine lacks a program; the test is skipped.
  if (firsts.includes(null)) return;

  const places = new Map(mail.map((raw, index) => [nameOf(raw), index]));
  await change(join(one.home, "mail"), places, "mbsync");
  await change(join(two.home, "mail"), places, "offlineimap");
  const flow = await connectImap(server);
  const [first, second] = await Promise.all([
    mbsync(t, one),
    offlineimap(t, two),
    changeOver(flow, mail.length),
  ]);
  const runs = [...firsts, first, second, await mbsync(t, one), await offlineimap(t, two)];
  for (const run of runs) assert.equal(run?.code, 0, run?.output);

  const expected = expectedMail(mail);
  await flow.noop();
  assert.deepEqual(await mailOf(flow), expected, "on the server");
  assert.deepEqual(await mailIn(join(one.home, "mail")), expected, "at mbsync");
  assert.deepEqual(await mailIn(join(two.home, "mail")), expected, "at offlineimap");
  await flow.logout();
});

const nameOf = (raw: Buffer): string => /^Message-ID: <(.*)>/im.exec(raw.toString("latin1"))?.[1] ?? "";
// mbsync leaves alone what does not end its header.
const hasName = (raw: Buffer): boolean => nameOf(raw) !== "" && raw.includes("\r\n\r\n");
const newName = (by: Changer, n: number): string => `${by}.${n}@example.test`;
const newMail = (by: Changer, n: number): string =>
  `From: ann@waxwing.test\r\nSubject: new ${n}\r\nMessage-ID: <${newName(by, n)}>\r\n\r\nBy ${by}\r\n`;

/** Changes a Maildir as a mail program that reads it does. */
async function change(maildir: string, places: ReadonlyMap<string, number>, by: Changer): Promise<void> {
  for (const file of await readMail(maildir)) {
    const digit = (places.get(nameOf(file.raw)) ?? 0) % 10;
    if (digit === DELETED[by]) await rm(file.path);
    if (!FLAGGED[by].includes(digit)) continue;
    const [name = ""] = basename(file.path).split(":");
    await rename(file.path, join(maildir, "cur", `${name}:2,${FLAGS[by]}`));
  }
  for (let n = 0; n < NEW; n += 1) {
    await writeFile(join(maildir, "new", `${n}.new.localhost`), newMail(by, n).replaceAll("\r\n", "\n"));
  }
}

/** The same over IMAP. */
async function changeOver(flow: ImapFlow, count: number): Promise<void> {
  await flow.mailboxOpen("INBOX");
  const uids = (digits: readonly number[]) =>
    Array.from({ length: count }, (_, index) => index)
      .filter((index) => digits.includes(index % 10))
      .map((index) => index + 1)
      .join(",");
  await flow.messageFlagsAdd(uids(FLAGGED.imapflow), ["\\Answered"], { uid: true });
  await flow.messageDelete(uids([DELETED.imapflow]), { uid: true });
  for (let n = 0; n < NEW; n += 1) await flow.append("INBOX", newMail("imapflow", n));
}

/** Names and flags, sorted. */
function expectedMail(mail: readonly Buffer[]): readonly string[] {
  const kept = mail.flatMap((raw, index) => {
    if (Object.values(DELETED).includes(index % 10)) return [];
    const flags = CHANGERS.filter((by) => FLAGGED[by].includes(index % 10)).map((by) => FLAGS[by]);
    return [`${nameOf(raw)} ${flags.sort().join("")}`];
  });
  const added = CHANGERS.flatMap((by) => Array.from({ length: NEW }, (_, n) => `${newName(by, n)} `));
  return [...kept, ...added].sort();
}

async function mailOf(flow: ImapFlow): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { flags, source } of flow.fetch("1:*", { flags: true, source: true })) {
    const letters = [...(flags ?? [])].map((flag) => LETTERS.get(flag) ?? flag);
    found.push(`${nameOf(source ?? Buffer.alloc(0))} ${letters.sort().join("")}`);
  }
  return found.sort();
}

async function mailIn(maildir: string): Promise<readonly string[]> {
  const letters = ({ path }: MailFile) => [...(/:2,([A-Z]*)$/.exec(path)?.[1] ?? "")].sort().join("");
  return (await readMail(maildir)).map((file) => `${nameOf(file.raw)} ${letters(file)}`).sort();
}
