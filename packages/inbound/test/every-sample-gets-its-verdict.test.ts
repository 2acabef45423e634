import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { HELD_OUT, withTables } from "./corpus/confusion.ts";
import { judgeSample } from "./corpus/judge-sample.ts";
import { CORPUS } from "./corpus/sample.ts";

/** Held-out samples judged right in all they expect; see docs/classification.md for what this says. */
const HELD_OUT_RIGHT = 36;

suite("every sample gets its verdict", { timeout: 60_000 }, () => {
  for (const sample of CORPUS) {
    test(`${sample.family}: ${sample.name}`, () => {
      assert.deepEqual(judgeSample(sample).differences, []);
    });
  }

  test("the samples are many, and none is there twice", () => {
    assert.ok(CORPUS.length >= 200, String(CORPUS.length));
    assert.equal(new Set(CORPUS.map(({ family, name }) => `${family}/${name}`)).size, CORPUS.length);
    assert.equal(new Set(CORPUS.map(({ raw }) => raw.toString("latin1"))).size, CORPUS.length);
  });

  test("formats that no rule was written for are mostly judged right", () => {
    const right = HELD_OUT.filter((sample) => judgeSample(sample).differences.length === 0);
    assert.ok(right.length >= HELD_OUT_RIGHT, `${right.length}`);
  });

  test("the tables of the documentation say what is so", async () => {
    const document = await readFile(new URL("../../../docs/classification.md", import.meta.url), "utf8");
    assert.equal(document, withTables(document), "run node packages/inbound/generate.ts");
  });
});
