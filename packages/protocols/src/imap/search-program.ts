/** A UID range, both ends included. */
export interface UidRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A SEARCH program (RFC 9051 §6.4.4) as a tree. Strings are Unicode and match as substrings without regard to case;
 * dates are `YYYY-MM-DD` without time zone, as the RFC compares them.
 */
export type SearchKey =
  | { readonly kind: "all" }
  | { readonly kind: "none" }
  | { readonly kind: "and"; readonly keys: readonly SearchKey[] }
  | { readonly kind: "or"; readonly left: SearchKey; readonly right: SearchKey }
  | { readonly kind: "not"; readonly key: SearchKey }
  | { readonly kind: "uids"; readonly ranges: readonly UidRange[] }
  | { readonly kind: "flag"; readonly flag: string }
  /** The header field `name` contains `value`; an empty value asks whether the field exists. */
  | { readonly kind: "header"; readonly name: string; readonly value: string }
  | { readonly kind: "body"; readonly value: string }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "internal-date"; readonly is: "before" | "on" | "since"; readonly date: string }
  | { readonly kind: "sent-date"; readonly is: "before" | "on" | "since"; readonly date: string }
  | { readonly kind: "larger"; readonly sizeBytes: number }
  | { readonly kind: "smaller"; readonly sizeBytes: number }
  /** Arrived before this moment, or at or after it (RFC 5032 §2, OLDER and YOUNGER). */
  | { readonly kind: "arrived"; readonly is: "before" | "since"; readonly at: Date }
  /** `MessageRow.saveDate`; where it is not known the internal date counts (RFC 8514 §4.3). */
  | { readonly kind: "save-date"; readonly is: "before" | "on" | "since"; readonly date: string }
  /** RFC 8474 §5.3. */
  | { readonly kind: "email-id"; readonly id: string }
  | { readonly kind: "thread-id"; readonly id: string }
  /** The modseq is at least this (RFC 7162 §3.1.5). */
  | { readonly kind: "modseq"; readonly atLeast: number };
