import { formatProblems, readConfig } from "@waxwing/runtime";
import { commandSummaries, isCommand, runCommand } from "./cli/run-command.ts";
import { EXIT_CONFIG, EXIT_USAGE } from "./exit-codes.ts";
import { ROLES, type Role } from "./roles.ts";

const USAGE = (commands: string): string => `Usage: waxwing <command>

  start               run the whole platform in this process
  start <role>        run one role: ${Object.keys(ROLES).join(", ")}
                      (needs DATABASE_URL, and the same WAXWING_SECRET_KEY in all)
  migrate             bring the database at DATABASE_URL to the current schema
${commands}
  help [command]      show this, or what a command takes

The commands from demo on work beside a running platform, on its database: DATABASE_URL, or the embedded one of the data
directory. They take --json for programs. All commands take --help.
Exit codes: 0 done, 1 not done, 64 not understood, 78 not configured.

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

/** Does what the words after `waxwing` say. Returns an exit code; null: the platform runs, or has ended in its own way. */
export async function runCommandLine(argv: readonly string[]): Promise<number | null> {
  const [command = "help", argument, ...rest] = argv;
  if (isCommand(command)) return await finish(await runCommand(command, argv.slice(1), process.env));
  if (command === "help" && argument !== undefined && isCommand(argument))
    return await runCommand(argument, ["--help"], process.env);
  if (rest.length === 0) {
    if (command === "start" && (argument === undefined || isRole(argument))) {
      // Loaded here, so that a mistyped command is told so at once.
      const { start } = await import("./start.ts");
      return await start(argument ?? null, process.env);
    }
    if (command === "migrate" && argument === undefined) return await migrate();
    if (["help", "--help", "-h"].includes(command)) {
      process.stdout.write(USAGE(await commandSummaries()));
      return 0;
    }
  }
  process.stderr.write(`waxwing: unknown command: ${argv.join(" ")}\n\n${USAGE(await commandSummaries())}`);
  return EXIT_USAGE;
}

/** A queue that does not answer is tried for ever in the background, which no command waits for. */
async function finish(code: number): Promise<never> {
  await new Promise((resolve) => process.stdout.write("", resolve));
  process.exit(code);
}
