/** What waits in memory, given out as a claim would: the most urgent first, and projects of one urgency in turns. */
export interface FairQueue<Item> {
  readonly size: () => number;
  readonly add: (priority: number, projectId: string, item: Item) => void;
  /** Up to `limit` items, of one priority. */
  readonly take: (limit: number) => Item[];
  readonly all: () => readonly Item[];
}

interface Waiting<Item> {
  readonly items: Item[];
  /** Index of the first that has not been given out: taking one out of the front of an array costs as much as the array is long. */
  next: number;
}

/** @param priorities how many there are; 0 is the most urgent */
export function createFairQueue<Item>(priorities: number): FairQueue<Item> {
  const byPriority = Array.from({ length: priorities }, () => new Map<string, Waiting<Item>>());
  let size = 0;
  return {
    size: () => size,
    add: (priority, projectId, item) => {
      const projects = byPriority[priority];
      if (projects === undefined) throw new RangeError(`no priority ${priority}`);
      const waiting = projects.get(projectId) ?? { items: [], next: 0 };
      projects.set(projectId, waiting);
      waiting.items.push(item);
      size++;
    },
    take: (limit) => {
      const taken: Item[] = [];
      const projects = byPriority.find((waiting) => waiting.size > 0);
      while (projects !== undefined && projects.size > 0 && taken.length < limit) {
        for (const [projectId, waiting] of projects) {
          if (taken.length >= limit) break;
          const item = waiting.items[waiting.next++];
          if (item !== undefined) taken.push(item);
          // Whoever had a turn stands behind the others.
          projects.delete(projectId);
          if (waiting.next < waiting.items.length) projects.set(projectId, waiting);
        }
      }
      size -= taken.length;
      return taken;
    },
    all: () =>
      byPriority.flatMap((projects) =>
        [...projects.values()].flatMap(({ items, next }) => items.slice(next)),
      ),
  };
}
