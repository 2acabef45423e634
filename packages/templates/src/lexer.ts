import { parser } from "@handlebars/parser";
import { templateLimits } from "./limits.ts";
import { type Position, SourceRefusal } from "./problem.ts";

// The package exports its generated parser, whose types it does not describe.
declare module "@handlebars/parser" {
  export const parser: {
    readonly terminals_: Readonly<Record<number, string>>;
    readonly lexer: {
      readonly yytext: string;
      readonly yylloc: { readonly first_line: number; readonly first_column: number };
      readonly EOF: number;
      setInput: (source: string, shared: object) => void;
      lex: () => number;
    };
  };
}

/** A block that is still open. */
interface OpenBlock {
  readonly name: string;
  readonly at: Position;
}

interface Tokens {
  readonly starts: readonly Position[];
  readonly open: OpenBlock | undefined;
}

/**
 * Reads the tokens of a source alone, before it is parsed: the parser's time grows with the square of the nesting, and it recurses
 * over the tree, so nesting is bounded here, where a token costs the same wherever it stands.
 *
 * @returns where the tokens start, up to the end or to what is no token, and the block that is open there: for the parser's message.
 * @throws SourceRefusal when a limit is passed.
 */
export function boundTokens(source: string): Tokens {
  const { lexer } = parser;
  const open: (OpenBlock & { chained: number })[] = [];
  const starts: Position[] = [];
  let calls = 0;
  let chained = 0;
  let opening: Position | undefined;
  lexer.setInput(source, {});
  for (;;) {
    const token = nextToken();
    starts.push(tokenPosition());
    if (token === undefined || token === "EOF") return { starts, open: open.at(-1) };
    if (starts.length > templateLimits.tokens) {
      throw new SourceRefusal(
        tokenPosition(),
        `is too long: more than ${templateLimits.tokens} names, brackets and texts`,
      );
    }
    if (token === "OPEN_RAW_BLOCK")
      throw new SourceRefusal(tokenPosition(), "raw blocks ({{{{) are not supported");
    if (opening !== undefined && token !== "DATA") {
      open.push({ name: lexer.yytext, at: opening, chained: 0 });
      opening = undefined;
    }
    switch (token) {
      case "OPEN_SEXPR":
        if (++calls > templateLimits.callDepth) throw tooDeep("brackets");
        break;
      case "CLOSE_SEXPR":
        calls = Math.max(0, calls - 1);
        break;
      case "OPEN_BLOCK":
      case "OPEN_INVERSE":
        opening = tokenPosition();
        break;
      case "OPEN_INVERSE_CHAIN": {
        const block = open.at(-1);
        if (block !== undefined) block.chained++;
        chained++;
        break;
      }
      case "OPEN_ENDBLOCK":
        chained -= open.pop()?.chained ?? 0;
        break;
      default:
    }
    if (open.length + chained > templateLimits.blockDepth) throw tooDeep("blocks");
  }
}

/** Where the token stands that was read last. */
function tokenPosition(): Position {
  const { first_line: line, first_column: column } = parser.lexer.yylloc;
  return { line, column: column + 1 };
}

/** Undefined for text that is no token: the parser says what is wrong with it. */
function nextToken(): string | undefined {
  const { lexer, terminals_: names } = parser;
  try {
    return names[lexer.lex()];
  } catch {
    return undefined;
  }
}

function tooDeep(what: string): SourceRefusal {
  const limit = what === "blocks" ? templateLimits.blockDepth : templateLimits.callDepth;
  return new SourceRefusal(tokenPosition(), `${what} are nested more than ${limit} deep`);
}
