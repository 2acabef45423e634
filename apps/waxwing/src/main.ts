#!/usr/bin/env node
import { formatProblems, readConfig } from "@waxwing/runtime";
import { EXIT_CONFIG, EXIT_USAGE } from "./exit-codes.ts";
import { ROLES, type Role } from "./roles.ts";

const USAGE = `Usage: waxwing <command>

  start               run the whole platform in this process
  start <role>        run one role: ${Object.keys(ROLES).join(", ")}
                      (needs DATABASE_URL, and the same WAXWING_SECRET_KEY in all)
  migrate             bring the database at DATABASE_URL to the current schema
  help                show this

Configuration is by environment variables: docs/configuration.md.
`;

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
    const { migrateDatabase } = await import("@waxwing/store");
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
    if (command === "start" && (argument === undefined || isRole(argument))) {
      // Loaded here, so that a mistyped command is told so at once.
      const { start } = await import("./start.ts");
      return await start(argument ?? null, process.env);
    }
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
