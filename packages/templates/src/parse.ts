import { parse } from "@handlebars/parser";
import { boundTokens } from "./lexer.ts";
import { type Position, SourceRefusal } from "./problem.ts";
import type { ProgramNode } from "./syntax-tree.ts";

/**
 * Parses a source with Handlebars' own parser.
 *
 * @throws SourceRefusal with line and column, and in words what was expected there.
 */
export function parseSource(source: string): ProgramNode {
  const tokens = boundTokens(source);
  try {
    return parse(source);
  } catch (error) {
    throw explained(error, source, tokens);
  }
}

function explained(
  error: unknown,
  source: string,
  { starts, open }: ReturnType<typeof boundTokens>,
): unknown {
  if (!(error instanceof Error)) return error;
  if ("hash" in error) {
    const { token, text, expected, loc } = error.hash as Partial<SyntaxHash>;
    if (token === "EOF" && open !== undefined && expected?.includes("'OPEN_ENDBLOCK'")) {
      return new SourceRefusal(
        open.at,
        `{{#${shown(open.name)}}} is never closed: expected {{/${shown(open.name)}}}`,
      );
    }
    const at = followingStart(starts, loc);
    if (token === "INVALID" && !linesFrom(source, at).includes("}}")) {
      return new SourceRefusal(at, "the tag is never closed: expected }}");
    }
    const found =
      token === "EOF" ? "the end of the template" : text ? `"${shown(text)}"` : "something that is no tag";
    const wanted = wantedOf(expected ?? []);
    return new SourceRefusal(
      at,
      wanted === "" ? `${found} was not expected` : `expected ${wanted}, not ${found}`,
    );
  }
  if ("lineNumber" in error && "column" in error) {
    const { lineNumber: line, column } = error;
    if (typeof line !== "number" || typeof column !== "number") return error;
    // `each doesn't match if - 3:5`, `Invalid path: a/../b - 1:2`
    return new SourceRefusal({ line, column: column + 1 }, worded(error.message.replace(/ - \d+:\d+$/, "")));
  }
  return error;
}

/** What the generated parser attaches to its errors. */
interface SyntaxHash {
  readonly token: string | null;
  readonly text: string;
  readonly expected: readonly string[];
  /** Where the token before ended; `last_line` counts from 1, `last_column` from 0. */
  readonly loc: { readonly last_line: number; readonly last_column: number };
}

/** Where the token begins that could not be taken. */
function followingStart(starts: readonly Position[], previous: SyntaxHash["loc"] | undefined): Position {
  const { last_line: line = 1, last_column: column = 0 } = previous ?? {};
  const start = starts.find((at) => at.line > line || (at.line === line && at.column > column));
  return start ?? starts.at(-1) ?? { line: 1, column: 1 };
}

function linesFrom(source: string, at: Position): string {
  const [first = "", ...others] = source.split("\n").slice(at.line - 1);
  return [first.slice(at.column - 1), ...others].join("\n");
}

/** What may stand where, in the order it is told. */
const EXPECTATIONS: readonly (readonly [token: string, words: string])[] = [
  ["CLOSE", "}}"],
  ["CLOSE_UNESCAPED", "}}}"],
  ["CLOSE_SEXPR", ")"],
  ["ID", "a name or value"],
  ["OPEN_ENDBLOCK", "the end of the block"],
  ["CONTENT", "text or a tag"],
];

function wantedOf(expected: readonly string[]): string {
  const tokens = new Set(expected.map((token) => token.replaceAll("'", "")));
  const words = EXPECTATIONS.filter(([token]) => tokens.has(token)).map(([, word]) => word);
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function worded(message: string): string {
  const [, opened, closed] = /^(.*) doesn't match (.*)$/s.exec(message) ?? [];
  if (opened === undefined || closed === undefined) return shown(message, 200);
  return `{{#${shown(opened)}}} is closed by {{/${shown(closed)}}}: expected {{/${shown(opened)}}}`;
}

function shown(text: string, maxChars = 40): string {
  return text
    .slice(0, maxChars)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, " ");
}
