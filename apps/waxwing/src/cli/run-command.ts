import { parseArgs } from "node:util";
import { EXIT_USAGE } from "../exit-codes.ts";
import { type Command, CommandError, UsageError } from "./command.ts";

/** The commands that work beside a running platform. Each is loaded when it is asked for. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  classify: async () => (await import("./classify.ts")).classify,
  demo: async () => (await import("./demo.ts")).demo,
  doctor: async () => (await import("./doctor.ts")).doctor,
  domain: async () => (await import("./domain.ts")).domain,
  explain: async () => (await import("./explain.ts")).explain,
  key: async () => (await import("./key.ts")).key,
  message: async () => (await import("./message.ts")).message,
  queue: async () => (await import("./queue.ts")).queue,
  send: async () => (await import("./send.ts")).send,
};

export const isCommand = (name: string): boolean => Object.hasOwn(COMMANDS, name);

/** One line for each command. */
export async function commandSummaries(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(18)}  ${(await load()).summary}`),
  );
  return lines.join("\n");
}

/** Runs a command with what stands behind its name, and returns the exit code. */
export async function runCommand(
  name: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const load = COMMANDS[name];
  if (load === undefined) throw new Error(`${name} is no command`);
  const command = await load();
  const help = `Usage: waxwing ${command.usage}\n\n${command.help.replace(/^\n/, "").trimEnd()}\n`;
  try {
    const { values, positionals } = readArguments(command, argv);
    if (values.help === true) {
      process.stdout.write(help);
      return 0;
    }
    return await command.run({
      words: positionals,
      text: (option) => {
        const value = values[option];
        return typeof value === "string" ? value : undefined;
      },
      has: (option) => values[option] === true,
      env,
      show: (result, text) => {
        process.stdout.write(values.json === true ? `${JSON.stringify(result, null, 2)}\n` : `${text}\n`);
      },
    });
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`waxwing ${name}: ${error.message}\n\n${help}`);
      return EXIT_USAGE;
    }
    process.stderr.write(`waxwing ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

function readArguments(
  command: Command,
  argv: readonly string[],
): {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
} {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        ...command.options,
        help: { type: "boolean", short: "h" },
        json: { type: "boolean" },
        project: { type: "string" },
      },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
