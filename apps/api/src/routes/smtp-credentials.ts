import { randomBytes } from "node:crypto";
import { readAddress } from "@waxwing/outbound";
import { type Clock, hashPassword, isId, newId } from "@waxwing/runtime";
import {
  type Database,
  deleteSmtpCredential,
  findProjectDomainByName,
  insertSmtpCredential,
  listSmtpCredentials,
  type SmtpCredential,
} from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { readLimits, refuseExcess } from "../key-limits.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import {
  NewSmtpCredential,
  SmtpCredentialList,
  SmtpCredentialRequest,
  SmtpCredentialView,
} from "../schemas/smtp-credential.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole. */
const MAX_CREDENTIALS = 1_000;
/** 144 random bits, in 24 characters. */
const PASSWORD_BYTES = 18;
const USERNAME_BYTES = 10;

/** `/smtp-credentials`: user names and passwords for SMTP submission, beside API keys. */
export function smtpCredentialRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const tags = ["SMTP credentials"];
  const params = Type.Object({ id: Type.String() });

  /**
   * A user name is chosen only where its domain proves whose it is: a token of the configured issuer opens the credential of its
   * address, and nobody may lie in wait for somebody else's.
   */
  const usernameFor = async (projectId: string, wanted: string | undefined): Promise<string> => {
    if (wanted === undefined) return `smtp-${randomBytes(USERNAME_BYTES).toString("hex")}`;
    const read = readAddress(wanted);
    if (read.kind === "invalid") throw invalid([{ field: "username", message: read.reason }]);
    const domain = await findProjectDomainByName(db, projectId, read.domain);
    if (domain === null || domain.verifiedAt === null) {
      const message = `is at ${read.domain}, which is no verified domain of this project`;
      throw invalid([{ field: "username", message }]);
    }
    return read.address.toLowerCase();
  };

  app.route({
    method: "POST",
    url: "/smtp-credentials",
    config: { scope: "smtp-credentials:write" },
    schema: {
      operationId: "createSmtpCredential",
      tags,
      summary: "Create an SMTP credential",
      description:
        "A user name and password that may send over SMTP submission, and nothing else. The answer shows the password, this once. It needs the scope `send`, and cannot be given more addresses or a longer life than the API key that makes it. To change a password, make another credential and delete this one.",
      body: SmtpCredentialRequest,
      response: {
        201: NewSmtpCredential,
        ...refusals(
          "invalid-request",
          "malformed-body",
          "already-exists",
          "limit-reached",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const { body } = request;
      const limits = readLimits(body, clock.now());
      refuseExcess(callerOf(request), ["send"], limits);
      const username = await usernameFor(callerOf(request).projectId, body.username);
      const password = randomBytes(PASSWORD_BYTES).toString("base64url");
      const inserted = await insertSmtpCredential(
        db,
        actorOf(request),
        {
          id: newId(clock.now()),
          name: body.name,
          username,
          passwordHash: await hashPassword(password),
          ...limits,
        },
        MAX_CREDENTIALS,
      );
      switch (inserted.kind) {
        case "created":
          reply.code(201).header("location", `/smtp-credentials/${inserted.credential.id}`);
          return { ...shown(inserted.credential), password };
        case "taken":
          throw new ProblemError("already-exists", `${username} is taken`);
        case "limit-reached":
          throw new ProblemError(
            "limit-reached",
            `a project has at most ${MAX_CREDENTIALS} SMTP credentials`,
          );
      }
    },
  });

  app.route({
    method: "GET",
    url: "/smtp-credentials",
    config: { scope: "smtp-credentials:read" },
    schema: {
      operationId: "listSmtpCredentials",
      tags,
      summary: "List SMTP credentials",
      description: "Without their passwords, which are kept nowhere.",
      response: { 200: SmtpCredentialList, ...refusals() },
    },
    handler: async (request) => ({
      smtp_credentials: (await listSmtpCredentials(db, callerOf(request).projectId)).map(shown),
    }),
  });

  app.route({
    method: "GET",
    url: "/smtp-credentials/:id",
    config: { scope: "smtp-credentials:read" },
    schema: {
      operationId: "getSmtpCredential",
      tags,
      summary: "Read an SMTP credential",
      params,
      response: { 200: SmtpCredentialView, ...refusals("not-found") },
    },
    handler: async (request) => {
      const credentials = await listSmtpCredentials(db, callerOf(request).projectId);
      const credential = credentials.find(({ id }) => id === request.params.id);
      if (credential === undefined) throw noSuchCredential();
      return shown(credential);
    },
  });

  app.route({
    method: "DELETE",
    url: "/smtp-credentials/:id",
    config: { scope: "smtp-credentials:write" },
    schema: {
      operationId: "deleteSmtpCredential",
      tags,
      summary: "Delete an SMTP credential",
      description: "It stops working within 5 seconds, also in sessions that are open.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!isId(id) || !(await deleteSmtpCredential(db, actorOf(request), id))) throw noSuchCredential();
      reply.code(204);
      return null;
    },
  });
}

function noSuchCredential(): ProblemError {
  return new ProblemError("not-found", "this project has no SMTP credential with this id");
}

function shown(credential: SmtpCredential) {
  return {
    id: credential.id,
    name: credential.name,
    username: credential.username,
    allowed_ips: credential.allowedIps,
    expires_at: credential.expiresAt?.toISOString() ?? null,
    last_used_at: credential.lastUsedAt?.toISOString() ?? null,
    created_at: credential.createdAt.toISOString(),
  };
}
