/** The memory that messages of all connections of a server share while they arrive and are decided on. */
export interface DataBudget {
  /** False: there is not as much left; nothing was taken. */
  readonly take: (bytes: number) => boolean;
  readonly giveBack: (bytes: number) => void;
}

/**
 * What each message may take without asking: more than most messages are, so that a few clients with large ones, sent slowly, keep
 * only large ones out.
 */
export const UNCOUNTED_BYTES = 256 * 1024;

/** A budget of so many octets. */
export const createDataBudget = (totalBytes: number): DataBudget => {
  let taken = 0;
  return {
    take: (bytes) => {
      if (taken + bytes > totalBytes) return false;
      taken += bytes;
      return true;
    },
    giveBack: (bytes) => {
      taken -= bytes;
    },
  };
};
