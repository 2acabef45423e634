/** What the load generator is told, by IPC. */
export interface LoadPlan {
  /** Base address of the API. */
  readonly api: string;
  readonly apiKey: string;
  readonly messages: number;
  readonly connections: number;
  readonly domains: number;
  /** ISO 8601; absent: now. */
  readonly sendAt?: string;
}

/** What it answers: every message got its 202, or the first thing that went wrong. */
export type LoadResult =
  | {
      readonly kind: "accepted";
      readonly durationMs: number;
      /** Of the 202, from the request to the end of the answer. */
      readonly p50Ms: number;
      readonly p99Ms: number;
      readonly maxMs: number;
    }
  | { readonly kind: "failed"; readonly reason: string };
