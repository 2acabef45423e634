import { isId } from "@waxwing/runtime";
import { type Database, listAuditLog } from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import { readInstant } from "../instant.ts";
import type { FieldProblem } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { SAMPLE_ID, SAMPLE_TIME } from "../schemas/samples.ts";
import { invalid } from "../validator.ts";

const instant = (description: string) => Type.String({ format: "date-time", description });

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
  {
    description: "Newest first.",
    examples: [
      {
        entries: [
          {
            id: SAMPLE_ID.audit,
            action: "api-key.created",
            target: SAMPLE_ID.key,
            key_id: SAMPLE_ID.key,
            remote_address: "192.0.2.7",
            created_at: SAMPLE_TIME,
          },
        ],
        next: null,
      },
    ],
  },
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
          action: Type.Optional(
            Type.String({
              maxLength: 100,
              description: "What the action begins with: `api-key.` or `domain.verified`.",
            }),
          ),
          target: Type.Optional(
            Type.String({ maxLength: 320, description: "Id of what was changed, or its address." }),
          ),
          since: Type.Optional(instant("From this time on.")),
          until: Type.Optional(instant("Before this time.")),
        },
        { additionalProperties: false },
      ),
      response: { 200: AuditPage, ...refusals("invalid-request") },
    },
    handler: async (request) => {
      const { cursor, limit = 100, action, target } = request.query;
      const errors: FieldProblem[] = [];
      if (cursor !== undefined && !isId(cursor)) {
        errors.push({ field: "cursor", message: "is not a cursor of this API" });
      }
      for (const [field, text] of Object.entries({ action, target })) {
        // PostgreSQL takes no NUL in a text.
        if (text?.includes("\0")) errors.push({ field, message: "contains what is not text" });
      }
      const time = (field: "since" | "until"): Date | undefined => {
        const text = request.query[field];
        const read = text === undefined ? undefined : readInstant(text);
        if (read === null)
          errors.push({ field, message: "must be ISO 8601 with offset: 2030-01-31T12:00:00Z" });
        return read ?? undefined;
      };
      const period = { since: time("since"), until: time("until") };
      if (errors.length > 0) throw invalid(errors);
      const page = { before: cursor ?? null, limit, actionPrefix: action, target, ...period };
      const rows = await listAuditLog(db, callerOf(request).projectId, page);
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
