import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

test("openapi/openapi.json and docs/errors.md say what the code says", async () => {
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, "../generate.ts"), "--check"]);
});
