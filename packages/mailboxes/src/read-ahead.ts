/** Parts of a list, in order. */
export function* chunks<T>(all: readonly T[], atOnce: number): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += atOnce) yield all.slice(at, at + atOnce);
}

/** The results of `load` in order. While one is being used the next is under way, unless `alone` says that it has to wait. */
export async function* ahead<In, Out>(
  inputs: Iterable<In>,
  load: (input: In) => Promise<Out>,
  alone: (input: In) => boolean = () => false,
): AsyncGenerator<Out> {
  let next: Promise<Out> | null = null;
  for (const input of inputs) {
    if (next !== null && alone(input)) {
      yield await next;
      next = null;
    }
    const loading = load(input);
    // Heard where it is awaited; who stops before that is not interested.
    loading.catch(() => {});
    if (next !== null) yield await next;
    next = loading;
    if (alone(input)) {
      yield await next;
      next = null;
    }
  }
  if (next !== null) yield await next;
}
