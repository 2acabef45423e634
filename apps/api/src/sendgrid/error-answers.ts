import { type Logger, newId } from "@waxwing/runtime";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { collectMethods, toProblem } from "../error-answers.ts";
import { PROBLEMS, type ProblemError } from "../problems.ts";
import { UNKNOWN_FIELD } from "../schema-problems.ts";
import { MESSAGES, messageOfStatus, SendgridError, type SendgridProblem, sendgridError } from "./errors.ts";

/** Answers everything that goes wrong in `app` in SendGrid's form. The only place of the dialect that catches. */
export function answerSendgridErrors(app: FastifyInstance, log: Logger): void {
  const allowed = collectMethods(app);

  app.setErrorHandler((error: FastifyError, request, reply) => {
    sendRefusal(reply, toSendgridError(error, request), request, log, error);
  });

  app.setNotFoundHandler((request, reply) => {
    const methods = allowed(request.url);
    const wrongMethod = methods.length > 0 && !methods.includes(request.method);
    const refusal = wrongMethod
      ? new SendgridError(405, [{ message: MESSAGES.methodNotAllowed, field: null, help: null }], {
          // RFC 9110 §15.5.6
          headers: { allow: methods.join(", ") },
        })
      : sendgridError(null, MESSAGES.notFound, { status: 404 });
    sendRefusal(reply, refusal, request, log, refusal);
  });
}

type AnswerFrameworkError = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void;

/** Answers what is refused before there is a route: under /v3 in SendGrid's form, elsewhere as `otherwise` does. */
export function answerSendgridFrameworkErrors(
  log: Logger,
  otherwise: AnswerFrameworkError,
): AnswerFrameworkError {
  return (error, request, reply) => {
    if (!request.url.startsWith("/v3/")) otherwise(error, request, reply);
    else sendRefusal(reply, sendgridError(null, MESSAGES.badRequest), request, log, error);
  };
}

/** The refusal that a client of the dialect is told of for what was thrown. */
function toSendgridError(error: unknown, request: FastifyRequest): SendgridError {
  if (error instanceof SendgridError) return error;
  const problem = toProblem(error);
  if (problem.problem === "quota-exceeded") {
    // SendGrid answers 401 here; what Retry-After says holds all the same.
    const errors = [{ message: MESSAGES.creditsExceeded, field: null, help: null }];
    return new SendgridError(401, errors, { headers: problem.headers, cause: error });
  }
  const { status } = PROBLEMS[problem.problem];
  return new SendgridError(status, problemsOf(problem, status, request), {
    headers: problem.headers,
    cause: error,
  });
}

function problemsOf(
  problem: ProblemError,
  status: number,
  request: FastifyRequest,
): readonly SendgridProblem[] {
  if (problem.problem === "unauthorized" && request.headers.authorization === undefined)
    return [{ message: MESSAGES.authorizationRequired, field: null, help: null }];
  if (problem.problem === "unsupported-media-type" && request.headers["content-encoding"] !== undefined)
    return [{ message: MESSAGES.contentEncodingWrong, field: null, help: null }];
  if (status !== 400 || problem.errors.length === 0)
    return [{ message: messageOfStatus(status), field: null, help: null }];
  return problem.errors.map(({ field, message }) => ({
    // SendGrid answers unknown fields so; that the field is named is ours.
    message: message === UNKNOWN_FIELD ? MESSAGES.badRequest : `${dotted(field)} ${message}`,
    field: dotted(field),
    help: null,
  }));
}

/** `to[1].email` as SendGrid writes it: `to.1.email`. */
function dotted(field: string): string {
  return field.replace(/\[(\d+)\]/g, ".$1");
}

function sendRefusal(
  reply: FastifyReply,
  refusal: SendgridError,
  request: FastifyRequest,
  log: Logger,
  cause: unknown,
): void {
  const { status, errors, headers } = refusal;
  let incident: string | undefined;
  if (status >= 500) {
    incident = newId();
    const fields = { method: request.method, route: request.routeOptions.url, incident, err: cause };
    if (status === 503) log.warn({ event: "http.unavailable", ...fields });
    else log.error({ event: "http.failed", ...fields });
  }
  void reply
    .code(status)
    .headers({ "cache-control": "no-store", ...headers })
    .type("application/json")
    .send(JSON.stringify({ errors, ...(incident !== undefined && { id: incident }) }));
}
