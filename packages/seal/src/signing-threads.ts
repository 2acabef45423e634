import { getCompileCacheDir } from "node:module";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type SignInput, signMessage } from "./sign.ts";
import type { SigningAnswers, SigningBatch } from "./signing-batch.ts";
import type { SigningKey } from "./signing-key.ts";

/** Signs a message: see signMessage. */
export type SignMessage = (input: SigningRequest) => Promise<string>;

type SigningRequest = Pick<SignInput, "body" | "keys" | "now"> & { readonly header: Buffer };

/** More than this many sign no faster than one process sends. */
const MAX_THREADS = 4;

interface Waiting {
  readonly request: SigningRequest;
  readonly resolve: (fields: string | Promise<string>) => void;
}

/**
 * Signs on threads that do nothing else, one fewer than there are cores: then the event loop need not share its own with the threads of
 * libuv's pool, of which there are four. Hashing the body and bringing the header into its canonical form are done there as well.
 *
 * What is asked for in one turn of the event loop goes over together. Threads start with the first message and keep no process alive.
 * What a thread cannot sign, and what is with one that ends, is signed by {@link signMessage}, which then says why it fails.
 *
 * @param options.onError told why a thread has ended; the next message starts another one
 */
export function createSigningThreads(options: {
  readonly threads?: number;
  readonly onError: (error: Error) => void;
}): SignMessage {
  const { threads = Math.min(MAX_THREADS, Math.max(1, availableParallelism() - 1)), onError } = options;
  const pool: (SigningThread | null)[] = Array.from({ length: threads }, () => null);
  let gathered: Waiting[] = [];

  const threadAt = (place: number): SigningThread => {
    const known = pool[place] ?? null;
    if (known !== null) return known;
    const started = startThread({
      onError,
      onEnd: () => {
        pool[place] = null;
      },
    });
    pool[place] = started;
    return started;
  };

  const flush = (): void => {
    const share = Math.ceil(gathered.length / threads);
    // The first goes to the one that has least to do.
    const places = [...pool.keys()].sort(
      (one, other) => (pool[one]?.pending() ?? 0) - (pool[other]?.pending() ?? 0),
    );
    for (const [index, place] of places.entries()) {
      const part = gathered.slice(index * share, (index + 1) * share);
      if (part.length > 0) threadAt(place).send(part);
    }
    gathered = [];
  };

  return (request) =>
    new Promise((resolve) => {
      gathered.push({ request, resolve });
      if (gathered.length === 1) setImmediate(flush);
    });
}

interface SigningThread {
  readonly send: (batch: readonly Waiting[]) => void;
  readonly pending: () => number;
}

function startThread(options: {
  readonly onError: (error: Error) => void;
  readonly onEnd: () => void;
}): SigningThread {
  const cache = getCompileCacheDir();
  const thread = new Worker(new URL("./signing-thread.ts", import.meta.url), {
    name: "signing",
    // Where modules are kept compiled. It is not inherited otherwise, and Node's compiler for TypeScript takes 18 MB in each thread.
    env: { ...process.env, ...(cache !== undefined && { NODE_COMPILE_CACHE: cache }) },
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
  });
  thread.unref();
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  const settle = (id: number, fields: string | null): void => {
    const found = waiting.get(id);
    waiting.delete(id);
    found?.resolve(fields ?? signMessage(found.request));
  };
  thread.on("message", (answers: SigningAnswers) => {
    for (const { id, fields } of answers) settle(id, fields);
    if (waiting.size === 0) thread.unref();
  });
  // It is followed by `exit`.
  thread.on("error", options.onError);
  thread.on("exit", () => {
    options.onEnd();
    for (const id of waiting.keys()) settle(id, null);
  });

  return {
    pending: () => waiting.size,
    send: (batch) => {
      if (waiting.size === 0) thread.ref();
      const { bytes, keys, jobs } = pack(batch.map(({ request }) => request));
      const numbered = jobs.map((job, index) => {
        const id = ++lastId;
        const one = batch[index];
        if (one !== undefined) waiting.set(id, one);
        return { id, ...job };
      });
      thread.postMessage({ bytes, keys, jobs: numbered } satisfies SigningBatch, [bytes.buffer]);
    },
  };
}

function pack(requests: readonly SigningRequest[]): {
  readonly bytes: SigningBatch["bytes"];
  readonly keys: readonly SigningKey[];
  readonly jobs: readonly Omit<SigningBatch["jobs"][number], "id">[];
} {
  const bytes = new Uint8Array(
    requests.reduce((sum, { header, body }) => sum + header.length + body.length, 0),
  );
  const keys: SigningKey[] = [];
  let at = 0;
  const jobs = requests.map(({ header, body, keys: own, now }) => {
    bytes.set(header, at);
    bytes.set(body, at + header.length);
    at += header.length + body.length;
    const places = own.map((key) => {
      const known = keys.indexOf(key);
      return known >= 0 ? known : keys.push(key) - 1;
    });
    return { headerBytes: header.length, bodyBytes: body.length, keys: places, nowMs: now.getTime() };
  });
  return { bytes, keys, jobs };
}
