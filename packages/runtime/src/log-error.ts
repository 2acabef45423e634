/** An error as it stands in a log line. */
export type LoggedError = {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
};

/**
 * Reduces an error to what may be logged. Only chosen properties are kept, because database errors carry row values
 * (`detail`, `params`), and drizzle writes the parameters, so whole message bodies, into the message itself.
 */
export function logError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: withoutParameters(String(error)) };
  const code =
    "code" in error && (typeof error.code === "string" || typeof error.code === "number") ? error.code : null;
  const frames = error.stack
    ?.split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n");
  return {
    type: error.name,
    message: withoutParameters(error.message),
    ...(code === null ? {} : { code: String(code) }),
    ...(frames ? { stack: frames } : {}),
    // Five causes deep is deeper than any library goes, and ends a circle.
    ...(error.cause === undefined || depth >= 5 ? {} : { cause: logError(error.cause, depth + 1) }),
  };
}

function withoutParameters(message: string): string {
  const [head = ""] = message.split("\nparams:");
  return head.length > 2_000 ? `${head.slice(0, 2_000)}...` : head;
}
