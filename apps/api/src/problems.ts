/** One field and what is wrong with it. `field` is a path such as `to[1]` or `headers.X-Foo`. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** What a problem is: its HTTP status, its title, and for the reference what it means and what to do. */
export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly meaning: string;
}

/**
 * Every refusal of the native API, by code. The code is the last part of the problem's `type`; clients may rely on code and
 * status, not on titles and details. `docs/errors.md` is generated from this table.
 */
export const PROBLEMS = {
  "invalid-request": {
    status: 400,
    title: "The request is not valid",
    meaning:
      "Fields are missing, unknown or hold what they cannot hold. `errors` names every one of them (at most 100). Correct them; the same request will be refused again.",
  },
  "malformed-body": {
    status: 400,
    title: "The body could not be read",
    meaning:
      "The body is not JSON, is empty where one is needed, or broke off. `detail` gives the place as a character offset from 0 where it is known.",
  },
  "malformed-request": {
    status: 400,
    title: "The request is not HTTP",
    meaning: "The request line, a header or the URL could not be understood. The connection is closed.",
  },
  unauthorized: {
    status: 401,
    title: "A valid API key is needed",
    meaning:
      "The header `Authorization: Bearer SG...` is missing, or its key is not known or has expired. A key that was deleted works for up to 5 seconds more.",
  },
  "missing-scope": {
    status: 403,
    title: "The API key may not do this",
    meaning: "The key is valid but lacks the scope that `detail` names. Use another key.",
  },
  "address-not-allowed": {
    status: 403,
    title: "The API key may not be used from this address",
    meaning:
      "The key is valid, but its `allowed_ips` do not hold the address that the request comes from: behind a proxy that is not named in WAXWING_TRUSTED_PROXIES, the proxy's.",
  },
  "domain-not-verified": {
    status: 403,
    title: "The sender's domain is not verified",
    meaning:
      "Mail is sent only from domains that this project has added and verified. Nothing of the message was kept.",
  },
  "not-found": {
    status: 404,
    title: "There is no such thing",
    meaning:
      "The path is unknown, or the id names nothing in the project of the API key. Ids of other projects answer the same.",
  },
  "method-not-allowed": {
    status: 405,
    title: "The path does not take this method",
    meaning: "The header `Allow` lists the methods it takes.",
  },
  "request-timeout": {
    status: 408,
    title: "The request took too long to arrive",
    meaning: "Headers must arrive within a minute, the whole request within five.",
  },
  "delivery-begun": {
    status: 409,
    title: "Delivery has begun",
    meaning:
      "A message can be rescheduled until the first attempt at one of its recipients has begun. What still waits can be cancelled.",
  },
  "idempotency-key-reused": {
    status: 409,
    title: "The idempotency key belongs to another request",
    meaning:
      "The key came with another body, or to another path, within the last 24 hours. Nothing of this request was kept. Make a new key for each new request, and keep it for its repetitions.",
  },
  "too-many-webhooks": {
    status: 409,
    title: "The project has as many webhooks as it can have",
    meaning: "Delete one that is no longer needed.",
  },
  "already-exists": {
    status: 409,
    title: "There is one already",
    meaning: "The name or address is taken. Nothing was changed.",
  },
  "replay-running": {
    status: 409,
    title: "A replay is under way",
    meaning:
      "A webhook is told one stretch of the log at a time. Wait until its `replaying` is false, or end the replay with DELETE.",
  },
  "limit-reached": {
    status: 409,
    title: "The project has as many as it can have",
    meaning: "Delete one that is no longer needed.",
  },
  "project-in-use": {
    status: 409,
    title: "The project cannot be deleted",
    meaning:
      "It has messages that are not finished (`?force=true` drops them), or it is the project that manages the others.",
  },
  "cursor-expired": {
    status: 410,
    title: "The log begins later",
    meaning:
      "Retention has taken the events that came after this cursor. What is lost to you cannot be told; `detail` says from when on there are events. Begin anew, without a cursor.",
  },
  "too-large": {
    status: 413,
    title: "The request is too large",
    meaning:
      "A message may have 30 MiB of text, html and decoded attachments; the body of `POST /send` and `POST /send/batch` 44 MiB, which is that much in base64 and room for the JSON around it. Bodies of other requests have at most 64 KiB.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "The body is not of a type that is read here",
    meaning: "Send `Content-Type: application/json`, without `Content-Encoding`.",
  },
  "rate-limited": {
    status: 429,
    title: "Too many requests",
    meaning:
      "The API key or its project has used up its requests per second. `Retry-After` says when one may come again; `RateLimit` how every limit stands.",
  },
  "quota-exceeded": {
    status: 429,
    title: "The daily quota does not have room for this",
    meaning:
      "The API key or its project has sent to as many recipients on this day (UTC) as it may, or the recipients of this request are more than are left. Nothing of the request was kept. `Retry-After` says when the next day begins.",
  },
  "headers-too-large": {
    status: 431,
    title: "The request's headers are too large",
    meaning: "Request line and headers may have 64 KiB together. The connection is closed.",
  },
  "internal-error": {
    status: 500,
    title: "Something broke on our side",
    meaning:
      "A bug. `instance` names the incident, which is also in the server's log. Whether the request took effect is not known.",
  },
  unavailable: {
    status: 503,
    title: "The service cannot take this at the moment",
    meaning:
      "The database is out of reach, or too many large bodies are under way. Repeat after the seconds in `Retry-After`.",
  },
  "not-ready": {
    status: 503,
    title: "The service is not ready",
    meaning:
      "The answer of `GET /health/ready` while a part that it needs is out of reach; `errors` names the part.",
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEMS;

/** RFC 9457 §3.1, with `errors` as its extension member (§3.2). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly errors: readonly FieldProblem[];
}

/** RFC 9457 §4.1.2. */
export const PROBLEM_CONTENT_TYPE = "application/problem+json";

/**
 * A refusal that the client is told of. `message` becomes the `detail` and must be fit for it; the cause goes to the log at most.
 * Thrown by handlers and hooks, caught once, in the error handler.
 */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: ProblemCode;
  readonly errors: readonly FieldProblem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    problem: ProblemCode,
    detail: string,
    options: {
      readonly errors?: readonly FieldProblem[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(detail, options.cause === undefined ? {} : { cause: options.cause });
    this.problem = problem;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
  }
}

/** The `type` of a problem. A URN, because no installation's host name is there for ever. */
export function problemType(code: ProblemCode): string {
  return `urn:waxwing:problem:${code}`;
}

/** The body of the answer for a refusal. */
export function problemDocument(error: ProblemError, instance?: string): ProblemDocument {
  const { status, title } = PROBLEMS[error.problem];
  return {
    type: problemType(error.problem),
    title,
    status,
    detail: error.message,
    ...(instance !== undefined && { instance }),
    errors: error.errors,
  };
}
