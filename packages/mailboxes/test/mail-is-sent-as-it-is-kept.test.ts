import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage } from "@waxwing/message";
import { sentListing } from "@waxwing/protocols";
import { collect, openSessions } from "./session-house.ts";

const HEADER = "From: Ann <a@x.test>\r\nSubject: one\r\n two\r\nMIME-Version: 1.0\r\n";

/** How mail differs in what can be kept of it as text. */
const MAILS: readonly (readonly [name: string, raw: Buffer])[] = [
  ["short text", Buffer.from(`${HEADER}\r\nHello\r\n`)],
  ["UTF-8 everywhere", Buffer.from(`${HEADER}X-Name: J\u00fcrgen \u{1f98a}\r\n\r\nGr\u00fc\u00dfe\r\n`)],
  ["Latin-1 in the body", Buffer.from(`${HEADER}\r\nGr\u00fc\u00dfe\r\n`, "latin1")],
  ["Latin-1 in the header", Buffer.from(`${HEADER}X-Name: J\u00fcrgen\r\n\r\nHello\r\n`, "latin1")],
  ["a NUL in the header", Buffer.from(`${HEADER}X-Name: \0\r\n\r\nHello\r\n`)],
  ["a header longer than what is kept", Buffer.from(`${HEADER}X-Long: ${"x".repeat(20_000)}\r\n\r\nHello`)],
  ["a body longer than what is kept as text", Buffer.from(`${HEADER}\r\n${"Hello\r\n".repeat(20_000)}`)],
  ["nothing but a header", Buffer.from(HEADER)],
  ["a byte order mark", Buffer.from(`\u{feff}${HEADER}\r\nHello\r\n`)],
  ["empty", Buffer.alloc(0)],
];

test("what is kept as it is sent says the same as the message, for new mail and for old", async () => {
  await using house = await openSessions();
  const session = await house.logIn("ann@x.test");
  const { id = "" } = (await session.open("INBOX")) ?? {};
  // Together and one by one: they travel to the database in different ways.
  const append = (raws: readonly Buffer[]) =>
    session.append(
      "INBOX",
      raws.map((raw) => ({ raw, flags: [], internalDate: null })),
    );
  const raws = MAILS.map(([, raw]) => raw);
  await append(raws);
  for (const raw of raws) await append([Buffer.concat([Buffer.from("X-Alone: yes\r\n"), raw])]);
  const stored = [...raws, ...raws.map((raw) => Buffer.concat([Buffer.from("X-Alone: yes\r\n"), raw]))];
  const uids = stored.map((_, n) => n + 1);
  const names = [...MAILS, ...MAILS].map(([name]) => name);

  const check = async (some: readonly number[]) => {
    for (const sent of [false, true]) {
      const listing = { envelope: true, bodyStructure: true, sent };
      const full = await collect(session.fetch(id, some, { ...listing, raw: "full" }));
      const headers = await collect(session.fetch(id, some, { ...listing, raw: "header" }));
      assert.deepEqual([full.length, headers.length], [some.length, some.length]);
      for (const [n, row] of full.entries()) {
        const raw = stored[row.uid - 1] ?? Buffer.alloc(0);
        const name = names[row.uid - 1];
        const parsed = parseMessage(raw);
        const is = sentListing(raw, parsed);
        assert.deepEqual(row.raw ?? Buffer.from(row.sent?.raw ?? "missing"), raw, name);
        const header = headers[n]?.raw ?? Buffer.from(headers[n]?.sent?.raw ?? "missing");
        assert.equal(header.toString("latin1"), headerOf(raw), name);
        if (row.sent?.envelope !== undefined) assert.equal(row.sent.envelope, is.envelope, name);
        else assert.equal(row.envelope?.subject, parsed.envelope.subject, name);
        if (row.sent?.bodyStructure !== undefined)
          assert.equal(row.sent.bodyStructure, is.bodyStructure, name);
        else assert.equal(row.bodyStructure?.kind, parsed.bodyStructure.kind, name);
      }
    }
  };
  await check(uids);
  for (const uid of uids) await check([uid]);
  const [first] = await collect(
    session.fetch(id, [1], { envelope: true, bodyStructure: true, raw: "full", sent: true }),
  );
  assert.deepEqual(Object.keys(first?.sent ?? {}).toSorted(), ["bodyStructure", "envelope", "raw"]);
  assert.equal(first?.raw, undefined);

  // As a version before these columns has left it.
  await house.db.pool.query(
    "UPDATE mailbox_listings SET sent_envelope = NULL, sent_structure = NULL, header = NULL",
  );
  await check(uids);
});

function headerOf(raw: Buffer): string {
  const text = raw.toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  return end === -1 ? text : text.slice(0, end + 4);
}
