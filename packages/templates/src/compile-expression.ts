import { FUNCTIONS, type FunctionName, functionNamed } from "./functions.ts";
import { type Position, SourceRefusal } from "./problem.ts";
import { type Expression, LOOP_NAMES } from "./program.ts";
import type { Scope } from "./scope.ts";
import type { ExpressionNode, HashNode, PathNode, SyntaxNode } from "./syntax-tree.ts";

/** An argument: a literal, a path or a call. @throws SourceRefusal */
export function expressionOf(expression: ExpressionNode, scope: Scope): Expression {
  switch (expression.type) {
    case "StringLiteral":
    case "NumberLiteral":
    case "BooleanLiteral":
      return { kind: "literal", value: expression.value };
    case "NullLiteral":
      return { kind: "literal", value: null };
    case "UndefinedLiteral":
      return { kind: "literal", value: undefined };
    case "PathExpression":
      return pathOf(expression, scope);
    case "SubExpression":
      refusedHash(expression.hash);
      return callOf(expression.path, expression.params, scope);
  }
}

/** What `{{name}}` stands for. Handlebars takes a literal there for a name. @throws SourceRefusal */
export function pathOf(expression: ExpressionNode, scope: Scope): Expression {
  const at = positionOf(expression);
  if (expression.type === "SubExpression") return expressionOf(expression, scope);
  if (expression.type !== "PathExpression") {
    const name =
      "value" in expression
        ? String(expression.value)
        : expression.type === "NullLiteral"
          ? "null"
          : "undefined";
    return { kind: "path", from: { kind: "context", up: 0 }, segments: [name], at };
  }
  const segments = expression.parts.filter((part) => typeof part === "string");
  if (segments.length !== expression.parts.length) throw new SourceRefusal(at, "a path may not hold a call");
  if (expression.data) return dataOf(expression, segments, scope);
  const [head = ""] = segments;
  if (expression.depth === 0 && scope.params.includes(head) && !/^(?:\.|this\b)/.test(expression.original)) {
    return { kind: "path", from: { kind: "param", name: head }, segments: segments.slice(1), at };
  }
  return { kind: "path", from: { kind: "context", up: expression.depth }, segments, at };
}

function dataOf(path: PathNode, segments: readonly string[], scope: Scope): Expression {
  const at = positionOf(path);
  const [head, ...rest] = segments;
  if (head === "root") return { kind: "path", from: { kind: "root" }, segments: rest, at };
  const name = LOOP_NAMES.find((known) => known === head);
  if (name === undefined || rest.length > 0) {
    throw new SourceRefusal(
      at,
      `${path.original} is not known: expected @root, ${LOOP_NAMES.map((known) => `@${known}`).join(", ")}`,
    );
  }
  if (!scope.looped) throw new SourceRefusal(at, `@${name} is known only inside {{#each}}`);
  return { kind: "loop", name, up: path.depth, at };
}

/** A function with its arguments. @throws SourceRefusal for one that is not known, or with too few or too many. */
export function callOf(callee: ExpressionNode, params: readonly ExpressionNode[], scope: Scope): Expression {
  const at = positionOf(callee);
  const name = functionOf(callee);
  if (name === undefined) throw new SourceRefusal(at, unknownFunction(spelled(callee)));
  checkArgs(name, params.length, at);
  return { kind: "call", name, args: params.map((param) => expressionOf(param, scope)), at };
}

/** The function that a plain name calls, or undefined. */
export function functionOf(callee: ExpressionNode): FunctionName | undefined {
  const name = plainName(callee);
  return name === undefined ? undefined : functionNamed(name);
}

/** The name that an expression is, when it is no more than that. */
export function plainName(path: ExpressionNode): string | undefined {
  if (path.type !== "PathExpression" || path.data || path.depth > 0 || path.parts.length !== 1)
    return undefined;
  const [name] = path.parts;
  return typeof name === "string" && !/^(?:\.|this\b)/.test(path.original) ? name : undefined;
}

/** How an expression is written, cut and on one line, for messages. */
export function spelled(expression: ExpressionNode): string {
  const text = "original" in expression ? expression.original : "this";
  return text
    .slice(0, 40)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, " ");
}

/** The message for a name that is called but is no function. */
function unknownFunction(name: string): string {
  return `${name} is not a function: expected one of ${Object.keys(FUNCTIONS).join(", ")}`;
}

/** @throws SourceRefusal for `name=value`, which no function takes. */
export function refusedHash(hash: HashNode | undefined): void {
  const [pair] = hash?.pairs ?? [];
  if (pair !== undefined) throw new SourceRefusal(positionOf(pair), `${pair.key}= is not supported here`);
}

export function positionOf(node: SyntaxNode): Position {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}

function checkArgs(name: FunctionName, count: number, at: Position): void {
  const [min, max] = FUNCTIONS[name].args;
  if (count >= min && count <= max) return;
  const wanted = min === max ? `${min}` : `${min} to ${max}`;
  throw new SourceRefusal(at, `${name} takes ${wanted} argument${wanted === "1" ? "" : "s"}, not ${count}`);
}
