import { isUtf8 } from "node:buffer";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { BodyBudget } from "../body-budget.ts";
import { createJsonParser } from "../json-body.ts";
import { ProblemError } from "../problems.ts";
import { MESSAGES, sendgridError } from "./errors.ts";

/** What {@link readSendgridBodies} reads, as a guard is told. */
export const ENCODINGS = ["gzip"] as const;

/** What a compressed body takes out of the budget at a time while it grows. */
const BUDGET_STEP_BYTES = 256 * 1024;

/**
 * Makes `app` read JSON bodies, compressed by gzip or not.
 *
 * A compressed body (a zip bomb) never gets further than its route's limit: fastify counts the bytes as they come out, and each
 * piece is taken out of the budget before it is kept.
 */
export function readSendgridBodies(app: FastifyInstance, budget: BodyBudget): void {
  const parse = createJsonParser(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, bytes, done) => {
    // RFC 8259 §8.1. Read leniently, what is stored would not be what was sent.
    if (isUtf8(bytes)) parse(request, bytes.toString(), done);
    else done(sendgridError(null, MESSAGES.invalidUtf8, { status: 415 }));
  });
  app.addHook("preParsing", (request, reply, payload, done) => {
    const compressed = request.headers["content-encoding"]?.toLowerCase() === "gzip";
    done(null, compressed ? inflate(request, reply, payload, budget) : payload);
  });
}

function inflate(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: NodeJS.ReadableStream,
  budget: BodyBudget,
): Readable {
  const gunzip = createGunzip();
  let encodedBytes = 0;
  payload.on("data", (chunk: Buffer) => {
    encodedBytes += chunk.length;
  });
  const body = Readable.from(takenFrom(request, budget, payload.pipe(gunzip)), { objectMode: false });
  // fastify compares it with Content-Length.
  Object.defineProperty(body, "receivedEncodedLength", { get: () => encodedBytes });
  // Once it has refused a body, fastify no longer listens; an error then must not end the process.
  body.on("error", () => undefined);
  gunzip.on("error", () => undefined);
  reply.raw.once("close", () => {
    payload.unpipe(gunzip);
    body.destroy();
    gunzip.destroy();
  });
  return body;
}

/** Passes the chunks on, each paid for. @throws ProblemError when the budget has no room. */
async function* takenFrom(
  request: FastifyRequest,
  budget: BodyBudget,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let unpaidBytes = 0;
  for await (const chunk of chunks) {
    unpaidBytes += chunk.length;
    while (unpaidBytes > 0) {
      const putBack = budget.take(BUDGET_STEP_BYTES);
      if (putBack === null) {
        throw new ProblemError("unavailable", "too many large requests are under way", {
          headers: { "retry-after": "1" },
        });
      }
      const before = request.putBackBody;
      request.putBackBody = () => {
        before?.();
        putBack();
      };
      unpaidBytes -= BUDGET_STEP_BYTES;
    }
    yield chunk;
  }
}
