import { isId } from "@waxwing/runtime";
import {
  type AppPassword,
  type Database,
  deleteAppPassword,
  hashAppPassword,
  insertAppPassword,
  listAppPasswords,
} from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { AppPasswordList, AppPasswordRequest, NewAppPassword } from "../schemas/mailbox.ts";
import { refusals } from "../schemas/problem.ts";
import { findMailboxOf, makePassword, noSuchMailbox } from "./mailboxes.ts";

/** Lists are answered whole. */
const MAX_APP_PASSWORDS = 100;

/** `/mailboxes/:id/app-passwords`: a password for each program or device. */
export function appPasswordRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  const tags = ["Mailboxes"];
  const params = Type.Object({ id: Type.String() });

  app.route({
    method: "POST",
    url: "/mailboxes/:id/app-passwords",
    config: { scope: "mailboxes:write" },
    schema: {
      operationId: "createAppPassword",
      tags,
      summary: "Create an app password",
      description:
        "For one program or device: it opens the mailbox as its scopes say, and can be taken back without changing the others. The answer shows it, this once.",
      params,
      body: AppPasswordRequest,
      response: {
        201: NewAppPassword,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "limit-reached",
          "not-found",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const { id: mailboxId } = await findMailboxOf(db, callerOf(request).projectId, request.params.id);
      const { name, scopes } = request.body;
      const password = makePassword();
      const wanted = { mailboxId, name, scopes, secretHash: hashAppPassword(password) };
      const inserted = await insertAppPassword(db, actorOf(request), wanted, MAX_APP_PASSWORDS);
      switch (inserted.kind) {
        case "created":
          reply.code(201);
          return { ...shown(inserted.appPassword), password };
        case "limit-reached":
          throw new ProblemError("limit-reached", `a mailbox has at most ${MAX_APP_PASSWORDS} app passwords`);
        case "no-such-mailbox":
          throw noSuchMailbox();
      }
    },
  });

  app.route({
    method: "GET",
    url: "/mailboxes/:id/app-passwords",
    config: { scope: "mailboxes:read" },
    schema: {
      operationId: "listAppPasswords",
      tags,
      summary: "List the app passwords of a mailbox",
      description: "Without the passwords themselves, which are kept nowhere.",
      params,
      response: { 200: AppPasswordList, ...refusals("not-found") },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { id } = await findMailboxOf(db, projectId, request.params.id);
      return { app_passwords: (await listAppPasswords(db, projectId, id)).map(shown) };
    },
  });

  app.route({
    method: "DELETE",
    url: "/mailboxes/:id/app-passwords/:password",
    config: { scope: "mailboxes:write" },
    schema: {
      operationId: "deleteAppPassword",
      tags,
      summary: "Take an app password back",
      description:
        "Sessions over IMAP and POP3 that were opened with it end at once; over SMTP it stops working within 5 seconds.",
      params: Type.Object({ id: Type.String(), password: Type.String({ description: "Its id." }) }),
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id: mailboxId, password: id } = request.params;
      if (
        !isId(mailboxId) ||
        !isId(id) ||
        !(await deleteAppPassword(db, actorOf(request), { mailboxId, id }))
      ) {
        throw new ProblemError("not-found", "this mailbox has no app password with this id");
      }
      reply.code(204);
      return null;
    },
  });
}

function shown(appPassword: AppPassword) {
  return {
    id: appPassword.id,
    name: appPassword.name,
    scopes: appPassword.scopes,
    last_used_at: appPassword.lastUsedAt?.toISOString() ?? null,
    created_at: appPassword.createdAt.toISOString(),
  };
}
