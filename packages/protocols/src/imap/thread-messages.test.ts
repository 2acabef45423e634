import assert from "node:assert/strict";
import { test } from "node:test";
import type { ThreadedMessage } from "./thread-messages.ts";
import { threadByReferences } from "./thread-references.ts";
import type { ThreadNode } from "./thread-tree.ts";

/** A message `uid` of that day with the id `<uid>`. */
const message = (
  uid: number,
  references: readonly (number | string)[],
  subject = `s${uid}`,
): ThreadedMessage => ({
  uid,
  sentMs: uid,
  subject: { base: subject.replace(/^re: /, ""), isReply: subject.startsWith("re: ") },
  messageId: String(uid),
  references: references.map(String),
});

/** `1(2 3(4))`: a message, and its answers in parentheses. */
function shown(nodes: readonly ThreadNode[]): string {
  return nodes
    .map(({ uid, children }) => `${uid ?? "-"}${children.length > 0 ? `(${shown(children)})` : ""}`)
    .join(" ");
}

const CASES: readonly (readonly [name: string, messages: readonly ThreadedMessage[], threads: string])[] = [
  ["nothing", [], ""],
  ["an answer to an answer", [message(1, []), message(2, [1]), message(3, [1, 2])], "1(2(3))"],
  ["two answers", [message(1, []), message(2, [1]), message(3, [1])], "1(2 3)"],
  ["a missing message in between", [message(1, []), message(3, [1, 2])], "1(3)"],
  ["a missing first message", [message(2, [1]), message(3, [1])], "-(2 3)"],
  ["a missing first message of one answer", [message(2, [1])], "2"],
  ["a message that refers to itself", [message(1, [1])], "1"],
  ["two that refer to each other", [message(1, [2]), message(2, [1])], "2(1)"],
  ["references in a ring", [message(1, [3, 2]), message(2, [1, 3]), message(3, [2, 1])], "3(2(1))"],
  ["an answer that came before its question", [message(1, [2]), message(2, [])], "2(1)"],
  ["one subject, an original and an answer", [message(1, [], "x"), message(2, [], "re: x")], "1(2)"],
  ["one subject, two originals", [message(1, [], "x"), message(2, [], "x")], "-(1 2)"],
  ["one subject, two answers", [message(1, [], "re: x"), message(2, [], "re: x")], "-(1 2)"],
  ["no subject gathers nothing", [message(1, [], ""), message(2, [], "")], "1 2"],
];
for (const [name, messages, threads] of CASES) {
  test(`REFERENCES: ${name}`, () => assert.equal(shown(threadByReferences(messages)), threads));
}

test("three of one subject: an answer first, then two that are none", () => {
  const three = [message(1, [], "re: x"), message(2, [], "x"), message(3, [], "x")];
  assert.equal(shown(threadByReferences(three)), "-(2(1) 3)");
});

test("two messages with one id stay two", () => {
  const twice = [message(1, []), { ...message(2, []), messageId: "1" }, message(3, [1])];
  assert.equal(shown(threadByReferences(twice)), "1(3) 2");
});

test("chains as long as a folder, whichever way they are linked", { timeout: 20_000 }, () => {
  const count = 20_000;
  const forwards = Array.from({ length: count }, (_, n) => message(n + 1, n === 0 ? [] : [n], "x"));
  const backwards = Array.from({ length: count }, (_, n) => message(n + 1, [n + 2], "x"));
  const star = Array.from({ length: count }, (_, n) => message(n + 1, ["root"], "x"));
  for (const messages of [forwards, backwards, star]) {
    let seen = 0;
    const open = [...threadByReferences(messages)];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.uid !== null) seen += 1;
      open.push(...node.children);
    }
    assert.equal(seen, count);
  }
});
