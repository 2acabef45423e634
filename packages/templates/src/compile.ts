import { blockOf } from "./compile-block.ts";
import { callOf, pathOf, positionOf, refusedHash } from "./compile-expression.ts";
import { parseSource } from "./parse.ts";
import { SourceRefusal } from "./problem.ts";
import type { Expression, Instruction, Program } from "./program.ts";
import type { Scope } from "./scope.ts";
import type { MustacheNode, ProgramNode, StatementNode } from "./syntax-tree.ts";

/**
 * Turns a source into instructions. Whatever would never work is refused here, with its place: unknown functions, wrong numbers
 * of arguments, partials.
 *
 * @throws SourceRefusal
 */
export function compileSource(source: string): Program {
  return compileProgram(parseSource(source), { params: [], looped: false });
}

function compileProgram(program: ProgramNode | undefined, scope: Scope): Program {
  return (program?.body ?? []).flatMap((statement) => instructionOf(statement, scope));
}

function instructionOf(statement: StatementNode, scope: Scope): readonly Instruction[] {
  switch (statement.type) {
    case "ContentStatement":
      return statement.value === "" ? [] : [{ kind: "text", text: statement.value }];
    case "CommentStatement":
      return [];
    case "MustacheStatement": {
      const at = positionOf(statement.path);
      return [{ kind: "print", value: printed(statement, scope), escaped: statement.escaped, at }];
    }
    case "BlockStatement":
      return [blockOf(statement, scope, compileProgram)];
    case "PartialStatement":
    case "PartialBlockStatement":
      throw new SourceRefusal(positionOf(statement), "partials ({{> ...}}) are not supported");
    case "Decorator":
    case "DecoratorBlock":
      throw new SourceRefusal(positionOf(statement), "decorators ({{* ...}}) are not supported");
  }
}

function printed(mustache: MustacheNode, scope: Scope): Expression {
  const { params, hash } = mustache;
  // `{{length}}` may be a variable: without arguments a name is never a function.
  if (params.length === 0 && (hash?.pairs.length ?? 0) === 0) return pathOf(mustache.path, scope);
  refusedHash(hash);
  return callOf(mustache.path, params, scope);
}
