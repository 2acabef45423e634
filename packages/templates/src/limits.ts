/** What a template may take. Reached limits are refusals that say so, never silence. */
export const templateLimits = {
  /** The subject's source. */
  subjectChars: 4_000,
  /** The source of html, and of text: ten times what Gmail shows before it cuts. */
  sourceChars: 1_048_576,
  /**
   * Names, brackets and texts of a part's source. The parser needs about 5 us for each: this many end within 100 ms, and a usual
   * template has a few hundred.
   */
  tokens: 10_000,
  /** Blocks inside blocks. `{{else if}}` counts as one: the tree nests there. */
  blockDepth: 50,
  /** Calls inside calls. The parser's time grows with the square of it: 5,000 took 14 s. */
  callDepth: 20,
  /**
   * What one rendering of all parts may do; a step is a tag, a turn of a loop, a member of a list that is walked, 64 characters that
   * are looked at, or 8 that are escaped. Counted rather than timed, so that the same template with the same data always ends the same way.
   */
  steps: 200_000,
  /** Characters of html, and of text. */
  outputChars: 5 * 1024 * 1024,
  /** Beyond this many problems nobody reads on. */
  problems: 100,
} as const;
