import type { Readable } from "node:stream";

/**
 * Pull reader over a socket: nothing is read from the socket before somebody asks for it, so a peer that floods us
 * fills its own kernel buffer and not our heap.
 *
 * Invariants: one read is under way at a time; `rest` holds bytes taken from the stream and not yet handed out, at
 * most one stream chunk; once `ended` is set it stays.
 */

/** Why a read produced nothing. `closing`: this side is shutting down. `timeout`: the deadline passed. */
export type ReadEnd = { readonly kind: "end" } | { readonly kind: "timeout" } | { readonly kind: "closing" };

/** One line without its CRLF (a bare LF is accepted too), or the news that it was longer than allowed and dropped. */
export type ReadLine =
  | { readonly kind: "line"; readonly line: Buffer }
  | { readonly kind: "too-long" }
  | ReadEnd;

/** Exactly the octets asked for. */
export type ReadBytes = { readonly kind: "bytes"; readonly bytes: Buffer } | ReadEnd;

export interface ByteReader {
  /** Reads up to the next LF. A longer line than `maxBytes` is consumed without being kept. */
  readLine(maxBytes: number): Promise<ReadLine>;
  /** Reads exactly `size` octets; `onProgress` runs after each chunk. */
  readBytes(size: number, onProgress: () => void): Promise<ReadBytes>;
  /** Reads and drops exactly `size` octets. */
  skipBytes(size: number, onProgress: () => void): Promise<{ readonly kind: "skipped" } | ReadEnd>;
  /** Waits until there is something to read, or nothing more to wait for: then the next read says why. Holds next to nothing meanwhile. */
  ready(): Promise<void>;
  /** True if a whole line can be handed out without waiting. */
  hasLine(): boolean;
  /** Ends the read under way, or the next one, with `kind`. */
  interrupt(kind: "timeout" | "closing"): void;
  /** Drops everything received and detaches from the stream; returns how many octets were dropped. */
  release(): number;
}

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);

/** Reads from `stream`, which must not be flowing. */
export function createByteReader(stream: Readable): ByteReader {
  let rest: Buffer = EMPTY;
  let ended: ReadEnd | null = null;
  let wake: (() => void) | null = null;

  const poke = () => {
    const waiting = wake;
    wake = null;
    waiting?.();
  };
  const finish = (end: ReadEnd) => {
    ended ??= end;
    poke();
  };
  const onEnd = () => finish({ kind: "end" });
  stream.on("readable", poke);
  stream.on("end", onEnd);
  stream.on("close", onEnd);

  /** The next chunk, or why there is none. Bytes that came before the peer's FIN are still handed out. */
  async function nextChunk(): Promise<Buffer | ReadEnd> {
    for (;;) {
      if (ended !== null && ended.kind !== "end") return ended;
      if (rest.length > 0) {
        const chunk = rest;
        rest = EMPTY;
        return chunk;
      }
      const chunk: Buffer | null = stream.read();
      if (chunk !== null && chunk.length > 0) return chunk;
      if (ended !== null) return ended;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  /** Calls `resolve` as soon as a read would not wait. */
  function look(resolve: () => void): void {
    if (rest.length === 0 && ended === null) rest = stream.read() ?? EMPTY;
    if (rest.length > 0 || ended !== null) resolve();
    else wake = () => look(resolve);
  }

  async function eachChunk(size: number, onProgress: () => void, take: (chunk: Buffer) => void) {
    let missing = size;
    while (missing > 0) {
      const chunk = await nextChunk();
      if (!Buffer.isBuffer(chunk)) return chunk;
      onProgress();
      const taken = chunk.subarray(0, missing);
      rest = chunk.subarray(taken.length);
      missing -= taken.length;
      take(taken);
    }
    return null;
  }

  return {
    async readLine(maxBytes) {
      const line = createAccumulator(maxBytes + 1);
      let tooLong = false;
      for (;;) {
        const chunk = await nextChunk();
        if (!Buffer.isBuffer(chunk)) return chunk;
        const end = chunk.indexOf(LF);
        const piece = end < 0 ? chunk : chunk.subarray(0, end);
        // One octet more than allowed, for the CR.
        if (tooLong || line.size() + piece.length > maxBytes + 1) tooLong = true;
        else line.add(piece);
        if (end < 0) continue;
        // An idle connection keeps no chunk alive for the nothing that is left of it.
        rest = end + 1 === chunk.length ? EMPTY : chunk.subarray(end + 1);
        if (tooLong) return { kind: "too-long" };
        const bytes = line.take();
        return { kind: "line", line: bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes };
      }
    },
    async readBytes(size, onProgress) {
      const bytes = createAccumulator(size);
      const end = await eachChunk(size, onProgress, bytes.add);
      return end ?? { kind: "bytes", bytes: bytes.take() };
    },
    async skipBytes(size, onProgress) {
      const end = await eachChunk(size, onProgress, () => {});
      return end ?? { kind: "skipped" };
    },
    ready: () => new Promise(look),
    hasLine: () => rest.includes(LF),
    interrupt: (kind) => finish({ kind }),
    release() {
      stream.off("readable", poke);
      stream.off("end", onEnd);
      stream.off("close", onEnd);
      let dropped = rest.length;
      rest = EMPTY;
      for (let chunk: Buffer | null = stream.read(); chunk !== null; chunk = stream.read())
        dropped += chunk.length;
      finish({ kind: "end" });
      return dropped;
    },
  };
}

/**
 * Collects octets into one growing buffer. Keeping the chunks themselves would cost an object per TCP segment: a
 * peer that sends single octets could make 30 MB cost gigabytes. Growing by doubling means that an announced size
 * costs nothing until the octets arrive; it never grows past `capacity`.
 */
function createAccumulator(capacity: number) {
  let buffer: Buffer = EMPTY;
  let used = 0;
  return {
    size: () => used,
    add(piece: Buffer) {
      if (used + piece.length > buffer.length) {
        const grown = Buffer.allocUnsafeSlow(
          Math.max(used + piece.length, Math.min(capacity, Math.max(256, buffer.length * 2))),
        );
        buffer.copy(grown, 0, 0, used);
        buffer = grown;
      }
      piece.copy(buffer, used);
      used += piece.length;
    },
    take: () => buffer.subarray(0, used),
  };
}
