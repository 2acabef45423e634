/** What is known around a place in a template. */
export interface Scope {
  /** Names given by `as |name|`, outer ones too. */
  readonly params: readonly string[];
  /** Whether a block around it may be a loop. */
  readonly looped: boolean;
}
