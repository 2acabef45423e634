import { readFile, writeFile } from "node:fs/promises";
import { renderConfigReference } from "./src/index.ts";

// Writes docs/configuration.md; with --check, says whether it is up to date instead.
const target = new URL("../../docs/configuration.md", import.meta.url);
const fresh = renderConfigReference();

if (!process.argv.includes("--check")) {
  await writeFile(target, fresh);
} else if ((await readFile(target, "utf8").catch(() => "")) !== fresh) {
  process.stderr.write("docs/configuration.md is out of date: run node packages/runtime/generate.ts\n");
  process.exitCode = 1;
}
