/** How THREAD finds what belongs together (RFC 5256 §3). */
export type ThreadAlgorithm = "ORDEREDSUBJECT" | "REFERENCES";

/** A message with the answers to it, or a place for one that is not there (a null UID). Bounded in depth by who builds it. */
export interface ThreadNode {
  readonly uid: number | null;
  readonly children: readonly ThreadNode[];
}
