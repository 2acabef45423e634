/** What reading one textual value gives: the value, or a sentence that says what is wrong with it. */
export type Parsed<T> =
  | { readonly kind: "ok"; readonly value: T }
  | { readonly kind: "bad"; readonly message: string };

export function ok<T>(value: T): Parsed<T> {
  return { kind: "ok", value };
}

export function bad(message: string): { readonly kind: "bad"; readonly message: string } {
  return { kind: "bad", message };
}

/** Reads a comma separated list; the first item that is wrong decides the message. Empty items are wrong. */
export function parseList<T>(text: string, parseItem: (item: string) => Parsed<T>): Parsed<readonly T[]> {
  const values: T[] = [];
  for (const item of text.split(",")) {
    const parsed = parseItem(item.trim());
    if (parsed.kind === "bad") return parsed;
    values.push(parsed.value);
  }
  return ok(values);
}

/** Reads one of a fixed set of words. */
export function parseOneOf<const T extends string>(words: readonly T[]): (text: string) => Parsed<T> {
  return (text) => {
    const found = words.find((word) => word === text);
    return found === undefined ? bad(`must be one of: ${words.join(", ")}`) : ok(found);
  };
}
