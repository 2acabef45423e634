import { isId } from "@waxwing/runtime";
import {
  type Database,
  deleteMailboxAlias,
  insertMailboxAlias,
  listMailboxAliases,
  type MailboxAlias,
} from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { AliasList, AliasRequest, AliasView } from "../schemas/mailbox.ts";
import { refusals } from "../schemas/problem.ts";
import { findMailboxOf, noSuchMailbox, readOwnAddress } from "./mailboxes.ts";

/** Lists are answered whole. */
const MAX_ALIASES = 1_000;

/** `/mailboxes/:id/aliases`: more addresses whose mail arrives in a mailbox. */
export function mailboxAliasRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  const tags = ["Mailboxes"];
  const params = Type.Object({ id: Type.String() });

  app.route({
    method: "POST",
    url: "/mailboxes/:id/aliases",
    config: { scope: "mailboxes:write" },
    schema: {
      operationId: "createMailboxAlias",
      tags,
      summary: "Give a mailbox another address",
      description:
        "At a verified domain of the project. Mail to it arrives in the mailbox, its owner may log in with it, and send from it.",
      params,
      body: AliasRequest,
      response: {
        201: AliasView,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "already-exists",
          "limit-reached",
          "not-found",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const { id: mailboxId } = await findMailboxOf(db, projectId, request.params.id);
      const address = await readOwnAddress(db, projectId, request.body.address);
      const inserted = await insertMailboxAlias(db, actorOf(request), { mailboxId, address }, MAX_ALIASES);
      switch (inserted.kind) {
        case "created":
          reply.code(201);
          return shown(inserted.alias);
        case "taken":
          throw new ProblemError("already-exists", `${address} is taken`);
        case "limit-reached":
          throw new ProblemError("limit-reached", `a mailbox has at most ${MAX_ALIASES} aliases`);
        case "no-such-mailbox":
          throw noSuchMailbox();
      }
    },
  });

  app.route({
    method: "GET",
    url: "/mailboxes/:id/aliases",
    config: { scope: "mailboxes:read" },
    schema: {
      operationId: "listMailboxAliases",
      tags,
      summary: "List the aliases of a mailbox",
      params,
      response: { 200: AliasList, ...refusals("not-found") },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { id } = await findMailboxOf(db, projectId, request.params.id);
      return { aliases: (await listMailboxAliases(db, projectId, id)).map(shown) };
    },
  });

  app.route({
    method: "DELETE",
    url: "/mailboxes/:id/aliases/:alias",
    config: { scope: "mailboxes:write" },
    schema: {
      operationId: "deleteMailboxAlias",
      tags,
      summary: "Delete an alias",
      description: "Mail to it is refused from then on.",
      params: Type.Object({ id: Type.String(), alias: Type.String() }),
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id: mailboxId, alias: aliasId } = request.params;
      const isOne = isId(mailboxId) && isId(aliasId);
      if (!isOne || !(await deleteMailboxAlias(db, actorOf(request), { mailboxId, aliasId }))) {
        throw new ProblemError("not-found", "this mailbox has no alias with this id");
      }
      reply.code(204);
      return null;
    },
  });
}

function shown(alias: MailboxAlias) {
  return { id: alias.id, address: alias.address, created_at: alias.createdAt.toISOString() };
}
