import { createHash, type Hash } from "node:crypto";

/**
 * SHA-256 of a request: of what it asks for and of its JSON body, whatever the order of members and the white space. Lengths go in
 * with the texts, so that no two bodies run together to the same bytes.
 */
export function requestHash(operation: string, body: unknown): Buffer {
  const hash = createHash("sha256").update(operation);
  addValue(hash, body);
  return hash.digest();
}

function addValue(hash: Hash, value: unknown): void {
  if (typeof value === "string") {
    hash.update(`"${Buffer.byteLength(value)}:`).update(value);
  } else if (Array.isArray(value)) {
    hash.update(`[${value.length}:`);
    for (const item of value) addValue(hash, item);
  } else if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(`{${members.length}:`);
    for (const [name, member] of members) {
      addValue(hash, name);
      addValue(hash, member);
    }
  } else {
    hash.update(`${String(value)};`);
  }
}
