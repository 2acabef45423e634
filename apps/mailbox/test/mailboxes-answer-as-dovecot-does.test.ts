import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type Difference, printDifference, readKnownDifferences } from "./dovecot/differences.ts";
import { bySmallestPart } from "./dovecot/smallest-differences.ts";
import { type Filed, openTwoServers, type TwoServers } from "./dovecot/two-servers.ts";
import { variedMail } from "./varied-mail.ts";

const protocolTests = new URL("../../../packages/protocols/test/", import.meta.url);
const transcripts = new URL("transcripts/", protocolTests);
const ownScripts = new URL("dovecot/scripts/", import.meta.url);

/** Scripts about what this Dovecot does not have or was not given, and those that need TLS. */
const NOT_PLAYED = new Set([
  "compress.txt",
  "getmetadata.txt",
  "getquota.txt",
  "getquotaroot.txt",
  "login-too-often.txt",
  "metadata.txt",
  "oauth.txt",
  "object-ids.txt",
  "quota.txt",
  "replace.txt",
  "setmetadata.txt",
  "setquota.txt",
  "starttls.txt",
  "stls.txt",
  "uid-replace.txt",
  "utf8.txt",
  "xoauth2.txt",
]);

/** Scripts that are played side by side. */
const AT_ONCE = 6;

/** How many messages of all kinds; each kind comes ten times. */
const VARIED = 150;
const VARIED_SCRIPT = "varied mail";

const ITEMS = {
  envelope: "ENVELOPE",
  structure: "BODYSTRUCTURE",
  size: "RFC822.SIZE INTERNALDATE",
  header: "BODY.PEEK[HEADER] BODY.PEEK[HEADER.FIELDS (SUBJECT TO)] BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT TO)]",
  text: "BODY.PEEK[TEXT] BODY.PEEK[TEXT]<2.9>",
  parts: "BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2] BODY.PEEK[2.MIME]",
  nested:
    "BODY.PEEK[1.2] BODY.PEEK[2.2] BODY.PEEK[2.HEADER] BODY.PEEK[2.TEXT] BODY.PEEK[2.HEADER.FIELDS (FROM)]",
  binary: "BINARY.PEEK[1] BINARY.SIZE[1]",
} as const;

const file = (raw: Buffer, index: number): Filed => ({
  raw,
  arrived: new Date(Date.UTC(2026, 2, 4, 5, 6, 7) + index * 29 * 3_600_000),
});
/** Those that the scripts are written for. */
const twoMails = ["plain.eml", "nested.eml"].map((name, index) => {
  const text = readFileSync(new URL(`fixtures/${name}`, protocolTests), "utf8");
  return file(Buffer.from(text.replaceAll("\n", "\r\n")), index);
});

describe("Waxwing answers as Dovecot does, but for what differences.md explains", {
  timeout: 150_000,
}, () => {
  test("to the scripts of every command", async (t) => {
    await using servers = await openTwoServers(t);
    if (servers === null) return;
    expectKnown(await playAll(servers), (at) => !at.startsWith(VARIED_SCRIPT));
  });

  test("about mail of all kinds, well-formed and broken", async (t) => {
    await using servers = await openTwoServers(t);
    if (servers === null) return;
    const mail = Array.from({ length: VARIED }, (_, n) => file(variedMail(n), n));
    const text = variedScript();
    const found = await servers.compare({ name: VARIED_SCRIPT, text, protocol: "imap" }, mail);
    expectKnown(bySmallestPart(VARIED_SCRIPT, found), (at) => at.startsWith(VARIED_SCRIPT));
  });
});

async function playAll(servers: TwoServers): Promise<readonly Difference[]> {
  const scripts = (["imap", "pop3"] as const).flatMap((protocol) =>
    [new URL(`${protocol}/`, transcripts), new URL(`${protocol}/`, ownScripts)].flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => !NOT_PLAYED.has(name))
        .map((name) => ({
          name: `${protocol}/${name}`,
          text: readFileSync(new URL(name, folder), "utf8"),
          protocol,
        })),
    ),
  );
  const found: Difference[] = [];
  for (let at = 0; at < scripts.length; at += AT_ONCE) {
    const some = scripts.slice(at, at + AT_ONCE).map((script) => servers.compare(script, twoMails));
    found.push(...(await Promise.all(some)).flat());
  }
  return found;
}

/** Each item of each message by a command of its own, so that a difference names it; searches, sorts and threads over all. */
function variedScript(): string {
  const fetches = Array.from({ length: VARIED }, (_, index) =>
    Object.entries(ITEMS).map(([name, items]) => `C: ${name}-${index + 1} FETCH ${index + 1} (${items})`),
  );
  const overAll = [
    ...["SUBJECT", "FROM", "TO", "BODY", "TEXT"].map((key) => `SEARCH CHARSET UTF-8 ${key} report`),
    'SEARCH CHARSET UTF-8 TEXT "grüße"',
    "SEARCH FROM ann",
    "SEARCH TO bob",
    "SEARCH SENTSINCE 5-Mar-2026",
    "SEARCH SENTON 4-Mar-2026",
    "SEARCH HEADER X-Number 3",
    ...["SUBJECT", "FROM", "TO", "CC", "DATE", "ARRIVAL", "SIZE"].map((key) => `SORT (${key}) UTF-8 ALL`),
    "THREAD REFERENCES UTF-8 ALL",
    "THREAD ORDEREDSUBJECT UTF-8 ALL",
  ];
  const numbered = overAll.map((command, index) => `C: all-${index} ${command}`);
  return ["C: in LOGIN ann secret", "C: go SELECT INBOX", ...fetches.flat(), ...numbered].join("\n");
}

function expectKnown(found: readonly Difference[], isOurs: (at: string) => boolean): void {
  const known = readKnownDifferences();
  const printed = found.map(printDifference);
  const news = printed.filter((text) => !known.has(text));
  assert.equal(news.length, 0, `differences.md does not know\n\n${news.join("\n\n")}`);
  const gone = [...known].filter((text) => isOurs(text.trimStart()) && !printed.includes(text));
  assert.equal(gone.length, 0, `differences.md knows what is gone\n\n${gone.join("\n\n")}`);
}
