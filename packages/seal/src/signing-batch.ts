import type { SigningKey } from "./signing-key.ts";

/** What a signing thread is sent: messages that are to be signed, one after the other. */
export interface SigningBatch {
  /** Headers and bodies, each followed by the next; handed over, not copied. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The keys of the batch: a KeyObject is shared between threads, not copied. */
  readonly keys: readonly SigningKey[];
  readonly jobs: readonly SigningJob[];
}

interface SigningJob {
  readonly id: number;
  readonly headerBytes: number;
  readonly bodyBytes: number;
  /** Places in `keys`. */
  readonly keys: readonly number[];
  /** Unix time in ms. */
  readonly nowMs: number;
}

/** What it answers, some at a time. */
export type SigningAnswers = readonly {
  readonly id: number;
  /** The DKIM-Signature fields; null: it failed. */
  readonly fields: string | null;
}[];
