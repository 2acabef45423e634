import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The arguments with which Node runs Waxwing as its users do: the flags that the first line of the program has, and the program. */
export function waxwingProgram(): readonly string[] {
  const path = join(import.meta.dirname, "../apps/waxwing/bin/waxwing.js");
  const [firstLine = ""] = readFileSync(path, "utf8").split("\n", 1);
  return [...firstLine.split(" ").filter((word) => word.startsWith("--")), path];
}
