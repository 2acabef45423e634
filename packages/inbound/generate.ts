import { readFile, writeFile } from "node:fs/promises";
import { withTables } from "./test/corpus/confusion.ts";

// Writes the tables of docs/classification.md; with --check, says whether they are up to date instead.
const target = new URL("../../docs/classification.md", import.meta.url);
const written = await readFile(target, "utf8");
const fresh = withTables(written);

if (!process.argv.includes("--check")) {
  await writeFile(target, fresh);
} else if (written !== fresh) {
  process.stderr.write("docs/classification.md is out of date: run node packages/inbound/generate.ts\n");
  process.exitCode = 1;
}
