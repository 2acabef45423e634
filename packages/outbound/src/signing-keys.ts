import type { DkimKey } from "@waxwing/store";

/**
 * The keys that sign, of those that are not retired: of each algorithm the newest whose record was seen in the DNS, since a
 * signature that nobody can check yet is worth nothing. While none was seen at all, the oldest RSA key: the domain of a fresh
 * installation has no DNS.
 */
export function signingKeys<Key extends Pick<DkimKey, "id" | "algorithm" | "seenAt">>(
  keys: readonly Key[],
): readonly Key[] {
  const byAge = keys.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const seen = (["rsa-sha256", "ed25519-sha256"] as const)
    .map((algorithm) => byAge.findLast((key) => key.algorithm === algorithm && key.seenAt !== null))
    .filter((key) => key !== undefined);
  if (seen.length > 0) return seen;
  const first = byAge.find((key) => key.algorithm === "rsa-sha256") ?? byAge[0];
  return first === undefined ? [] : [first];
}
