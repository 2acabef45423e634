/**
 * Generates the next migration from the drizzle tables: `node packages/store/generate.ts [name]`; with `--check` it fails when
 * the tables and the migrations differ. drizzle-kit knows no partitions, so the clause is added to the SQL it writes.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { PARTITIONED_TABLES } from "./src/partitions.ts";

const here = import.meta.dirname;
const migrations = join(here, "../../migrations");
const check = process.argv.includes("--check");
const name = process.argv.slice(2).find((argument) => !argument.startsWith("--")) ?? "change";

const out = check ? mkdtempSync(join(tmpdir(), "waxwing-migrations-")) : migrations;
try {
  if (check) cpSync(migrations, out, { recursive: true });
  const before = new Set(readdirSync(out));
  execFileSync(
    "drizzle-kit",
    [
      "generate",
      "--dialect=postgresql",
      "--schema=./src/schema/index.ts",
      `--out=${relative(here, out)}`,
      `--name=${name}`,
    ],
    { cwd: here, stdio: ["ignore", "ignore", "inherit"] },
  );
  const written = readdirSync(out).filter((file) => !before.has(file) && file.endsWith(".sql"));
  if (check && written.length > 0) {
    console.error("The tables in packages/store/src/schema have no migration yet: run `npm run generate`.");
    process.exitCode = 1;
  }
  if (!check) {
    for (const file of written) {
      writeFileSync(join(out, file), addPartitioning(readFileSync(join(out, file), "utf8")));
      console.log(`migrations/${file}`);
    }
  }
} finally {
  if (check) rmSync(out, { recursive: true });
}

/** Adds `PARTITION BY RANGE` to the tables of PARTITIONED_TABLES. */
function addPartitioning(sql: string): string {
  return sql.replace(/CREATE TABLE "(\w+)" \([\s\S]*?\n\);/g, (statement, table: string) => {
    const partitioning = Object.entries(PARTITIONED_TABLES).find(
      ([partitioned]) => partitioned === table,
    )?.[1];
    return partitioning
      ? statement.replace(/\n\);$/, `\n) PARTITION BY RANGE ("${partitioning.key}");`)
      : statement;
  });
}
