import { type Database, deleteSuppressions, listSuppressionsByTime } from "@waxwing/store";
import { Type } from "typebox";
import { actorOf, callerOf } from "../../guard.ts";
import type { SendgridInstance } from "../dialect.ts";
import { notFound, sendgridError } from "../errors.ts";
import { MAX_OFFSET, pageLinks } from "../paging.ts";
import {
  addressPattern,
  SUPPRESSION_LISTS,
  type SuppressionList,
  storedAddress,
} from "../suppression-lists.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_EMAILS = 10_000;
/** The year 9999. */
const MAX_TIME = 253_402_300_799;

const time = Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_TIME }));
const ListQuery = Type.Object({
  start_time: time,
  end_time: time,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_OFFSET })),
  email: Type.Optional(Type.String({ maxLength: 320 })),
});
const Deletion = Type.Object({
  delete_all: Type.Optional(Type.Boolean()),
  emails: Type.Optional(Type.Array(Type.String(), { maxItems: MAX_EMAILS })),
});

/** `/v3/suppression/...`: SendGrid's lists of addresses that bounced, complained and unsubscribed. */
export function suppressionListRoutes(app: SendgridInstance, options: { readonly db: Database }): void {
  for (const list of SUPPRESSION_LISTS) listRoutes(app, options.db, list);
}

function listRoutes(app: SendgridInstance, db: Database, list: SuppressionList): void {
  const { name, reasons, show } = list;
  const url = `/suppression/${name}`;
  const reading = { scope: "suppressions:read", sendgridScope: `suppression.${name}.read` } as const;
  const deleting = { scope: "suppressions:write", sendgridScope: `suppression.${name}.delete` } as const;
  const params = Type.Object({ email: Type.String() });

  app.route({
    method: "GET",
    url,
    config: reading,
    schema: { querystring: ListQuery },
    handler: async (request, reply) => {
      const { start_time: start, end_time: end, limit = 500, offset = 0, email = "" } = request.query;
      const { rows, total } = await listSuppressionsByTime(
        db,
        callerOf(request).projectId,
        {
          reasons,
          from: start === undefined ? undefined : new Date(start * 1_000),
          // Inclusive, to the second.
          until: end === undefined ? undefined : new Date((end + 1) * 1_000),
          addressLike: email === "" ? undefined : addressPattern(email, list.prefix),
        },
        { limit, offset },
      );
      reply.header("link", pageLinks(request, { limit, offset, total }));
      return rows.map(show);
    },
  });

  app.route({
    method: "GET",
    url: `${url}/:email`,
    config: reading,
    schema: { params },
    handler: async (request) => {
      const addressLike = addressPattern(storedAddress(request.params.email), false);
      const { projectId } = callerOf(request);
      const { rows } = await listSuppressionsByTime(
        db,
        projectId,
        { reasons, addressLike },
        { limit: 1, offset: 0 },
      );
      return rows.map(show);
    },
  });

  app.route({
    method: "DELETE",
    url: `${url}/:email`,
    config: deleting,
    schema: { params },
    handler: async (request, reply) => {
      const addresses = [storedAddress(request.params.email)];
      const deleted = await deleteSuppressions(db, actorOf(request), { addresses, reasons, groupId: 0 });
      if (deleted === 0) throw notFound();
      reply.code(204);
      return null;
    },
  });

  app.route({
    method: "DELETE",
    url,
    bodyLimit: MAX_BODY_BYTES,
    config: deleting,
    schema: { body: Deletion },
    handler: async (request, reply) => {
      const { delete_all: all = false, emails = [] } = request.body;
      if (all === emails.length > 0) {
        throw sendgridError(
          null,
          "Either delete_all must be true or emails must name addresses, and not both.",
        );
      }
      const addresses = all ? undefined : [...new Set(emails.map(storedAddress))];
      await deleteSuppressions(db, actorOf(request), { addresses, reasons, groupId: 0 });
      reply.code(204);
      return null;
    },
  });
}
