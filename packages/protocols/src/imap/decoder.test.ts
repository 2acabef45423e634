import assert from "node:assert/strict";
import { test } from "node:test";
import { createDecoder, type Decoder, type Segment } from "./decoder.ts";
import { ImapRefusal } from "./imap-error.ts";

const BOUNDS = { maxNesting: 3, maxListItems: 5, maxLiteralBytes: 10 };

function decode(...pieces: (string | Buffer)[]): Decoder {
  const segments = pieces.map(
    (piece): Segment =>
      typeof piece === "string"
        ? { kind: "text", text: piece }
        : { kind: "literal", bytes: piece, binary: false },
  );
  return createDecoder(segments, BOUNDS);
}

test("the three forms of a string", () => {
  assert.equal(decode("abc]").astring(), "abc]");
  assert.equal(decode('"a \\"b\\" \\\\c"').astring(), 'a "b" \\c');
  const args = decode("x ", Buffer.from("li\r\nt"), " y");
  assert.equal(args.astring(), "x");
  args.sp();
  assert.equal(args.astring(), "li\r\nt");
  args.sp();
  assert.equal(args.astring(), "y");
  args.end();
});

test("lists, nested and empty", () => {
  const seen: string[] = [];
  const args = decode("(a (b c) ())");
  const item = () => {
    if (args.peek() === "(") args.list(item);
    else seen.push(args.atom());
  };
  args.list(item);
  args.end();
  assert.deepEqual(seen, ["a", "b", "c"]);
});

test("flags are spelled our way, and \\Recent is left out", () => {
  assert.deepEqual(decode("(\\seen \\RECENT $Own)").flagList(), ["\\Seen", "$Own"]);
});

const WRONG: readonly (readonly [name: string, run: () => unknown])[] = [
  ["an empty atom", () => decode("").atom()],
  ["an open string", () => decode('"abc').astring()],
  ["an escape of nothing special", () => decode('"a\\b"').astring()],
  ["a literal that is too long", () => decode("", Buffer.alloc(11), "").astring()],
  [
    "too many items",
    () => {
      const args = decode("(a b c d e f)");
      args.list(() => args.atom());
    },
  ],
  [
    "too deep",
    () => {
      const args = decode("((((");
      const item = () => args.list(item);
      args.list(item);
    },
  ],
  [
    "an open list",
    () => {
      const args = decode("(a");
      args.list(() => args.atom());
    },
  ],
  [
    "two spaces",
    () => {
      const args = decode("a  b");
      args.atom();
      args.sp();
      args.atom();
    },
  ],
  ["a number that is none", () => decode("x").number()],
  ["a number beyond 32 bits", () => decode("4294967296").number()],
  ["more after the end", () => decode("a").end()],
  ["a folder name with a control character", () => decode("", Buffer.from("a\x01"), "").mailbox(false)],
];
for (const [name, run] of WRONG) {
  test(`${name} is refused`, () => assert.throws(run, ImapRefusal));
}
