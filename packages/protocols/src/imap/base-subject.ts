import { collationKey, readableText } from "./search-text.ts";

/** Characters of a subject that are looked at: the loop below takes time with the square of it. */
const MAX_SUBJECT_CHARS = 1_000;

const TRAILER = /(?:\(fwd\)|\s)+$/i;
const BLOB = /^\[[^[\]]*\]\s*/;
// subj-leader: any number of blobs, then re, fw or fwd, maybe a blob, and a colon.
const LEADER = /^(?:\[[^[\]]*\]\s*)*(?:re|fwd?)\s*(?:\[[^[\]]*\]\s*)?:\s*/i;

/** The base subject (RFC 5256 §2.1) as its `collationKey`, and whether the subject said that it answers or forwards. */
export function baseSubject(subject: string | null): { readonly base: string; readonly isReply: boolean } {
  let base = readableText(subject ?? "")
    .slice(0, MAX_SUBJECT_CHARS)
    .replace(/\s+/g, " ");
  let isReply = false;
  for (;;) {
    const trimmed = base.replace(TRAILER, "");
    if (/\(fwd\)/i.test(base.slice(trimmed.length))) isReply = true;
    base = withoutLeaders(trimmed.trimStart());
    // Step 6: "[fwd: ... ]" around the whole.
    if (!/^\[fwd:.*\]$/i.test(base)) return { base: collationKey(base), isReply };
    base = base.slice("[fwd:".length, -1);
    isReply = true;
  }

  function withoutLeaders(text: string): string {
    for (let rest = text; ; ) {
      const leader = LEADER.exec(rest)?.[0];
      if (leader !== undefined) {
        isReply = true;
        rest = rest.slice(leader.length);
        continue;
      }
      const blob = BLOB.exec(rest)?.[0];
      // Step 4: a blob goes only if something is left.
      if (blob === undefined || blob.length === rest.length || /^\[fwd:/i.test(rest)) return rest;
      rest = rest.slice(blob.length);
    }
  }
}
