import { Readable } from "node:stream";
import { readAddress } from "@waxwing/outbound";
import {
  addSuppressions,
  type Database,
  deleteSuppression,
  listSuppressions,
  SUPPRESSION_REASONS,
} from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { IMPORT_BYTES, IMPORT_ROWS, readSuppressionFile, writeSuppressionFile } from "../suppression-file.ts";
import { invalid } from "../validator.ts";

const EXPORT_PAGE = 1_000;
const Reason = Type.Enum([...SUPPRESSION_REASONS], { type: "string" });
const fields = { address: Type.String(), reason: Reason };
const Row = Type.Object({
  ...fields,
  detail: Type.Union([Type.String({ description: "Such as the reply that bounced it." }), Type.Null()]),
  message_id: Type.Union([Type.String(), Type.Null()]),
  created_at: Type.String({ format: "date-time" }),
});

/** `/suppressions`: addresses that a project must not write to. */
export function suppressionRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  const tags = ["Suppressions"];

  app.route({
    method: "GET",
    url: "/suppressions",
    config: { scope: "suppressions:read" },
    schema: {
      operationId: "listSuppressions",
      tags,
      summary: "List suppressed addresses",
      querystring: Type.Object(
        {
          address: Type.Optional(Type.String({ maxLength: 320, description: "This one only." })),
          reason: Type.Optional(Reason),
          cursor: Type.Optional(
            Type.String({ maxLength: 1_000, description: "The `next` of an earlier answer." }),
          ),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
        },
        { additionalProperties: false },
      ),
      response: {
        200: Type.Object(
          { suppressions: Type.Array(Row), next: Type.Union([Type.String(), Type.Null()]) },
          { description: "By address." },
        ),
        ...refusals("invalid-request"),
      },
    },
    handler: async (request) => {
      const { address, reason, cursor, limit = 100 } = request.query;
      const rows = await listSuppressions(db, callerOf(request).projectId, {
        after: cursor === undefined ? null : fromCursor(cursor),
        limit,
        reason,
        address: address === undefined ? undefined : storedAddress(address),
      });
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return {
        suppressions: rows.map((row) => ({
          address: row.address,
          reason: row.reason,
          detail: row.detail,
          message_id: row.messageId,
          created_at: row.createdAt.toISOString(),
        })),
        next: last === undefined ? null : Buffer.from(last.address).toString("base64url"),
      };
    },
  });

  app.route({
    method: "POST",
    url: "/suppressions",
    config: { scope: "suppressions:write" },
    schema: {
      operationId: "createSuppression",
      tags,
      summary: "Suppress an address",
      description:
        "Messages to it are `dropped`, also those accepted before and not tried yet. An address that is suppressed already keeps its reason.",
      body: Type.Object(
        { address: Type.String(), reason: Type.Optional(Reason) },
        { additionalProperties: false },
      ),
      response: {
        201: Type.Object(fields, { description: "Suppressed." }),
        ...refusals(
          "invalid-request",
          "malformed-body",
          "already-exists",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const { reason = "manual" } = request.body;
      const read = readAddress(request.body.address);
      if (read.kind === "invalid") throw invalid([{ field: "address", message: read.reason }]);
      const { address } = read;
      const added = await addSuppressions(db, actorOf(request), [{ address, reason }], "suppression.created");
      if (added === 0) throw new ProblemError("already-exists", `${address} is suppressed already`);
      reply.code(201);
      return { address, reason };
    },
  });

  app.route({
    method: "DELETE",
    url: "/suppressions/:address",
    config: { scope: "suppressions:write" },
    schema: {
      operationId: "deleteSuppression",
      tags,
      summary: "Let an address be written to again",
      params: Type.Object({ address: Type.String({ description: "URL-encoded." }) }),
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const address = storedAddress(request.params.address);
      if (!(await deleteSuppression(db, actorOf(request), address))) {
        throw new ProblemError("not-found", "this project does not suppress this address");
      }
      reply.code(204);
      return null;
    },
  });

  app.route({
    method: "GET",
    url: "/suppressions/export",
    config: { scope: "suppressions:read" },
    schema: {
      operationId: "exportSuppressions",
      tags,
      summary: "Export suppressed addresses as CSV",
      description: "Columns `address`, `reason`, `created_at`; the import reads it.",
      response: {
        200: { content: { "text/csv": { schema: Type.Unsafe<Readable>({ type: "string" }) } } },
        ...refusals(),
      },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const lines = writeSuppressionFile((after) =>
        listSuppressions(db, projectId, { after, limit: EXPORT_PAGE }),
      );
      return reply.type("text/csv; charset=utf-8; header=present").send(Readable.from(lines));
    },
  });

  // A scope of its own: no other route takes CSV.
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser("text/csv", (_request, payload, parsed) => parsed(null, payload));
    scope.route({
      method: "POST",
      url: "/suppressions/import",
      bodyLimit: IMPORT_BYTES,
      config: { scope: "suppressions:write" },
      schema: {
        operationId: "importSuppressions",
        tags,
        summary: "Suppress addresses from a CSV",
        description: `\`Content-Type: text/csv\`, UTF-8, at most ${IMPORT_ROWS} addresses: the columns \`address\` (or \`email\`) and \`reason\` by their header, or without a header the address and, if you like, the reason. All of it is taken, or with anything wrong nothing.`,
        response: {
          200: Type.Object(
            {
              read: Type.Integer(),
              added: Type.Integer({
                description: "The others were suppressed already, or twice in the file.",
              }),
            },
            { description: "Imported." },
          ),
          ...refusals("invalid-request", "too-large", "unsupported-media-type"),
        },
      },
      handler: async (request) => {
        const { body } = request;
        if (!(body instanceof Readable)) {
          throw new ProblemError("unsupported-media-type", "the body must be text/csv");
        }
        const file = await readSuppressionFile(body);
        if (file.kind === "invalid") throw invalid(file.errors);
        const added = await addSuppressions(db, actorOf(request), file.rows, "suppressions.imported");
        return { read: file.rows.length, added };
      },
    });
    done();
  });
}

/** The address as it is kept; one that is none is found nowhere. */
function storedAddress(text: string): string {
  const read = readAddress(text);
  return read.kind === "address" ? read.address : "";
}

function fromCursor(cursor: string): string {
  const address = Buffer.from(cursor, "base64url").toString();
  if (Buffer.from(address).toString("base64url") !== cursor || address.includes("\0")) {
    throw invalid([{ field: "cursor", message: "is not a cursor of this API" }]);
  }
  return address;
}
