import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { suite, test } from "node:test";
import { createDnsZone, type Zone } from "@waxwing/testkit";
import { dkimSign } from "mailauth";
import { authenticatePlain } from "../src/authenticate-plain.ts";
import { createKeyMemory, formatKeyRecord, signMessage, splitTxtRecord } from "../src/index.ts";
import { prepareMessage } from "../src/prepare-message.ts";
import { askMailauth } from "../src/verify.ts";
import { ed25519Key, keyRecords, rsaKey, rsaPem } from "./signed-by.ts";

const zone: Zone = {
  ...keyRecords,
  "waxwing.test": { TXT: [["v=spf1 ip4:192.0.2.1 -all"]] },
  "_dmarc.waxwing.test": { TXT: [["v=DMARC1; p=reject"]] },
};
const connection = {
  remoteIp: "192.0.2.1",
  helo: "mail.waxwing.test",
  mailFrom: "b@waxwing.test",
  mta: "mx.example.test",
};
const now = new Date(Date.now() - 60_000);

const header = [
  "Received: from a by b;\r\n\tThu, 13 Feb 2025 12:00:00 +0000",
  'From: "Shop, the" <shop@waxwing.test>',
  "To: Ann <ann@example.test>,\r\n ben@example.test",
  "Subject:  hello   there\t",
  "Date: Thu, 13 Feb 2025 12:00:00 +0000",
  "Message-ID: <1@waxwing.test>",
  "",
].join("\r\n");
const bodies = ["hello  there \r\n\r\nbye\r\n\r\n", "", "no line end", "\r\n", "a\r\n.\r\n \r\n"];

/** Signed in all the ways that the short way takes. */
async function signedMessages(): Promise<readonly string[]> {
  const messages: string[] = [];
  for (const text of bodies) {
    const body = Buffer.from(text);
    for (const keys of [[rsaKey], [ed25519Key], [rsaKey, ed25519Key]])
      messages.push(`${await signMessage({ header, body, keys, now })}${header}\r\n${text}`);
    const by = { signingDomain: "waxwing.test", selector: "r1", privateKey: rsaPem };
    // Its types want the key here, its code below.
    const { signatures } = await dkimSign(`${header}\r\n${text}`, {
      ...by,
      canonicalization: "relaxed/simple",
      signatureData: [by],
    });
    messages.push(`${signatures}${header}\r\n${text}`);
  }
  return messages;
}

const unfolded = (text: string): string => text.replace(/\r\n[ \t]+/g, " ");

/** What the short way says, null when it leaves the message to mailauth; and that mailauth says the same. */
async function shortWay(raw: Buffer, records: Zone = zone, more: Partial<typeof connection> = {}) {
  const prepared = prepareMessage(raw);
  const message = prepared.kind === "ready" && prepared.chunks.length === 1 ? prepared.chunks[0] : undefined;
  if (message === undefined) return null;
  const resolve = createDnsZone(records);
  const input = { ...connection, ...more };
  const plain = await authenticatePlain(message, { ...input, resolve, keys: createKeyMemory() }).catch(
    () => null,
  );
  if (plain === null) return null;
  const full = await askMailauth(message, { ...input, resolver: resolve });
  const shown = (results: typeof full) => ({ ...results, header: unfolded(results.header) });
  assert.deepEqual(shown(plain), shown(full), raw.toString("latin1"));
  return plain;
}

/** xorshift32: the same mutations every time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const PIECES = [
  " ",
  "\t",
  "\r\n",
  "\r\n ",
  "\r\n\t\r\n",
  ";",
  "=",
  ":",
  "<",
  ">",
  "@",
  ",",
  '"',
  "\\",
  "(",
  "\xff",
  "\0",
  "\n",
  "A",
  "l=1;",
  "; l=2",
  "b=",
  "x=1; ",
  "From: x@evil.test\r\n",
  "ARC-Seal: i=1\r\n",
];

function mutate(message: string, below: (limit: number) => number): string {
  const lines = message.split(/(?<=\r\n)/);
  const at = below(message.length);
  const line = below(lines.length);
  switch (below(6)) {
    case 0:
      return message.slice(0, at) + (PIECES[below(PIECES.length)] ?? "") + message.slice(at);
    case 1:
      return message.slice(0, at) + message.slice(at + 1 + below(3));
    case 2:
      return message.slice(0, at) + String.fromCharCode(below(256)) + message.slice(at + 1);
    case 3:
      return lines.toSpliced(line, 1).join("");
    case 4:
      return lines.toSpliced(line, 0, lines[below(lines.length)] ?? "").join("");
    default: {
      const upper = message[at]?.toUpperCase() ?? "";
      return message.slice(0, at) + upper + message.slice(at + 1);
    }
  }
}

suite("the short way of authentication", { timeout: 60_000 }, async () => {
  const messages = await signedMessages();

  test("it takes mail as most senders sign it", async () => {
    for (const message of messages) {
      const found = await shortWay(Buffer.from(message));
      assert.equal(found?.dmarc.result, "pass", message);
      assert.ok(found.dkim.every(({ result }) => result === "pass"));
    }
  });

  test("it says what mailauth says, or nothing, whatever is changed in a message", async () => {
    const below = random(20_250_213);
    let taken = 0;
    for (let n = 0; n < 4_000; n++) {
      let message = messages[n % messages.length] ?? "";
      for (let changes = 1 + below(3); changes > 0; changes--) message = mutate(message, below);
      if ((await shortWay(Buffer.from(message, "latin1"))) !== null) taken++;
    }
    // Changes of what is not signed leave a good signature.
    assert.ok(taken > 100, `${taken} taken`);
  });

  const message = Buffer.from(messages[0] ?? "");
  const r1 = "r1._domainkey.waxwing.test";
  const record = keyRecords[r1].TXT[0]?.join("") ?? "";
  const short = formatKeyRecord(generateKeyPairSync("rsa", { modulusLength: 768 }).privateKey);
  const left: readonly (readonly [title: string, records: Zone])[] = [
    ["no key", { [r1]: {} }],
    ["two records", { [r1]: { TXT: [[record], [record]] } }],
    ["a revoked key", { [r1]: { TXT: [["v=DKIM1; k=rsa; p="]] } }],
    ["a short key", { [r1]: { TXT: [splitTxtRecord(short)] } }],
    ["bytes that are no key", { [r1]: { TXT: [["v=DKIM1; k=rsa; p=AAAAAAAA"]] } }],
    ["a key in testing", { [r1]: { TXT: [splitTxtRecord(`${record}; t=y`)] } }],
    ["a key for another hash", { [r1]: { TXT: [splitTxtRecord(`${record}; h=sha1`)] } }],
    ["a key for another service", { [r1]: { TXT: [splitTxtRecord(`${record}; s=tlsrpt`)] } }],
    ["another version", { [r1]: { TXT: [splitTxtRecord(record.replace("DKIM1", "DKIM2"))] } }],
    ["the wrong kind of key", { [r1]: { TXT: [splitTxtRecord(record.replace("k=rsa", "k=ed25519"))] } }],
    ["a DNS that fails", { [r1]: { error: "ESERVFAIL" } }],
  ];
  for (const [title, records] of left)
    test(`it leaves ${title} to mailauth`, async () => {
      assert.equal(await shortWay(message, { ...zone, ...records }), null);
    });

  const taken: readonly (readonly [title: string, records: Zone, more?: Partial<typeof connection>])[] = [
    ["no DMARC record", { "_dmarc.waxwing.test": {} }],
    ["a DMARC record that DNS does not give", { "_dmarc.waxwing.test": { error: "ESERVFAIL" } }],
    [
      "strict alignment",
      { "_dmarc.waxwing.test": { TXT: [["v=DMARC1; p=quarantine; adkim=s; aspf=s; sp=none"]] } },
    ],
    ["an SPF that fails", {}, { remoteIp: "203.0.113.9" }],
    ["IPv6", {}, { remoteIp: "2001:db8::1" }],
    ["the null sender", {}, { mailFrom: "" }],
    ["an address for a name", {}, { helo: "192.0.2.1" }],
    ["a sender with odd characters", {}, { mailFrom: '"a b;c"@waxwing.test' }],
    [
      "a sender with a long name",
      {},
      { mailFrom: `${"a".repeat(60)}@${"b".repeat(60)}.${"c".repeat(60)}.test` },
    ],
  ];
  for (const [title, records, more] of taken)
    test(`it agrees with mailauth about ${title}`, async () => {
      assert.notEqual(await shortWay(message, { ...zone, ...records }, more), null);
    });
});
