import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

test("RFC.md lists every RFC the code names", () => {
  const table = readFileSync(new URL("../RFC.md", import.meta.url), "utf8");
  const listed = new Set(
    [...table.matchAll(/^\| ([\d, ]+?) +\|/gm)].flatMap((match) => (match[1] ?? "").split(", ")),
  );
  const source = new URL("../src/", import.meta.url);
  const missing = new Set<string>();
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const code = readFileSync(new URL(file, source), "utf8");
    for (const [, number = ""] of code.matchAll(/RFC (\d{3,5})/g)) {
      if (!listed.has(number)) missing.add(`RFC ${number} in ${file}`);
    }
  }
  assert.deepEqual([...missing], []);
});
