import type { Socket } from "node:net";
import { isDatabaseAway, type Logger, newId } from "@waxwing/runtime";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  type ProblemCode,
  ProblemError,
  problemDocument,
} from "./problems.ts";

/** Answers everything that goes wrong in `app` with a problem document (RFC 9457). The only place that catches. */
export function answerErrors(app: FastifyInstance, log: Logger): void {
  const allowed = collectMethods(app);

  app.setErrorHandler((error: FastifyError, request, reply) => {
    sendProblem(reply, toProblem(error), request, log, error);
  });

  app.setNotFoundHandler((request, reply) => {
    const methods = allowed(request.url);
    const problem =
      methods.length > 0 && !methods.includes(request.method)
        ? new ProblemError("method-not-allowed", `this path takes ${methods.join(", ")}`, {
            // RFC 9110 §15.5.6
            headers: { allow: methods.join(", ") },
          })
        : new ProblemError("not-found", "there is nothing at this path");
    sendProblem(reply, problem, request, log, problem);
  });
}

/** Answers what fastify refuses before it has a route: URLs that cannot be decoded. */
export function answerFrameworkErrors(log: Logger) {
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = new ProblemError("malformed-request", "the URL could not be understood", {
      cause: error,
    });
    sendProblem(reply, problem, request, log, error);
  };
}

const CLIENT_ERRORS: Readonly<Record<string, readonly [ProblemCode, string]>> = {
  HPE_HEADER_OVERFLOW: ["headers-too-large", "the request line and headers have more than 64 KiB"],
  ERR_HTTP_REQUEST_TIMEOUT: ["request-timeout", "the request did not arrive in time"],
};

/** Answers what is not HTTP, and closes: after a framing error nothing on the connection can be trusted (request smuggling). */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // The client has gone, or has part of an answer already.
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = CLIENT_ERRORS[error.code ?? ""] ?? ["malformed-request", "the request is not HTTP"];
  const body = JSON.stringify(problemDocument(new ProblemError(code, detail)));
  const { status } = PROBLEMS[code];
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Type: ${PROBLEM_CONTENT_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const REASONS: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};

/** The problem that a client is told of for what was thrown. */
export function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new ProblemError("too-large", "the body is larger than this path takes", { cause: error });
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new ProblemError("unsupported-media-type", "the body must be application/json", {
        cause: error,
      });
    default:
  }
  if (isDatabaseAway(error) && statusCode === undefined) {
    return new ProblemError("unavailable", "the database is out of reach", {
      cause: error,
      headers: { "retry-after": "5" },
    });
  }
  // Of fastify's own errors only those about reading the body are left, and clients that went away in the middle of it.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ProblemError("malformed-body", "the body could not be read", { cause: error });
  }
  return new ProblemError("internal-error", "the incident has been logged", { cause: error });
}

function sendProblem(
  reply: FastifyReply,
  problem: ProblemError,
  request: FastifyRequest,
  log: Logger,
  cause: unknown,
): void {
  const { status } = PROBLEMS[problem.problem];
  let instance: string | undefined;
  if (status >= 500) {
    const incident = newId();
    instance = `urn:uuid:${incident}`;
    const fields = { method: request.method, route: request.routeOptions.url, incident, err: cause };
    if (problem.problem === "internal-error") log.error({ event: "http.failed", ...fields });
    else log.warn({ event: "http.unavailable", ...fields });
  }
  void reply
    .code(status)
    .headers(problem.headers)
    .type(PROBLEM_CONTENT_TYPE)
    // As text, past the response schemas: a problem is the same on every route.
    .send(JSON.stringify(problemDocument(problem, instance)));
}

/** Remembers the methods of every path of `app` from now on, so that a wrong method can be told from a wrong path. */
export function collectMethods(app: FastifyInstance): (url: string) => readonly string[] {
  const routes: { readonly segments: readonly string[]; readonly methods: readonly string[] }[] = [];
  app.addHook("onRoute", ({ url, method }) => {
    routes.push({ segments: url.split("/"), methods: [method].flat() });
  });
  return (url) => {
    const segments = (url.split("?", 1)[0] ?? "").split("/");
    const matching = routes.filter((route) => matches(route.segments, segments));
    return [...new Set(matching.flatMap(({ methods }) => methods))].sort();
  };
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every(
      (part, index) => part === segments[index] || (part.startsWith(":") && segments[index] !== ""),
    )
  );
}
