/** An integer from 0 up to, and without, `below`. */
export type Random = (below: number) => number;

/** A small deterministic generator: a failure can be repeated. */
export function createRandom(seed: number): Random {
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  // Neighbouring seeds begin alike.
  for (let i = 0; i < 5; i += 1) next(2);
  return next;
}
