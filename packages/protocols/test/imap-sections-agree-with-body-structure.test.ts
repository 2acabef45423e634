import assert from "node:assert/strict";
import { test } from "node:test";
import { type MimePart, parseMimeParts } from "@waxwing/message";
import { type MimeEntity, scanMime } from "../src/imap/mime-scan.ts";
import { NESTED, PLAIN } from "./door-fixture.ts";

const crlf = (text: string) => Buffer.from(text.replaceAll("\n", "\r\n"), "latin1");

function outline(part: MimePart | MimeEntity): unknown {
  const { type, subtype, encoding, headerStart, bodyStart, bodyEnd } = part;
  const inside = part.message ?? null;
  return {
    type,
    subtype,
    encoding,
    offsets: [headerStart, bodyStart, bodyEnd],
    parts: part.parts.map(outline),
    message: inside === null ? null : outline(inside),
  };
}

const MESSAGES: Readonly<Record<string, Buffer>> = {
  plain: crlf(PLAIN),
  nested: crlf(NESTED),
  "bare line feeds": Buffer.from(NESTED),
  empty: Buffer.alloc(0),
  "header only": crlf("Subject: x\n"),
  "no header": crlf("\nbody\n"),
  "no closing boundary": crlf("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n"),
  "no boundary at all": crlf("Content-Type: multipart/mixed\n\n--b\n\none\n"),
  "boundary never met": crlf("Content-Type: multipart/mixed; boundary=b\n\nnothing\n"),
  "outer boundary ends the inner": crlf(
    'Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary="i"\n\n--i\n\none\n--o\n\ntwo\n--o--\nepilogue\n',
  ),
  "same boundary twice": crlf(
    "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\none\n--o--\n--o--\n",
  ),
  "boundary inside the header": crlf(
    "Content-Type: multipart/mixed; boundary=o\n\n--o\nX: y\n--o\n\ntwo\n--o--\n",
  ),
  "boundary that is a prefix": crlf(
    "Content-Type: multipart/mixed; boundary=o\n\n--o\n\n--ox\n--o--x\n--o  \n\n--o--\n",
  ),
  digest: crlf("Content-Type: multipart/digest; boundary=o\n\n--o\n\nSubject: inner\n\nx\n--o--\n"),
  "message in base64": crlf(
    "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdA==\n",
  ),
  "message at the top": crlf(
    "Content-Type: message/rfc822\n\nSubject: inner\nContent-Type: text/html\n\nx\n",
  ),
  "quoted boundary in another parameter": crlf(
    'Content-Type: multipart/mixed; name="; boundary=x"; boundary="real"\n\n--x\n\n--real\n\none\n--real--\n',
  ),
  "200 levels": crlf(
    `${Array.from(
      { length: 200 },
      (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`,
    ).join("")}\nx\n`,
  ),
  "1,500 parts": crlf(`Content-Type: multipart/mixed; boundary=b\n\n${"--b\n\nx\n".repeat(1_500)}--b--\n`),
};

for (const [name, raw] of Object.entries(MESSAGES)) {
  test(`part numbers mean the same: ${name}`, () => {
    assert.deepEqual(outline(scanMime(raw)), outline(parseMimeParts(raw)));
  });
}
