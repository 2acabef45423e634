/** A change of flags; see RFC 9051 §6.4.6. Flags are compared without case and keep the case they first had. */
export interface MailFlagChange {
  readonly mode: "add" | "remove" | "replace";
  readonly flags: readonly string[];
  /** Messages with a greater modseq are left alone (RFC 7162 §3.1.3); null: change all. */
  readonly unchangedSince: number | null;
}

/** Most flags of one message: every summary carries them, and a client that adds new ones for ever must not fill memory. */
export const MAX_FLAGS = 128;

/** The flags a message has after a change, each once; those beyond `MAX_FLAGS` are not taken. */
export function applyFlagChange(
  flags: readonly string[],
  change: Pick<MailFlagChange, "mode" | "flags">,
): string[] {
  const named = new Set(change.flags.map(fold));
  switch (change.mode) {
    case "add":
      return distinct([...flags, ...change.flags]);
    case "remove":
      return flags.filter((flag) => !named.has(fold(flag)));
    case "replace": {
      const kept = flags.filter((flag) => named.has(fold(flag)));
      return distinct([...kept, ...change.flags]);
    }
  }
}

/** True when both name the same flags, in whatever order and case. Neither names one twice. */
export function areSameFlags(a: readonly string[], b: readonly string[]): boolean {
  const folded = new Set(a.map(fold));
  return a.length === b.length && b.every((flag) => folded.has(fold(flag)));
}

function distinct(flags: readonly string[]): string[] {
  const seen = new Set<string>();
  const kept: string[] = [];
  for (const flag of flags) {
    if (seen.has(fold(flag)) || kept.length >= MAX_FLAGS) continue;
    seen.add(fold(flag));
    kept.push(flag);
  }
  return kept;
}

function fold(flag: string): string {
  return flag.toLowerCase();
}
