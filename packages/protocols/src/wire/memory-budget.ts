/** A shared allowance of octets, so that many connections together stay inside one bound. */
export interface MemoryBudget {
  /** Takes `sizeBytes`, or returns null if that would exceed the allowance. Call the result once to give it back. */
  take(sizeBytes: number): (() => void) | null;
}

/** An allowance of `totalBytes`. */
export function createMemoryBudget(totalBytes: number): MemoryBudget {
  let free = totalBytes;
  return {
    take(sizeBytes) {
      if (sizeBytes > free) return null;
      free -= sizeBytes;
      let held = true;
      return () => {
        if (held) free += sizeBytes;
        held = false;
      };
    },
  };
}
