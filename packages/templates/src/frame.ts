/** Where a context came from: for naming the variable in a problem, without building that name until there is one. */
export interface Place {
  readonly within: Place | null;
  readonly segments: readonly (string | number)[];
}

/** What a place in a template sees while it is rendered. */
export interface Frame {
  /** The context: `this`. */
  readonly value: unknown;
  /** Null where a call made it, which has no name. */
  readonly place: Place | null;
  readonly outer: Frame | null;
  /** What `as |name|` named, with its place. */
  readonly params: readonly {
    readonly name: string;
    readonly value: unknown;
    readonly place: Place | null;
  }[];
  /** Set for a turn of a loop. */
  readonly loop: {
    readonly index: number;
    readonly key: string | number;
    readonly first: boolean;
    readonly last: boolean;
  } | null;
}

/** The place of the variables as a whole. */
export const ROOT_PLACE: Place = { within: null, segments: [] };

/** The frame `up` levels out, or undefined beyond the outermost. */
export function frameAbove(frame: Frame, up: number): Frame | undefined {
  let found: Frame | null = frame;
  for (let level = 0; level < up && found !== null; level++) found = found.outer;
  return found ?? undefined;
}

/** What a name given by `as |name|` stands for. */
export function paramNamed(frame: Frame, name: string): Frame["params"][number] | undefined {
  for (let at: Frame | null = frame; at !== null; at = at.outer) {
    const found = at.params.findLast((param) => param.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The facts of the loop `up` loops out, or undefined outside of one. */
export function loopAbove(frame: Frame, up: number): Frame["loop"] | undefined {
  let left = up;
  for (let at: Frame | null = frame; at !== null; at = at.outer) {
    if (at.loop !== null && left-- === 0) return at.loop;
  }
  return undefined;
}

/** A place as problems name it: `variables.order.items[2].name`. Long names are cut. */
export function fieldOf(place: Place): string {
  const segments: (string | number)[] = [];
  for (let at: Place | null = place; at !== null; at = at.within) segments.unshift(...at.segments);
  return segments.reduce<string>(
    (path, segment) =>
      typeof segment === "number" || /^\d{1,9}$/.test(segment)
        ? `${path}[${segment}]`
        : /^[\w-]{1,80}$/.test(segment)
          ? `${path}.${segment}`
          : `${path}[${JSON.stringify(segment.slice(0, 80).toWellFormed())}]`,
    "variables",
  );
}
