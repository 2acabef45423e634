import type { Logger } from "@waxwing/runtime";

type Level = "debug" | "warn" | "error";

// An ERROR is the answer to a statement: whoever sent it knows and decides. Its text may repeat values, so it stays
// below the level of the ordinary log.
const levelOf: Readonly<Record<string, Level>> = { WARNING: "warn", FATAL: "error", PANIC: "error" };

/** Passes one line of the server's own log on. While it stops, the ends of sessions (FATAL) are no news. */
export function logServerLine(log: Logger, line: string, stopping: boolean): void {
  const [, severity = "", message = line] = /^(?:.*\[\d+\] )?([A-Z]+): {2}(.*)$/.exec(line) ?? [];
  const level = stopping ? "debug" : (levelOf[severity] ?? "debug");
  log[level]({ event: "postgres.log", severity, message });
}
