import type { ParseArgsOptionsConfig } from "node:util";

/** What a command was given. */
export interface CommandInput {
  /** What stands behind the command's name and is no option. */
  readonly words: readonly string[];
  /** The text of an option, or undefined. */
  readonly text: (name: string) => string | undefined;
  /** Whether a switch was given. */
  readonly has: (name: string) => boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Shows a result: as JSON with `--json`, as text for people without. */
  readonly show: (result: unknown, text: string) => void;
}

/** A command of the command line. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Everything below the usage line: words, options, examples. */
  readonly help: string;
  readonly usage: string;
  readonly options: ParseArgsOptionsConfig;
  /** Returns the exit code. */
  readonly run: (input: CommandInput) => Promise<number>;
}

/** The words or options make no sense; the command's help is shown beside the message. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What cannot be done, in words for who asked. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Rows as text, in columns. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
