import { createHash } from "node:crypto";
import type { EgressPool, EgressSource } from "./source.ts";

/**
 * The sources of a pool in the order in which a recipient prefers them: by weighted rendezvous hashing, so that each source is first
 * for its share of recipients, a recipient keeps its order over retries, restarts and processes (a server that greylists sees the
 * same address again), and a source that goes takes only its own recipients along.
 *
 * @param recipient the address; its case does not matter
 */
export function rankSources(pool: EgressPool, recipient: string): readonly EgressSource[] {
  const [only] = pool.members;
  if (pool.members.length <= 1) return only === undefined ? [] : [only.source];
  const key = recipient.toLowerCase();
  return pool.members
    .filter(({ weight }) => weight > 0)
    .map(({ source, weight }) => ({ source, score: -weight / Math.log(unit(source.name, key)) }))
    .sort((a, b) => b.score - a.score)
    .map(({ source }) => source);
}

/** A number between 0 and 1 that looks random, neither of them included. */
function unit(source: string, key: string): number {
  const digest = createHash("sha1").update(`${source}\0${key}`).digest();
  return (digest.readUIntBE(0, 6) + 0.5) / 2 ** 48;
}
