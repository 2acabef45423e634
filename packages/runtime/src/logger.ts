import { pino } from "pino";
import { logError } from "./log-error.ts";
import { formatLogLine } from "./log-line.ts";

/** What a log line says: one event name such as `delivery.delivered`, and fields. Never secrets, never bodies. */
export type LogFields = { readonly event: string; readonly err?: unknown; readonly [field: string]: unknown };

/** The log, as everything else in Waxwing sees it. */
export type Logger = {
  readonly trace: (fields: LogFields) => void;
  readonly debug: (fields: LogFields) => void;
  readonly info: (fields: LogFields) => void;
  readonly warn: (fields: LogFields) => void;
  readonly error: (fields: LogFields) => void;
  readonly fatal: (fields: LogFields) => void;
  /** A logger whose lines all carry these fields. */
  readonly child: (fields: Readonly<Record<string, unknown>>) => Logger;
};

// The second line of defence: nobody should pass these, but a whole object logged by mistake must not betray them.
const secretFields = [
  "authorization",
  "password",
  "secret",
  "secretKey",
  "apiKey",
  "privateKey",
  "token",
  "cookie",
  "connectionString",
  "databaseUrl",
  "redisUrl",
  "body",
  "html",
  "raw",
  "content",
] as const;

/**
 * Makes a logger: JSON lines on stdout, or one readable line per event in an interactive terminal.
 *
 * @param options.level the least important level that is written
 * @param options.name the role, such as `worker`
 * @param options.pretty readable lines instead of JSON; a terminal decides when absent
 * @param options.write takes each finished line instead of stdout
 */
export function createLogger(options: {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
  readonly name: string;
  readonly pretty?: boolean;
  readonly write?: (line: string) => void;
}): Logger {
  const pretty = options.pretty ?? (options.write === undefined && process.stdout.isTTY === true);
  const write = options.write ?? ((line: string) => void process.stdout.write(line));
  const colours = pretty && options.write === undefined && process.stdout.hasColors?.() === true;
  return pino(
    {
      level: options.level,
      base: { name: options.name },
      // pino copies the message of the error under its own key into the line, parameters and all: never ours.
      errorKey: "pinoError",
      serializers: { err: logError, error: logError },
      redact: {
        paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
        censor: "(hidden)",
      },
    },
    pretty
      ? { write: (line: string) => write(formatLogLine(line, colours)) }
      : options.write === undefined
        ? // Synchronous, so that the last line before a crash is written.
          pino.destination({ dest: 1, sync: true })
        : { write },
  );
}
