import type { FailureClass, FailureScope } from "./failure-class.ts";

/** What a reply that matches it is about. All that a rule asks for must be so. */
export interface ReplyRule {
  readonly name: string;
  readonly class: FailureClass;
  /** Reply codes it is for; any 4yz or 5yz when absent. A report that tells no code matches all of them. */
  readonly codes?: readonly number[];
  /** Enhanced code (RFC 3463) without its class, such as `1.1`, or which ones. */
  readonly status?: string | RegExp;
  /** In the words of the reply: lower case, one space between them, and `@` in place of every address. */
  readonly says?: string | RegExp;
  /** That of the class when absent. */
  readonly scope?: FailureScope;
  /** That of the class, or else of the reply code, when absent. */
  readonly retry?: "later" | "never";
  /** Where it is documented, if not where the others of its set are. */
  readonly source?: string;
}

/** Rules of one origin, in the order in which they are tried. */
export interface RuleSet {
  /** Rules are known as `name.rule`. */
  readonly name: string;
  readonly source: string;
  readonly rules: readonly ReplyRule[];
}
