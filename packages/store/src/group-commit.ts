/**
 * Shares one write between concurrent callers: items that arrive while a write is under way, or within `waitMs` of the first,
 * go together. So a commit costs each caller a fraction, and a lone caller waits at most `waitMs`.
 *
 * @param write makes all items durable or throws; then every caller of the group gets the error.
 * @param maxItems items in one write at most.
 * @param maxWrites writes under way at once; further items gather meanwhile, which is what makes groups under load.
 * @param patienceMs how long a write under way keeps others from beginning beside it, full groups apart: a statement costs about as
 *   much as thirty of its rows, so one large group is cheaper than two that overlap, and only a write that hangs must not stop all
 *   others. 0 when absent.
 * @param rest how long the next write waits after one of several items, unless `enough` have gathered: for what nobody waits for. None when
 *   absent.
 */
export function createGroupCommit<Item, Result>(options: {
  readonly write: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly waitMs: number;
  readonly maxItems: number;
  readonly maxWrites: number;
  readonly patienceMs?: number;
  readonly rest?: { readonly ms: number; readonly enough: number };
}): (item: Item) => Promise<Result> {
  const { write, waitMs, maxItems, maxWrites, patienceMs = 0, rest = { ms: 0, enough: maxItems } } = options;
  interface Waiting {
    readonly item: Item;
    readonly resolve: (result: Result) => void;
    readonly reject: (error: unknown) => void;
  }
  let gathering: Waiting[] = [];
  let writes = 0;
  let begunAtMs = 0;
  let restUntilMs = 0;
  let timer: NodeJS.Timeout | null = null;

  /** How long until what gathers may be written, by itself or beside what is under way; infinite: not before one of those has ended. */
  const patienceLeftMs = (): number => {
    if (writes === 0)
      return gathering.length >= rest.enough ? 0 : Math.max(0, restUntilMs - performance.now());
    if (writes >= maxWrites) return Number.POSITIVE_INFINITY;
    return gathering.length >= maxItems ? 0 : Math.max(0, begunAtMs + patienceMs - performance.now());
  };

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    while (gathering.length > 0 && patienceLeftMs() === 0) {
      const group = gathering.slice(0, maxItems);
      gathering = gathering.slice(maxItems);
      writes++;
      begunAtMs = performance.now();
      void commit(group);
    }
    if (gathering.length > 0 && writes < maxWrites) timer = setTimeout(flush, patienceLeftMs());
  };

  const commit = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const results = await write(group.map(({ item }) => item));
      for (const [index, waiting] of group.entries()) waiting.resolve(results[index] as Result);
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
    } finally {
      writes--;
      restUntilMs = group.length > 1 ? performance.now() + rest.ms : 0;
      flush();
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      gathering.push({ item, resolve, reject });
      if (gathering.length >= rest.enough) flush();
      else if (timer === null && writes < maxWrites)
        timer = setTimeout(flush, Math.max(waitMs, patienceLeftMs()));
    });
}
