/**
 * Every text that the SendGrid dialect answers with, verbatim and in one place: programs compare them. Texts were taken from
 * SendGrid's documentation of its errors (sendgrid/docs, `Web_API_v3/Mail/errors.md`); where two wordings are known, the one of
 * the running service is used.
 */

/** What a refusal says where no field is to blame. */
export const MESSAGES = {
  authorizationRequired: "authorization required",
  authorizationInvalid: "The provided authorization grant is invalid, expired, or revoked",
  creditsExceeded: "Maximum credits exceeded",
  accessForbidden: "access forbidden",
  badRequest: "Bad Request",
  notFound: "not found",
  methodNotAllowed: "method not allowed",
  requestTimeout: "request timeout",
  conflict: "conflict",
  contentTooLarge: "content too large",
  contentTypeWrong: "Content-Type should be application/json.",
  contentEncodingWrong: "Content-Encoding should be gzip.",
  batchNotFound: "batch id not found",
  batchOrdered: "a status for this batch id exists, try using PATCH to update the status",
  tooManyOrders: "you have reached the maximum number of cancelled or paused batches",
  invalidUtf8: "Invalid UTF8 in request",
  tooManyRequests: "too many requests",
  internalError: "internal server error",
  unavailable: "service unavailable",
} as const;

/** What a status alone says. */
const BY_STATUS: Readonly<Record<number, string>> = {
  400: MESSAGES.badRequest,
  401: MESSAGES.authorizationInvalid,
  403: MESSAGES.accessForbidden,
  404: MESSAGES.notFound,
  405: MESSAGES.methodNotAllowed,
  408: MESSAGES.requestTimeout,
  409: MESSAGES.conflict,
  413: MESSAGES.contentTooLarge,
  415: MESSAGES.contentTypeWrong,
  429: MESSAGES.tooManyRequests,
  500: MESSAGES.internalError,
  503: MESSAGES.unavailable,
};

/** The text of a status that nothing else is known about. */
export function messageOfStatus(status: number): string {
  return BY_STATUS[status] ?? (status < 500 ? MESSAGES.badRequest : MESSAGES.internalError);
}

/** One thing wrong. `field` is dotted, indexes included (`personalizations.0.to`); null where no field is to blame. */
export interface SendgridProblem {
  readonly message: string;
  readonly field: string | null;
  /** A page about the field; null where there is none. */
  readonly help: string | null;
}

/** A refusal in SendGrid's form: everything that is wrong, at once. Thrown by handlers, caught in the dialect's error handler. */
export class SendgridError extends Error {
  override readonly name = "SendgridError";
  readonly status: number;
  readonly errors: readonly SendgridProblem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    errors: readonly SendgridProblem[],
    options: { readonly headers?: Readonly<Record<string, string>>; readonly cause?: unknown } = {},
  ) {
    super(errors[0]?.message ?? "", options.cause === undefined ? {} : { cause: options.cause });
    this.status = status;
    this.errors = errors;
    this.headers = options.headers ?? {};
  }
}

/**
 * A refusal that names one thing, to be thrown: `throw sendgridError("name", "name is required")`.
 *
 * @param field dotted, or null
 * @param options.status 400 when absent
 */
export function sendgridError(
  field: string | null,
  message: string,
  options: { readonly status?: number; readonly help?: string } = {},
): SendgridError {
  return new SendgridError(options.status ?? 400, [{ message, field, help: options.help ?? null }]);
}

/** The refusal of an id or address that names nothing of the project. */
export function notFound(message: string = MESSAGES.notFound): SendgridError {
  return sendgridError(null, message, { status: 404 });
}
