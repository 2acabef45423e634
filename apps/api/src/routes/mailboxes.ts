import { randomBytes } from "node:crypto";
import { readAddress } from "@waxwing/outbound";
import { hashPassword, isId } from "@waxwing/runtime";
import {
  type Database,
  deleteMailbox,
  ensureMailbox,
  findDomain,
  listMailboxes,
  type StoredMailboxAccount,
  setMailboxPassword,
} from "@waxwing/store";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { SAMPLE_ID, SAMPLE_TIME } from "../schemas/samples.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole. */
const MAX_MAILBOXES = 1_000;
/** 144 random bits, in 24 characters. */
const PASSWORD_BYTES = 18;
const MIN_PASSWORD_CHARS = 8;

const fields = {
  id: Type.String(),
  address: Type.String(),
  created_at: Type.String({ format: "date-time" }),
};
const SAMPLE_MAILBOX = { id: SAMPLE_ID.mailbox, address: "support@shop.example", created_at: SAMPLE_TIME };
const Password = Type.String({
  minLength: MIN_PASSWORD_CHARS,
  maxLength: 256,
  description: "8 to 256 characters without control characters; made when absent.",
});
const ShownPassword = Type.Union([Type.String(), Type.Null()], {
  description: "The password that was made, shown this once; null when you gave one.",
});

/** `/mailboxes`: what mail programs open over IMAP and POP3. */
export function mailboxRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  const tags = ["Mailboxes"];
  const params = Type.Object({ id: Type.String() });
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  const find = async (projectId: string, id: string): Promise<StoredMailboxAccount> => {
    const mailbox = (await listMailboxes(db, projectId)).find((candidate) => candidate.id === id);
    if (mailbox === undefined) throw noSuchMailbox();
    return mailbox;
  };

  app.route({
    method: "POST",
    url: "/mailboxes",
    config: { scope: "mailboxes:write" },
    schema: {
      operationId: "createMailbox",
      tags,
      summary: "Create a mailbox",
      description:
        "At a domain of the project. It receives once the domain is verified and its MX points here.",
      body: Type.Object(
        { address: Type.String(), password: Type.Optional(Password) },
        { additionalProperties: false, examples: [{ address: SAMPLE_MAILBOX.address }] },
      ),
      response: {
        201: Type.Object(
          { ...fields, password: ShownPassword },
          {
            description: "Created.",
            examples: [{ ...SAMPLE_MAILBOX, password: "kR9vXq2mT7wZ4cLpY8sB1nGd" }],
          },
        ),
        ...refusals(...bodyRefusals, "already-exists", "limit-reached"),
      },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const read = readAddress(request.body.address);
      if (read.kind === "invalid") throw invalid([{ field: "address", message: read.reason }]);
      const { password, made } = readPassword(request.body.password);
      if ((await findDomain(db, read.domain))?.projectId !== projectId) {
        throw invalid([
          { field: "address", message: `is at ${read.domain}, which is no verified domain of this project` },
        ]);
      }
      if ((await listMailboxes(db, projectId)).length >= MAX_MAILBOXES) {
        throw new ProblemError("limit-reached", `a project has at most ${MAX_MAILBOXES} mailboxes`);
      }
      const passwordHash = await hashPassword(password);
      const wanted = { projectId, address: read.address, passwordHash };
      const ensured = await ensureMailbox(db, wanted, actorOf(request));
      if (ensured.kind !== "created") throw new ProblemError("already-exists", `${read.address} is taken`);
      reply.code(201).header("location", `/mailboxes/${ensured.mailbox.id}`);
      return { ...shownMailbox(ensured.mailbox), password: made };
    },
  });

  app.route({
    method: "GET",
    url: "/mailboxes",
    config: { scope: "mailboxes:read" },
    schema: {
      operationId: "listMailboxes",
      tags,
      summary: "List mailboxes",
      response: {
        200: Type.Object(
          { mailboxes: Type.Array(Type.Object(fields)) },
          { description: "All of them, by address.", examples: [{ mailboxes: [SAMPLE_MAILBOX] }] },
        ),
        ...refusals(),
      },
    },
    handler: async (request) => ({
      mailboxes: (await listMailboxes(db, callerOf(request).projectId)).map(shownMailbox),
    }),
  });

  app.route({
    method: "GET",
    url: "/mailboxes/:id",
    config: { scope: "mailboxes:read" },
    schema: {
      operationId: "getMailbox",
      tags,
      summary: "Read a mailbox",
      params,
      response: { 200: Type.Object(fields, { examples: [SAMPLE_MAILBOX] }), ...refusals("not-found") },
    },
    handler: async (request) => shownMailbox(await find(callerOf(request).projectId, request.params.id)),
  });

  app.route({
    method: "PATCH",
    url: "/mailboxes/:id",
    config: { scope: "mailboxes:write" },
    schema: {
      operationId: "changeMailboxPassword",
      tags,
      summary: "Change a mailbox's password",
      description: "With an empty object a new one is made. Sessions that are open stay open.",
      params,
      body: Type.Object(
        { password: Type.Optional(Password) },
        { additionalProperties: false, examples: [{ password: "correct horse battery staple" }] },
      ),
      response: {
        200: Type.Object(
          { ...fields, password: ShownPassword },
          { description: "Changed.", examples: [{ ...SAMPLE_MAILBOX, password: null }] },
        ),
        ...refusals(...bodyRefusals, "not-found"),
      },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { password, made } = readPassword(request.body.password);
      const mailbox = await find(projectId, request.params.id);
      const passwordHash = await hashPassword(password);
      const change = { projectId, mailboxId: mailbox.id, passwordHash };
      if (!(await setMailboxPassword(db, change, actorOf(request)))) throw noSuchMailbox();
      return { ...shownMailbox(mailbox), password: made };
    },
  });

  app.route({
    method: "DELETE",
    url: "/mailboxes/:id",
    config: { scope: "mailboxes:write" },
    schema: {
      operationId: "deleteMailbox",
      tags,
      summary: "Delete a mailbox with all mail in it",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      const { projectId } = callerOf(request);
      if (!isId(id) || !(await deleteMailbox(db, projectId, id, actorOf(request)))) throw noSuchMailbox();
      reply.code(204);
      return null;
    },
  });
}

function noSuchMailbox(): ProblemError {
  return new ProblemError("not-found", "this project has no mailbox with this id");
}

function readPassword(given: string | undefined): {
  readonly password: string;
  readonly made: string | null;
} {
  if (given === undefined) {
    const made = randomBytes(PASSWORD_BYTES).toString("base64url");
    return { password: made, made };
  }
  // RFC 4616: SASL PLAIN cannot carry NUL, and no one types the others.
  if (/\p{Cc}/u.test(given) || !given.isWellFormed()) {
    throw invalid([{ field: "password", message: "contains a control character" }]);
  }
  return { password: given, made: null };
}

function shownMailbox(mailbox: StoredMailboxAccount) {
  return { id: mailbox.id, address: mailbox.address, created_at: mailbox.createdAt.toISOString() };
}
