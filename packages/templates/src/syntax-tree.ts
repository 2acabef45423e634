/**
 * The tree that `@handlebars/parser` makes, as far as it is read here. The package's own description cannot be resolved from
 * ECMAScript modules (it imports "./ast" without an extension), and does not tell its nodes apart.
 */
export interface SyntaxNode {
  /** `line` counts from 1, `column` from 0. */
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };
}

export interface ProgramNode extends SyntaxNode {
  readonly body: readonly StatementNode[];
  readonly blockParams?: readonly string[];
}

export type StatementNode =
  | MustacheNode
  | BlockNode
  | (SyntaxNode & { readonly type: "ContentStatement"; readonly value: string })
  | (SyntaxNode & {
      readonly type:
        | "CommentStatement"
        | "PartialStatement"
        | "PartialBlockStatement"
        | "Decorator"
        | "DecoratorBlock";
    });

interface CallNode extends SyntaxNode {
  readonly path: ExpressionNode;
  readonly params: readonly ExpressionNode[];
  readonly hash?: HashNode;
}

export interface MustacheNode extends CallNode {
  readonly type: "MustacheStatement";
  readonly escaped: boolean;
}

export interface BlockNode extends CallNode {
  readonly type: "BlockStatement";
  /** Both are absent when empty: `{{^name}}...{{/name}}` has only an inverse. */
  readonly program?: ProgramNode;
  readonly inverse?: ProgramNode;
}

export interface PathNode extends SyntaxNode {
  readonly type: "PathExpression";
  /** `@name` */
  readonly data: boolean;
  /** How many `../` */
  readonly depth: number;
  readonly parts: readonly (string | SyntaxNode)[];
  readonly original: string;
}

export type ExpressionNode =
  | PathNode
  | (CallNode & { readonly type: "SubExpression" })
  | (SyntaxNode & {
      readonly type: "StringLiteral" | "NumberLiteral" | "BooleanLiteral";
      readonly value: string | number | boolean;
    })
  | (SyntaxNode & { readonly type: "NullLiteral" | "UndefinedLiteral" });

export interface HashNode {
  readonly pairs: readonly (SyntaxNode & { readonly key: string; readonly value: ExpressionNode })[];
}
