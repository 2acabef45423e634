/**
 * SQLSTATE classes and codes (PostgreSQL, Appendix A) that say the server cannot serve now, and node's codes for a peer that is
 * not there.
 */
const AWAY_SQLSTATE = /^(?:08|57P0[1-5]|53300|53400|55P03|57014|25006)/;
const AWAY_NODE = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
]);
// pg and pg-pool give these errors no code.
const AWAY_TEXT =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Cannot use a pool after calling end)/;

/**
 * True for an error that means the database cannot be reached or cannot serve now, wherever in the chain of causes: the request
 * may be repeated later.
 */
export function isDatabaseAway(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  if ("syscall" in error || "code" in error) {
    const code = "code" in error && typeof error.code === "string" ? error.code : "";
    if (AWAY_NODE.has(code) || AWAY_SQLSTATE.test(code)) return true;
  }
  if (AWAY_TEXT.test(error.message)) return true;
  if (error instanceof AggregateError && error.errors.some((inner) => isDatabaseAway(inner, depth + 1)))
    return true;
  return isDatabaseAway(error.cause, depth + 1);
}
