import type { FastifyInstance, FastifyRequest } from "fastify";
import { ProblemError } from "./problems.ts";

/** Bodies up to this size cannot hold enough values to matter. */
const UNCOUNTED_CHARS = 262_144;

/** Values in one body. The largest sensible message has about 10,000: 1,000 recipients with names. */
const MAX_VALUES = 100_000;

/** Finding the place of an error takes a dozen parses, which is too much for a large body. */
const LOCATED_CHARS = 262_144;

/**
 * Makes `app` read `application/json` and nothing else. An empty body is `undefined`, so that a DELETE with a content type is
 * taken. `__proto__` as a key is refused (prototype poisoning), by fastify's own parser.
 */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = createJsonParser(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, parse);
}

/** Parses the text of a JSON body, as {@link readJsonBodies} says; what `done` is told is a ProblemError. */
export function createJsonParser(
  app: FastifyInstance,
): (request: FastifyRequest, text: string, done: (error: Error | null, body?: unknown) => void) => void {
  const parse = app.getDefaultJsonParser("error", "error");
  return (request, text, done) => {
    if (text === "") {
      done(null, undefined);
      return;
    }
    if (text.length > UNCOUNTED_CHARS && countValues(text, MAX_VALUES) > MAX_VALUES) {
      done(new ProblemError("malformed-body", `the body has more than ${MAX_VALUES} JSON values`));
      return;
    }
    void parse(request, text, (error, body: unknown) => {
      if (error === null) done(null, body);
      else done(new ProblemError("malformed-body", jsonProblem(text), { cause: error }));
    });
  };
}

/**
 * Counts the values of a JSON text, up to a little more than `limit`. An empty array costs a hundred times its two bytes once it
 * is parsed, so a body is counted before it is. Strings are skipped at the speed of indexOf; malformed text gives some number.
 */
export function countValues(text: string, limit: number): number {
  let values = 0;
  for (let at = 0; at < text.length && values <= limit; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at + 1);
        break;
      case 0x2c: // ,
      case 0x5b: // [
      case 0x7b: // {
        values++;
        break;
      default:
    }
  }
  return values;
}

/** Index of the quote that ends the string whose content starts at `from`. */
function endOfString(text: string, from: number): number {
  let quote = text.indexOf('"', from);
  while (quote !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === 0x5c && quote - 1 - backslashes >= from)
      backslashes++;
    if (backslashes % 2 === 0) return quote;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}

/** What is wrong with a text that is not JSON, with its place where that can be found. Never quotes the text. */
export function jsonProblem(text: string): string {
  const message = parseError(text);
  if (message === null) return "the body has a key that is not allowed (__proto__ or constructor.prototype)";
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined)
    return `the body is not JSON: error at position ${position}${lineOf(text, Number(position))}`;
  if (!message.startsWith("Unexpected token"))
    return `the body is not JSON: it ends too early, at position ${text.length}`;
  if (text.length > LOCATED_CHARS) return "the body is not JSON";
  const found = positionOfToken(text);
  return `the body is not JSON: unexpected character at position ${found}${lineOf(text, found)}`;
}

/**
 * V8 does not tell where an unexpected token stands, but a text cut before it only ends too early: so the place is the longest
 * beginning that does not have the error yet.
 */
function positionOfToken(text: string): number {
  let low = 0;
  let high = text.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (parseError(text.slice(0, middle))?.startsWith("Unexpected token")) high = middle;
    else low = middle;
  }
  return low;
}

function parseError(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function lineOf(text: string, position: number): string {
  const before = text.slice(0, position);
  const lines = before.split("\n").length;
  return ` (line ${lines}, column ${position - before.lastIndexOf("\n")})`;
}
