import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { COMMANDS } from "../src/imap/command-table.ts";
import { openDoor } from "./door-fixture.ts";
import { connectRaw } from "./raw-client.ts";

const folder = new URL("transcripts/imap/", import.meta.url);

/** The scripts that show an extension, where the name does not say which. */
const SCRIPTS: Readonly<Record<string, string>> = {
  IMAP4REV1: "select",
  IMAP4REV2: "select",
  "LITERAL+": "append",
  "SASL-IR": "authenticate",
  "AUTH=PLAIN": "authenticate",
  "AUTH=LOGIN": "authenticate",
  "AUTH=XOAUTH2": "xoauth2",
  "AUTH=OAUTHBEARER": "oauth",
  "UTF8=ACCEPT": "utf8",
  UIDPLUS: "uid-expunge",
  CHILDREN: "folders",
  "SPECIAL-USE": "folders",
  "CREATE-SPECIAL-USE": "create",
  "LIST-EXTENDED": "folders",
  "LIST-STATUS": "list",
  ESEARCH: "search",
  SEARCHRES: "search",
  WITHIN: "object-ids",
  CONDSTORE: "fetch",
  "SORT=DISPLAY": "sort-thread",
  ESORT: "sort-thread",
  "THREAD=ORDEREDSUBJECT": "sort-thread",
  "THREAD=REFERENCES": "sort-thread",
  "STATUS=SIZE": "status",
  PREVIEW: "object-ids",
  OBJECTID: "object-ids",
  SAVEDATE: "object-ids",
  "QUOTA=RES-STORAGE": "quota",
  "QUOTA=RES-MESSAGE": "quota",
  "COMPRESS=DEFLATE": "compress",
  "APPENDLIMIT=31457280": "multiappend",
};

/** How each command of the scripts was answered: `FETCH OK`, `FETCH BAD` and so on. */
const answered = new Set<string>();
for (const file of readdirSync(folder)) {
  const verbs = new Map<string, string>();
  for (const line of readFileSync(new URL(file, folder), "utf8").split("\n")) {
    const sent = /^C!?: (\w+) ((?:UID )?[a-z]+)/i.exec(line);
    if (sent !== null) verbs.set(sent[1] ?? "", (sent[2] ?? "").toUpperCase());
    const answer = /^S>?: (\w+) (OK|NO|BAD) /.exec(line);
    if (answer !== null)
      answered.add(`${verbs.get(answer[1] ?? "")} ${answer[2] === "OK" ? "OK" : "refused"}`);
  }
}

test("every command is carried out in a script, and refused in one", () => {
  const missing = Object.keys(COMMANDS).flatMap((verb) => {
    const wanted = verb === "SETQUOTA" ? ["refused"] : ["OK", "refused"];
    return wanted.filter((result) => !answered.has(`${verb} ${result}`)).map((result) => `${verb} ${result}`);
  });
  assert.deepEqual(missing, []);
});

test("every extension that is offered has a script", async () => {
  await using door = await openDoor("imap");
  using client = await connectRaw(door.port);
  client.send("a1 CAPABILITY\r\na2 LOGIN ann secret\r\na3 CAPABILITY\r\n");
  const lines = (await client.until(/^a3 OK/m)).match(/^\* CAPABILITY .*$/gm) ?? [];
  const offered = new Set(lines.flatMap((line) => line.trim().split(" ").slice(2)));
  const missing = [...offered].filter((name) => {
    const script = SCRIPTS[name.toUpperCase()] ?? name.toLowerCase().replace(/=.*/, "");
    return !existsSync(new URL(`${script}.txt`, folder));
  });
  assert.deepEqual(missing, []);
});
