import type { SecretBox } from "@waxwing/runtime";
import { type Database, listEgressPools, listEgressSources, type StoredEgressSource } from "@waxwing/store";
import { DEFAULT_POOL } from "./lane-key.ts";
import type { EgressPool, EgressSource } from "./source.ts";

/** The system's own address, which needs no set-up. */
export const SYSTEM_SOURCE: EgressSource = {
  name: "default",
  localAddress: null,
  heloName: null,
  relay: null,
  messagesPerSecond: null,
  warmUp: null,
};

/** All pools by name; the default one is always among them. */
export type EgressDirectory = ReadonlyMap<string, EgressPool>;

/** What there is before anything was loaded. */
export const SYSTEM_EGRESS: EgressDirectory = new Map([
  [DEFAULT_POOL, { name: DEFAULT_POOL, members: [{ source: SYSTEM_SOURCE, weight: 1 }], overflow: null }],
]);

/** What the password of a source's relay is sealed for. */
export const relayPasswordContext = (sourceId: string): string => `egress-source:${sourceId}`;

/** Reads the pools and sources that the operator has set up. @throws where a password does not open */
export async function loadEgress(db: Database, secretBox: SecretBox): Promise<EgressDirectory> {
  const sources = new Map(
    (await listEgressSources(db)).map((stored) => [stored.name, sourceOf(stored, secretBox)]),
  );
  const pools = (await listEgressPools(db)).map(({ name, overflow, members }): [string, EgressPool] => [
    name,
    {
      name,
      overflow,
      members: members.flatMap(({ source: sourceName, weight }) => {
        const source = sources.get(sourceName);
        return source === undefined ? [] : [{ source, weight }];
      }),
    },
  ]);
  return new Map([...SYSTEM_EGRESS, ...pools]);
}

function sourceOf(stored: StoredEgressSource, secretBox: SecretBox): EgressSource {
  const { relayHost, relayPort, relayUsername, sealedRelayPassword, warmUpStart } = stored;
  return {
    name: stored.name,
    localAddress: stored.localAddress,
    heloName: stored.heloName,
    relay:
      relayHost === null || relayPort === null
        ? null
        : {
            host: relayHost,
            port: relayPort,
            implicitTls: stored.relayImplicitTls,
            login:
              relayUsername === null || sealedRelayPassword === null
                ? null
                : {
                    user: relayUsername,
                    password: secretBox.open(sealedRelayPassword, relayPasswordContext(stored.id)).toString(),
                  },
          },
    messagesPerSecond: stored.messagesPerSecond,
    warmUp:
      warmUpStart === null
        ? null
        : { startMs: Date.parse(`${warmUpStart}T00:00:00Z`), caps: stored.warmUpCaps },
  };
}

/** The pool of this name, or where it is gone the default one: mail that was accepted for it must not wait for ever. */
function poolNamed(directory: EgressDirectory, name: string): EgressPool {
  const pool = directory.get(name) ?? directory.get(DEFAULT_POOL);
  if (pool === undefined) throw new Error("a directory without the default pool");
  return pool;
}

/** A pool and those that its mail overflows into, in order; no pool twice. */
export function poolsFor(directory: EgressDirectory, name: string): readonly EgressPool[] {
  const pools: EgressPool[] = [];
  for (let next: string | null = name; next !== null; next = pools.at(-1)?.overflow ?? null) {
    const pool = pools.length === 0 ? poolNamed(directory, next) : directory.get(next);
    if (pool === undefined || pools.includes(pool)) break;
    pools.push(pool);
  }
  return pools;
}
