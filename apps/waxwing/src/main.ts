#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Loading is most of what a command does: compiled modules are kept where tools keep such things. Where that may not be written to,
// they are compiled each time.
enableCompileCache(join(import.meta.dirname, "../../../node_modules/.cache/waxwing"));

const { runCommandLine } = await import("./command-line.ts");
const exitCode = await runCommandLine(process.argv.slice(2));
if (exitCode !== null) process.exitCode = exitCode;
