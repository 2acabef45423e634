import { Readable } from "node:stream";
import { readAddress } from "@waxwing/outbound";
import type { Clock } from "@waxwing/runtime";
import {
  addSuppressions,
  type Database,
  deleteSuppressions,
  findUnsubscribeGroup,
  listSuppressions,
  listUnsubscribeGroups,
  type Suppression,
  type SuppressionKey,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { readInstant } from "../instant.ts";
import { type FieldProblem, ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import {
  NewSuppressionAnswer,
  SuppressionDeletion,
  SuppressionPage,
  SuppressionQuery,
  SuppressionRequest,
} from "../schemas/suppression.ts";
import { readSuppressionCursor, suppressionCursor } from "../suppression-cursor.ts";
import { IMPORT_BYTES, IMPORT_ROWS, readSuppressionFile, writeSuppressionFile } from "../suppression-file.ts";
import { invalid } from "../validator.ts";

const EXPORT_PAGE = 1_000;

/** `/suppressions`: addresses that a project must not write to. */
export function suppressionRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const tags = ["Suppressions"];

  app.route({
    method: "GET",
    url: "/suppressions",
    config: { scope: "suppressions:read" },
    schema: {
      operationId: "listSuppressions",
      tags,
      summary: "List suppressed addresses",
      querystring: SuppressionQuery,
      response: {
        200: SuppressionPage,
        ...refusals("invalid-request"),
      },
    },
    handler: async (request) => {
      const { address, reason, group, cursor, limit = 100 } = request.query;
      const rows = await listSuppressions(
        db,
        callerOf(request).projectId,
        {
          addresses: address === undefined ? undefined : [storedAddress(address)],
          reasons: reason === undefined ? undefined : [reason],
          groupId: group,
        },
        { after: cursor === undefined ? null : readSuppressionCursor(cursor), limit },
      );
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return {
        suppressions: rows.map(shownSuppression),
        next: last === undefined ? null : suppressionCursor(last),
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
        "Messages to it are `dropped`, also those accepted before and not tried yet. With a `group`, only those of that unsubscribe group are. An address can be on record for several reasons, once for each. The reason is `manual` when absent, with a group `unsubscribed`.",
      body: SuppressionRequest,
      response: {
        201: NewSuppressionAnswer,
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
      const wanted = await readRequest(db, callerOf(request).projectId, request.body, clock.now());
      const added = await addSuppressions(db, actorOf(request), [wanted], "suppression.created");
      if (added === 0) throw new ProblemError("already-exists", `${wanted.address} is suppressed already`);
      reply.code(201);
      return {
        address: wanted.address,
        reason: wanted.reason,
        group: wanted.groupId === 0 ? null : wanted.groupId,
        expires_at: wanted.expiresAt?.toISOString() ?? null,
      };
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
      description: "Takes it off the record for every reason and group, or for those that the query names.",
      params: Type.Object({ address: Type.String({ description: "URL-encoded." }) }),
      querystring: SuppressionDeletion,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("invalid-request", "not-found") },
    },
    handler: async (request, reply) => {
      const { reason, group } = request.query;
      const choice = {
        addresses: [storedAddress(request.params.address)],
        reasons: reason === undefined ? undefined : [reason],
        groupId: group,
      };
      if ((await deleteSuppressions(db, actorOf(request), choice)) === 0) {
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
      description: "Columns `address`, `reason`, `created_at`, `group`, `expires_at`; the import reads it.",
      response: {
        200: { content: { "text/csv": { schema: Type.Unsafe<Readable>({ type: "string" }) } } },
        ...refusals(),
      },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const lines = writeSuppressionFile((after) =>
        listSuppressions(db, projectId, {}, { after, limit: EXPORT_PAGE }),
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
      // The body is a stream, read and checked line by line.
      validatorCompiler: () => () => true,
      config: { scope: "suppressions:write" },
      schema: {
        operationId: "importSuppressions",
        tags,
        summary: "Suppress addresses from a CSV",
        description: `\`Content-Type: text/csv\`, UTF-8, at most ${IMPORT_ROWS} addresses: the columns \`address\` (or \`email\`), \`reason\`, \`group\` and \`expires_at\` by their header, or without a header the address and, if you like, the reason. All of it is taken, or with anything wrong nothing.`,
        consumes: ["text/csv"],
        body: Type.Unsafe<unknown>({
          type: "string",
          description: "CSV.",
          examples: ["address,reason\nann@example.test,manual\n"],
        }),
        response: {
          200: Type.Object(
            {
              read: Type.Integer(),
              added: Type.Integer({
                description: "The others were suppressed already, or twice in the file.",
              }),
            },
            { description: "Imported.", examples: [{ read: 120, added: 118 }] },
          ),
          ...refusals("invalid-request", "too-large", "unsupported-media-type"),
        },
      },
      handler: async (request) => {
        const { body } = request;
        if (!(body instanceof Readable)) {
          throw new ProblemError("unsupported-media-type", "the body must be text/csv");
        }
        const groups = await listUnsubscribeGroups(db, callerOf(request).projectId);
        const file = await readSuppressionFile(body, new Set(groups.map(({ id }) => id)));
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

/** @throws ProblemError naming every field that is wrong. */
async function readRequest(
  db: Database,
  projectId: string,
  body: Static<typeof SuppressionRequest>,
  nowMs: number,
): Promise<SuppressionKey & { readonly expiresAt: Date | null }> {
  const { group, reason = group === undefined ? "manual" : "unsubscribed", expires_at: expiry } = body;
  const errors: FieldProblem[] = [];
  const read = readAddress(body.address);
  if (read.kind === "invalid") errors.push({ field: "address", message: read.reason });
  if (group !== undefined && reason !== "unsubscribed")
    errors.push({ field: "reason", message: "must be unsubscribed: nothing else is about one group" });
  if (group !== undefined && (await findUnsubscribeGroup(db, projectId, group)) === null)
    errors.push({ field: "group", message: "is none of this project" });
  const expiresAt = expiry === undefined ? null : readInstant(expiry);
  if (expiry !== undefined && expiresAt === null)
    errors.push({ field: "expires_at", message: "must be ISO 8601 with offset: 2030-01-31T12:00:00Z" });
  if (expiresAt !== null && expiresAt.getTime() <= nowMs)
    errors.push({ field: "expires_at", message: "has passed" });
  if (read.kind === "invalid" || errors.length > 0) throw invalid(errors);
  return { address: read.address, reason, groupId: group ?? 0, expiresAt };
}

function shownSuppression(row: Suppression) {
  return {
    address: row.address,
    reason: row.reason,
    group: row.groupId === 0 ? null : row.groupId,
    status: row.status,
    detail: row.detail,
    message_id: row.messageId,
    expires_at: row.expiresAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}
