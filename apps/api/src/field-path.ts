/** The path of a member or item: `to[1].email`, `headers["X: Foo"]`. The root is the empty path. Long names are cut. */
export function fieldPath(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}[${key}]`;
  if (!/^[\w-]{1,80}$/.test(key)) return `${parent}[${JSON.stringify(key.slice(0, 80).toWellFormed())}]`;
  return parent === "" ? key : `${parent}.${key}`;
}
