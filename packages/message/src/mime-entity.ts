import type { HeaderLine } from "./header-field.ts";

/** A MIME entity being composed: its Content-* fields and its encoded content, in pieces. */
export type Entity = {
  readonly fields: readonly HeaderLine[];
  readonly content: readonly Buffer[];
  readonly is8bit: boolean;
  /** False when the encoding makes it impossible that a boundary of ours stands in the content. */
  readonly mayHoldBoundary: boolean;
};
