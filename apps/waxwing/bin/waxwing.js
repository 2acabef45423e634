#!/usr/bin/env -S node --max-semi-space-size=16
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Not TypeScript, because the first file is loaded before there is a cache: Node would load its compiler, 12 MB, for these few lines.
//
// The young generation: by itself Node lets it grow to 64 MiB, of which there are two, on a machine with much memory. It does so while
// everything is loaded and keeps them. 16 MiB make no message dearer (docs/performance.md).

// Loading is most of what a command does: compiled modules are kept where tools keep such things. Where that may not be written to,
// they are compiled each time.
enableCompileCache(join(import.meta.dirname, "../../../node_modules/.cache/waxwing"));

await import("../src/main.ts");
