import assert from "node:assert/strict";
import { test } from "node:test";
import { baseSubject } from "./base-subject.ts";

const CASES: readonly (readonly [subject: string | null, base: string, isReply: boolean])[] = [
  ["Hello", "hello", false],
  ["Re: Hello", "hello", true],
  ["RE : Fwd:  FW: hello   world", "hello world", true],
  ["Re[2]: hello", "hello", true],
  ["[list] Re: [list] hello", "hello", true],
  ["[list] hello", "hello", false],
  ["[only a blob]", "[only a blob]", false],
  ["hello (fwd)", "hello", true],
  ["[Fwd: Re: hello]", "hello", true],
  ["Regarding: hello", "regarding: hello", false],
  ["=?utf-8?Q?Re=3A_Gr=C3=BC=C3=9Fe?=", "grüße", true],
  ["", "", false],
  [null, "", false],
  ["Re:", "", true],
  ["hello\r\n there", "hello there", false],
];
for (const [subject, base, isReply] of CASES) {
  test(`the base of ${JSON.stringify(subject)}`, () => {
    assert.deepEqual(baseSubject(subject), { base: base.normalize("NFKD").toUpperCase(), isReply });
  });
}

test("a subject of a megabyte costs next to nothing", { timeout: 5_000 }, () => {
  for (const piece of ["re:", "[a]", "[fwd:", "(fwd)", "[", "re[", " "]) baseSubject(piece.repeat(350_000));
});
