/** An allowance of bytes that loads of messages share; who finds none left waits in line. */
export interface ByteBudget {
  /** Resolves when `sizeBytes` are free; more than there are in all count as all. Call the result once to give them back. */
  take(sizeBytes: number): Promise<() => void>;
}

/** An allowance of `totalBytes`, given out in the order of asking. */
export function createByteBudget(totalBytes: number): ByteBudget {
  let free = totalBytes;
  const waiting: { readonly sizeBytes: number; readonly grant: () => void }[] = [];

  function serve(): void {
    for (let next = waiting[0]; next !== undefined && next.sizeBytes <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.sizeBytes;
      next.grant();
    }
  }

  return {
    async take(wantedBytes) {
      const sizeBytes = Math.min(wantedBytes, totalBytes);
      await new Promise<void>((grant) => {
        waiting.push({ sizeBytes, grant });
        serve();
      });
      let held = true;
      return () => {
        if (held) free += sizeBytes;
        held = false;
        serve();
      };
    },
  };
}
