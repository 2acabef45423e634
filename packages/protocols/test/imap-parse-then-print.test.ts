import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDecoder, type Decoder, type Segment } from "../src/imap/decoder.ts";
import { encodeLiteral, encodeString } from "../src/imap/encoder.ts";
import { parseFetchItems } from "../src/imap/fetch-items.ts";
import { readFolderName, writeFolderName } from "../src/imap/folder-name.ts";
import { formatDateTime, parseDateTime } from "../src/imap/imap-date.ts";
import { ImapRefusal } from "../src/imap/imap-error.ts";
import type { ImapIo, SelectedFolder } from "../src/imap/imap-session.ts";
import { parseSearchKeys } from "../src/imap/search-parse.ts";
import type { SearchKey } from "../src/imap/search-program.ts";
import { createSequenceMap } from "../src/imap/sequence-map.ts";
import {
  formatRanges,
  intersectRanges,
  mergeRanges,
  missingRanges,
  parseSequenceSet,
  resolveRanges,
  toRanges,
} from "../src/imap/sequence-set.ts";
import { IMAP_LIMITS, systemClock } from "../src/index.ts";
import { createRandom, type Random } from "./random.ts";

const ROUNDS = 2_000;

/** Runs `check` with values that a seed makes; the seed of the one that fails is in the message. */
function property(name: string, check: (random: Random) => void): void {
  test(name, { timeout: 20_000 }, () => {
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      try {
        check(createRandom(seed));
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
  });
}

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;
const textOf = (random: Random, alphabet: string, most: number): string =>
  Array.from({ length: random(most + 1) }, () => pick(random, [...alphabet])).join("");

/** What the wire reader makes of octets: text up to each literal, and the literals. */
function segmentsOf(bytes: Buffer): Segment[] {
  const segments: Segment[] = [];
  let rest = bytes.toString("latin1");
  for (;;) {
    const literal = /(~?)\{(\d+)\+?\}\r\n/.exec(rest);
    if (literal === null) return [...segments, { kind: "text", text: rest }];
    segments.push({ kind: "text", text: rest.slice(0, literal.index) });
    const start = literal.index + literal[0].length;
    const end = start + Number(literal[2]);
    const octets = Buffer.from(rest.slice(start, end), "latin1");
    segments.push({ kind: "literal", bytes: octets, binary: literal[1] === "~" });
    rest = rest.slice(end);
  }
}

const decode = (bytes: string | Buffer): Decoder =>
  createDecoder(segmentsOf(Buffer.from(bytes)), IMAP_LIMITS);

describe("what is printed is read as it was", () => {
  property("strings", (random) => {
    const value = textOf(random, 'aZ09 "\\(){%*]\r\n\t\u007fäß€😀', 40);
    const args = decode(Buffer.from(encodeString(value)));
    assert.equal(args.astring(), value);
    args.end();
  });

  property("octets in literals", (random) => {
    const octets = Buffer.from(Array.from({ length: random(60) }, () => random(256)));
    const args = decode(encodeLiteral(octets, true));
    assert.deepEqual(args.value(), octets);
    args.end();
  });

  property("folder names, in UTF-8 and in modified UTF-7", (random) => {
    const name = textOf(random, "aZ&-+/. ,ä€😀~", 20).normalize("NFC");
    if (/^inbox/i.test(name)) return;
    for (const utf8 of [true, false]) assert.equal(readFolderName(writeFolderName(name, utf8), utf8), name);
  });

  property("moments", (random) => {
    const date = new Date((random(2_000_000_000) * 2 + random(2)) * 1_000);
    assert.deepEqual(parseDateTime(formatDateTime(date).slice(1, -1)), date);
  });

  property("sets of numbers", (random) => {
    const numbers = [...new Set(Array.from({ length: random(30) + 1 }, () => random(60) + 1))].sort(
      (a, b) => a - b,
    );
    const ranges = toRanges(numbers);
    const read = parseSequenceSet(formatRanges(ranges), 100);
    assert.ok(read?.kind === "ranges");
    assert.deepEqual(mergeRanges(resolveRanges(read.ranges, 60)), ranges);
    const map = createSequenceMap(Uint32Array.from(numbers));
    assert.deepEqual(map.uidsInRanges([{ first: 1, last: 60 }]), numbers);
    const missing = missingRanges(numbers, 60);
    assert.deepEqual(intersectRanges(ranges, missing), []);
    assert.deepEqual(mergeRanges([...ranges, ...missing]), [{ first: 1, last: 60 }]);
    const gone = new Set(numbers.filter(() => random(2) === 0));
    map.remove(gone);
    assert.deepEqual(
      map.uids(),
      numbers.filter((uid) => !gone.has(uid)),
    );
  });

  property("search programs", (random) => {
    const folder = { map: createSequenceMap(Uint32Array.of(3, 5, 9)), saved: [] };
    const io = { limits: IMAP_LIMITS, enabled: new Set(), clock: systemClock };
    const key = randomKey(random, 4);
    const args = decode(printKey(key));
    const read = parseSearchKeys(
      io as unknown as ImapIo,
      args,
      folder as unknown as SelectedFolder,
      "optional",
    );
    assert.deepEqual(read.key, key);
  });

  property("fetch items", (random) => {
    const path = Array.from({ length: random(3) }, () => random(9) + 1).join(".");
    const dot = path === "" ? "" : ".";
    const section = pick(random, [
      path,
      `${path}${dot}HEADER`,
      `${path}${dot}TEXT`,
      ...(path === "" ? [] : [`${path}.MIME`]),
      `${path}${dot}HEADER.FIELDS (Subject X-A)`,
      `${path}${dot}HEADER.FIELDS.NOT ("a b")`.replace('"a b"', "From"),
    ]);
    const offset = random(1_000);
    const partial = random(2) === 0 ? "" : `<${offset}>`;
    const asked = pick(random, [`BODY[${section}]`, `BINARY[${path}]`]) + partial;
    const [item] = parseFetchItems(decode(asked.replace(/>$/, `.${random(50) + 1}>`)));
    assert.ok(item !== undefined && "label" in item);
    assert.equal(item.label, asked);
  });
});

describe("whatever comes is read or refused", () => {
  const parsers: readonly ((args: Decoder) => unknown)[] = [
    (args) => args.astring(),
    (args) => args.mailbox(false),
    (args) => args.sequenceSet(),
    (args) => args.flagList(),
    (args) => args.dateTime(),
    (args) => args.value(),
    (args) => parseFetchItems(args),
    (args) =>
      parseSearchKeys(
        { limits: IMAP_LIMITS, enabled: new Set(), clock: systemClock } as unknown as ImapIo,
        args,
        { map: createSequenceMap(Uint32Array.of(3, 5, 9)), saved: [] } as unknown as SelectedFolder,
        "optional",
      ),
  ];
  property("random octets", (random) => {
    const words = [
      "BODY[",
      "NOT ",
      "OR ",
      "(",
      ")",
      '"',
      "\\",
      "{3+}\r\nabc",
      "$",
      "1:*",
      ",",
      "<0.1>",
      "HEADER ",
      "é",
      "\0",
    ];
    const input = Array.from({ length: random(40) }, () => pick(random, words)).join("");
    for (const parse of parsers) {
      try {
        parse(decode(Buffer.from(input, "latin1")));
      } catch (error) {
        if (!(error instanceof ImapRefusal)) throw error;
      }
    }
  });
});

/** A key in the form the parser gives: an `and` has two or more parts. */
function randomKey(random: Random, depth: number): SearchKey {
  const value = textOf(random, 'ab "\\äé', 8) || "x";
  const date = `20${10 + random(80)}-0${1 + random(9)}-1${random(10)}`;
  const is = pick(random, ["before", "on", "since"] as const);
  const leaves: readonly SearchKey[] = [
    { kind: "all" },
    { kind: "flag", flag: pick(random, ["\\Seen", "\\Draft", "$Label"]) },
    { kind: "header", name: pick(random, ["subject", "x-y", "from"]), value },
    { kind: "body", value },
    { kind: "text", value },
    { kind: "internal-date", is, date },
    { kind: "sent-date", is, date },
    { kind: "save-date", is, date },
    { kind: "larger", sizeBytes: random(1_000_000) },
    { kind: "smaller", sizeBytes: random(1_000_000) },
    { kind: "modseq", atLeast: random(1_000_000) },
    { kind: "email-id", id: "abc-1" },
    { kind: "thread-id", id: "abc_1" },
    { kind: "uids", ranges: [{ first: 2, last: 7 + random(100) }] },
  ];
  if (depth === 0 || random(3) === 0) return pick(random, leaves);
  const inner = () => randomKey(random, depth - 1);
  switch (random(3)) {
    case 0:
      return { kind: "not", key: inner() };
    case 1:
      return { kind: "or", left: inner(), right: inner() };
    default:
      return { kind: "and", keys: [inner(), inner(), ...(random(2) === 0 ? [inner()] : [])] };
  }
}

function printKey(key: SearchKey): string {
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const day = (iso: string) => `${iso.slice(8)}-${MONTHS[Number(iso.slice(5, 7)) - 1]}-${iso.slice(0, 4)}`;
  const text = (value: string) => String(encodeString(value));
  switch (key.kind) {
    case "all":
      return "ALL";
    case "flag":
      return key.flag.startsWith("\\") ? key.flag.slice(1).toUpperCase() : `KEYWORD ${key.flag}`;
    case "header":
      return `HEADER ${key.name} ${text(key.value)}`;
    case "body":
    case "text":
      return `${key.kind.toUpperCase()} ${text(key.value)}`;
    case "internal-date":
      return `${key.is.toUpperCase()} ${day(key.date)}`;
    case "sent-date":
      return `SENT${key.is.toUpperCase()} ${day(key.date)}`;
    case "save-date":
      return `SAVED${key.is.toUpperCase()} "${day(key.date)}"`;
    case "larger":
    case "smaller":
      return `${key.kind.toUpperCase()} ${key.sizeBytes}`;
    case "modseq":
      return `MODSEQ ${key.atLeast}`;
    case "email-id":
      return `EMAILID ${key.id}`;
    case "thread-id":
      return `THREADID ${key.id}`;
    case "uids":
      return `UID ${formatRanges(key.ranges)}`;
    case "not":
      return `NOT ${printKey(key.key)}`;
    case "or":
      return `OR ${printKey(key.left)} ${printKey(key.right)}`;
    case "and":
      return `(${key.keys.map(printKey).join(" ")})`;
    default:
      throw new Error(`not printed: ${key.kind}`);
  }
}
