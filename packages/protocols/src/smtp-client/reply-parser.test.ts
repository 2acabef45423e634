import assert from "node:assert/strict";
import { test } from "node:test";
import { readReply } from "./reply.ts";
import { createReplyParser } from "./reply-parser.ts";

/** What comes of `octets` when they arrive `step` at a time. */
function parse(octets: string, step: number): readonly string[] {
  const heard: string[] = [];
  const parser = createReplyParser(
    (code, reply) => {
      const { enhanced, text } = readReply({ kind: "reply", code, octets: Buffer.from(reply), atMs: 0 });
      heard.push(`${code}|${enhanced ?? ""}|${text}`);
    },
    (what) => heard.push(`nonsense: ${what}`),
  );
  const all = Buffer.from(octets);
  for (let at = 0; at < all.length; at += step) parser.push(all.subarray(at, at + step));
  return heard;
}

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["one line", "250 2.1.0 Ok\r\n", ["250|2.1.0|Ok"]],
  ["several replies", "250 Ok\r\n354 Go\r\n", ["250||Ok", "354||Go"]],
  ["several lines", "550-5.1.1 No\r\n550-5.1.1 such\r\n550 5.1.1 user\r\n", ["550|5.1.1|No\nsuch\nuser"]],
  ["a code alone", "250\r\n", ["250||"]],
  ["an enhanced code alone", "250 2.0.0\r\n", ["250|2.0.0|"]],
  ["bare LF", "250-a\n250 b\n", ["250||a\nb"]],
  ["codes that differ: the last counts", "250-a\r\n550 b\r\n", ["550||a\nb"]],
  ["an enhanced code of another class is text", "550 2.1.0 Ok?\r\n", ["550||2.1.0 Ok?"]],
  ["a version number is no enhanced code", "550 5.1.1.4 x\r\n", ["550||5.1.1.4 x"]],
  ["UTF-8", "550 5.1.1 Köln\r\n", ["550|5.1.1|Köln"]],
  ["control characters", "550 a\0b\x07c\r\n", ["550||a?b?c"]],
  ["HTTP", "HTTP/1.1 200 OK\r\n250 Ok\r\n", ['nonsense: no reply code in "HTTP/1.1 200 OK?"']],
  ["an empty line", "\r\n", ['nonsense: no reply code in "?"']],
  ["a code of four digits", "2500 Ok\r\n", ['nonsense: no reply code in "2500 Ok?"']],
  ["a code that cannot be", "150 Ok\r\n", ['nonsense: no reply code in "150 Ok?"']],
  ["a line too long", `250 ${"x".repeat(3_000)}`, ["nonsense: a reply line without end"]],
  ["too many lines", "250-x\r\n".repeat(101), ["nonsense: a reply of too many lines"]],
  ["too many octets", `250-${"x".repeat(1_500)}\r\n`.repeat(50), ["nonsense: a reply without end"]],
];

for (const [name, octets, expected] of cases) {
  test(`replies: ${name}`, () => {
    for (const step of [1, 2, 7, 1_000_000]) assert.deepEqual(parse(octets, step), expected, `step ${step}`);
  });
}
