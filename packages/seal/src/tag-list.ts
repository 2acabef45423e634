/** The tags of a list (RFC 6376 §3.2), lower-case names alone; null when it is not one, or a name stands twice. */
export function readTags(parts: readonly string[]): ReadonlyMap<string, string> | null {
  const tags = new Map<string, string>();
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.trim() === "") continue;
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(equals, 0)).trim();
    if (!/^[a-z][a-z0-9_]{0,40}$/.test(name) || tags.has(name)) return null;
    tags.set(name, part.slice(equals + 1).trim());
  }
  return tags;
}

/** A value without the white space in it. */
export const unfolded = (value: string | undefined): string => (value ?? "").replace(/[ \t\r\n]+/g, "");
