#!/usr/bin/env node
import { formatProblems, readConfig } from "@waxwing/runtime";
import { migrateDatabase } from "@waxwing/store";
import { ROLES, type Role } from "./roles.ts";
import { EXIT_CONFIG, start } from "./start.ts";

const USAGE = `Usage: waxwing <command>

  start               run the whole platform in this process
  start <role>        run one role: ${Object.keys(ROLES).join(", ")}
                      (needs DATABASE_URL, and the same WAXWING_SECRET_KEY in all)
  migrate             bring the database at DATABASE_URL to the current schema
  help                show this

Configuration is by environment variables: docs/configuration.md.
`;

/** sysexits.h: EX_USAGE. */
const EXIT_USAGE = 64;

const isRole = (text: string): text is Role => Object.hasOwn(ROLES, text);

async function migrate(): Promise<number> {
  const reading = readConfig(process.env);
  if (reading.kind === "invalid" || reading.config.databaseUrl === null) {
    const problem =
      reading.kind === "invalid"
        ? formatProblems(reading.problems)
        : "waxwing migrate needs DATABASE_URL; `waxwing start` migrates its embedded database by itself.";
    process.stderr.write(`${problem}\n`);
    return EXIT_CONFIG;
  }
  try {
    await migrateDatabase(reading.config.databaseUrl);
  } catch (error) {
    process.stderr.write(`waxwing: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  process.stdout.write("The database is up to date.\n");
  return 0;
}

async function run(argv: readonly string[]): Promise<number | null> {
  const [command = "help", argument, ...rest] = argv;
  if (rest.length === 0) {
    if (command === "start" && argument === undefined) return await start(null, process.env);
    if (command === "start" && argument !== undefined && isRole(argument))
      return await start(argument, process.env);
    if (command === "migrate" && argument === undefined) return await migrate();
    if (["help", "--help", "-h"].includes(command)) {
      process.stdout.write(USAGE);
      return 0;
    }
  }
  process.stderr.write(`waxwing: unknown command: ${argv.join(" ")}\n\n${USAGE}`);
  return EXIT_USAGE;
}

const exitCode = await run(process.argv.slice(2));
if (exitCode !== null) process.exitCode = exitCode;
