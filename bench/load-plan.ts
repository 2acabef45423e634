/** What the load generator is told, by IPC. */
export interface LoadPlan {
  /** Base address of the API. */
  readonly api: string;
  readonly apiKey: string;
  /** Submit over SMTP to this port of 127.0.0.1 instead; `shape` and `together` do not count then. */
  readonly smtp?: {
    readonly port: number;
    readonly login: { readonly user: string; readonly password: string } | null;
  };
  /** `single`: `POST /send`. `batch`: `POST /send/batch`. `personalizations`: `POST /v3/mail/send`. Absent: `single`. */
  readonly shape?: "single" | "batch" | "personalizations";
  /** Messages in a request; 1 when absent. */
  readonly together?: number;
  /** Requests. */
  readonly messages: number;
  readonly connections: number;
  readonly domains: number;
  /** What those domains are under; `test` when absent. */
  readonly topDomain?: string;
  /** ISO 8601; absent: now. */
  readonly sendAt?: string;
}

/** What it answers: every request was taken, or the first thing that went wrong. */
export type LoadResult =
  | {
      readonly kind: "accepted";
      readonly durationMs: number;
      /** Of an answer, from the request to its end. */
      readonly p50Ms: number;
      readonly p99Ms: number;
      readonly maxMs: number;
    }
  | { readonly kind: "failed"; readonly reason: string };
