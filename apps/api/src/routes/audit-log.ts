import { isId } from "@waxwing/runtime";
import { type Database, listAuditLog } from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";

const AuditPage = Type.Object(
  {
    entries: Type.Array(
      Type.Object({
        id: Type.String(),
        action: Type.String({ description: "Such as `api-key.created` or `domain.deleted`." }),
        target: Type.String({ description: "Id of what was changed, or its address." }),
        key_id: Type.Union([Type.String(), Type.Null()], {
          description: "The API key that asked; null for what the platform did by itself.",
        }),
        remote_address: Type.Union([Type.String(), Type.Null()]),
        created_at: Type.String({ format: "date-time" }),
      }),
    ),
    next: Type.Union([Type.String(), Type.Null()], {
      description: "Pass it as `cursor` for older entries; null: these were the oldest.",
    }),
  },
  { description: "Newest first." },
);

/** `/audit-log`: who changed what. */
export function auditLogRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  app.route({
    method: "GET",
    url: "/audit-log",
    config: { scope: "audit-log:read" },
    schema: {
      operationId: "listAuditLog",
      tags: ["Audit log"],
      summary: "Read who changed what",
      querystring: Type.Object(
        {
          cursor: Type.Optional(Type.String({ description: "The `next` of an earlier answer." })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
        },
        { additionalProperties: false },
      ),
      response: { 200: AuditPage, ...refusals("invalid-request") },
    },
    handler: async (request) => {
      const { cursor, limit = 100 } = request.query;
      if (cursor !== undefined && !isId(cursor)) {
        throw invalid([{ field: "cursor", message: "is not a cursor of this API" }]);
      }
      const rows = await listAuditLog(db, callerOf(request).projectId, { before: cursor ?? null, limit });
      return {
        entries: rows.map((row) => ({
          id: row.id,
          action: row.action,
          target: row.target,
          key_id: row.keyId,
          remote_address: row.remoteAddress,
          created_at: row.createdAt.toISOString(),
        })),
        next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null,
      };
    },
  });
}
