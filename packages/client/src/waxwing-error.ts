import type { Problem } from "./operations.ts";

/**
 * The API has refused a request, or could not carry it out: any answer that is not a success. `problem` is its problem document
 * (RFC 9457); where a proxy answered in its place, one made from the status.
 */
export class WaxwingError extends Error {
  override readonly name = "WaxwingError";
  readonly status: number;
  /** The last part of the problem's `type`: `invalid-request`, `domain-not-verified`... (docs/errors.md). */
  readonly code: string;
  readonly problem: Problem;
  /** Every field that is wrong, by its path in the request. */
  readonly errors: Problem["errors"];
  /** What `Retry-After` asked for, milliseconds from the answer; null without one. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null) {
    super(`${problem.status} ${problem.title}: ${problem.detail}`);
    this.status = problem.status;
    this.code = problem.type.slice(problem.type.lastIndexOf(":") + 1);
    this.problem = problem;
    this.errors = problem.errors;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Reads the refusal that `answer` is. */
export async function readRefusal(answer: Response, nowMs: number): Promise<WaxwingError> {
  const text = await answer.text();
  return new WaxwingError(
    readProblem(answer, text),
    readRetryAfter(answer.headers.get("retry-after"), nowMs),
  );
}

/** A problem document of ours, or what can be said without one. */
function readProblem({ status, statusText, headers }: Response, text: string): Problem {
  const isProblem = headers.get("content-type")?.startsWith("application/problem+json") ?? false;
  if (isProblem) {
    try {
      const { type, title, detail, errors, ...others } = JSON.parse(text) as Partial<Problem>;
      return {
        ...others,
        type: type ?? "about:blank",
        title: title ?? statusText,
        status,
        detail: detail ?? "",
        errors: errors ?? [],
      };
    } catch {
      // Cut off on the way: the status still says what it says.
    }
  }
  return { type: "about:blank", title: statusText, status, detail: text.slice(0, 500), errors: [] };
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function readRetryAfter(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}
