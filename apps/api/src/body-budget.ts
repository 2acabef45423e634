/**
 * Bounds the bytes of request bodies held at once. Every body is taken out of one budget before it is read; a client that would
 * exceed it is told to come back. Without it, forty clients with the largest message allowed would be enough to end the process.
 */
export interface BodyBudget {
  /** Takes `sizeBytes` out of the budget; returns how to put them back (once; later calls do nothing), or null when there is no room. */
  readonly take: (sizeBytes: number) => (() => void) | null;
}

/** @param limitBytes bytes at once. A body that is alone is always taken, however large: its own limit applies. */
export function createBodyBudget(limitBytes: number): BodyBudget {
  let takenBytes = 0;
  return {
    take: (sizeBytes) => {
      if (takenBytes > 0 && takenBytes + sizeBytes > limitBytes) return null;
      takenBytes += sizeBytes;
      let back = false;
      return () => {
        if (!back) takenBytes -= sizeBytes;
        back = true;
      };
    },
  };
}
