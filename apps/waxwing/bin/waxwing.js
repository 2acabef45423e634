import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Not TypeScript, because this is loaded before there is a cache: Node would load its compiler, 12 MB, for these few lines.

// Loading is most of what a command does: compiled modules are kept where tools keep such things. Where that may not be written to,
// they are compiled each time.
enableCompileCache(join(import.meta.dirname, "../../../node_modules/.cache/waxwing"));

await import("../src/main.ts");
