import {
  callOf,
  expressionOf,
  functionOf,
  pathOf,
  plainName,
  positionOf,
  refusedHash,
  spelled,
} from "./compile-expression.ts";
import { FUNCTIONS } from "./functions.ts";
import { SourceRefusal } from "./problem.ts";
import type { Instruction, Program } from "./program.ts";
import type { Scope } from "./scope.ts";
import type { BlockNode, ExpressionNode, HashNode, ProgramNode } from "./syntax-tree.ts";

type CompileProgram = (program: ProgramNode | undefined, scope: Scope) => Program;

/** What a block does, by the word it begins with. @throws SourceRefusal */
export function blockOf(block: BlockNode, scope: Scope, compile: CompileProgram): Instruction {
  const name = plainName(block.path);
  const bodies = (inner: Scope) => ({
    body: compile(block.program, inner),
    otherwise: compile(block.inverse, scope),
  });
  const params = block.program?.blockParams ?? [];
  if (name === "each" || name === "with") {
    refusedHash(block.hash);
    const inner = { params: [...scope.params, ...params], looped: scope.looped || name === "each" };
    return { kind: name, value: expressionOf(onlyArgument(block, name), scope), params, ...bodies(inner) };
  }
  const [named] = params;
  if (named !== undefined) {
    throw new SourceRefusal(
      positionOf(block.path),
      `only each and with can name what they hold (as |${spelledName(named)}|)`,
    );
  }
  if (name === "if" || name === "unless") {
    const test = expressionOf(onlyArgument(block, name), scope);
    const includeZero = readIncludeZero(block.hash);
    return { kind: "choose", test, negated: name === "unless", includeZero, ...bodies(scope) };
  }
  refusedHash(block.hash);
  const called = functionOf(block.path);
  if (called !== undefined && (block.params.length > 0 || FUNCTIONS[called].decides)) {
    const test = callOf(block.path, block.params, scope);
    if (!FUNCTIONS[called].decides)
      throw new SourceRefusal(positionOf(block.path), `${called} cannot head a block`);
    return { kind: "choose", test, negated: false, includeZero: true, ...bodies(scope) };
  }
  if (block.params.length > 0) {
    throw new SourceRefusal(
      positionOf(block.path),
      `{{#${spelled(block.path)}}} is not a block: expected one of ${BLOCK_NAMES.join(", ")}`,
    );
  }
  const value = pathOf(block.path, scope);
  return { kind: "section", value, params: [], ...bodies({ ...scope, looped: true }) };
}

const BLOCK_NAMES = [
  "if",
  "unless",
  "each",
  "with",
  ...Object.entries(FUNCTIONS)
    .filter(([, { decides }]) => decides)
    .map(([name]) => name),
];

function onlyArgument(block: BlockNode, name: string): ExpressionNode {
  const [argument] = block.params;
  if (argument !== undefined && block.params.length === 1) return argument;
  throw new SourceRefusal(positionOf(block.path), `${name} takes 1 argument, not ${block.params.length}`);
}

function readIncludeZero(hash: HashNode | undefined): boolean {
  let includeZero = false;
  for (const pair of hash?.pairs ?? []) {
    if (pair.key !== "includeZero" || pair.value.type !== "BooleanLiteral") {
      throw new SourceRefusal(
        positionOf(pair),
        `${spelledName(pair.key)}= is not supported here: expected includeZero=true`,
      );
    }
    includeZero = pair.value.value === true;
  }
  return includeZero;
}

function spelledName(name: string): string {
  return name.slice(0, 40).toWellFormed();
}
