import { randomFillSync } from "node:crypto";

/**
 * Identifiers are UUIDs of version 7 (RFC 9562 §5.7): 48 bits of Unix time in ms, a counter of 26 bits that starts
 * at a random place each millisecond (§6.2, method 1), and 48 random bits. So ids of one process sort in the order
 * they were made, and the time in them bounds the partition their row lives in.
 */
export type IdGenerator = (nowMs?: number) => string;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const counterBits = 26;
const poolBytes = 16_384;
const latestMs = 2 ** 48 - 1;
// A clock that steps back a little (NTP) keeps the order; one that was set anew is followed.
const steadyForMs = 10_000;

/** Makes a generator with a state of its own. */
export function createIdGenerator(fillRandom: (pool: Buffer) => void = randomFillSync): IdGenerator {
  const pool = Buffer.alloc(poolBytes);
  let used = poolBytes;
  let lastMs = -1;
  let prefix = "";
  let counter = 0;

  function refill(): void {
    fillRandom(pool);
    used = 0;
  }

  function beginMillisecond(ms: number): void {
    if (!(ms >= 0 && ms <= latestMs)) throw new RangeError(`no id can hold the time ${ms}`);
    lastMs = ms;
    const hex = Math.trunc(ms).toString(16).padStart(12, "0");
    prefix = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
    if (used + 4 > poolBytes) refill();
    // RFC 9562 §6.2: the highest bit of the fresh counter is zero, which leaves room to count up.
    counter = pool.readUInt32LE(used) >>> (32 - (counterBits - 1));
    used += 4;
  }

  return (nowMs = Date.now()) => {
    const ms = Math.trunc(nowMs);
    if (ms > lastMs || ms < lastMs - steadyForMs) beginMillisecond(ms);
    else if (++counter >= 2 ** counterBits) beginMillisecond(lastMs + 1);
    if (used + 6 > poolBytes) refill();
    const at = used;
    used += 6;
    const high = counter >>> 14;
    const low = 0x8000 | (counter & 0x3fff);
    return `${prefix}${(high >>> 8).toString(16)}${hexOfByte[high & 0xff]}-${hexOfByte[low >>> 8]}${hexOfByte[low & 0xff]}-${hexOfByte[pool[at] ?? 0]}${hexOfByte[pool[at + 1] ?? 0]}${hexOfByte[pool[at + 2] ?? 0]}${hexOfByte[pool[at + 3] ?? 0]}${hexOfByte[pool[at + 4] ?? 0]}${hexOfByte[pool[at + 5] ?? 0]}`;
  };
}

// Order within a millisecond only holds within one generator, so the process shares one.
const processGenerator = createIdGenerator();

/**
 * A new id, lower case, 36 characters, above every earlier one of this process.
 *
 * @param nowMs Unix time in ms; the machine's clock when absent
 */
export function newId(nowMs?: number): string {
  return processGenerator(nowMs);
}

/** The Unix time in ms inside an id. Only for texts that `isId` accepts. */
export function idTimeMs(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** True for a UUID of version 7 as `newId` writes it. */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text);
}

/** The lowest id of a millisecond, for the bounds of partitions and of searches by time. */
export function lowestIdAt(ms: number): string {
  if (!(ms >= 0 && ms <= latestMs)) throw new RangeError(`no id can hold the time ${ms}`);
  const hex = Math.trunc(ms).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
