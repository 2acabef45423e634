import { randomBytes } from "node:crypto";
import { readAddress } from "@waxwing/outbound";
import { hashPassword, isId } from "@waxwing/runtime";
import {
  changeMailboxSettings,
  type Database,
  deleteMailbox,
  ensureMailbox,
  findDomain,
  findProjectMailbox,
  listMailboxes,
  type MailboxSettings,
  mailboxQuota,
  type StoredMailboxAccount,
  setMailboxPassword,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import {
  ChangedMailbox,
  MailboxChange,
  MailboxList,
  MailboxRequest,
  MailboxUsage,
  MailboxView,
} from "../schemas/mailbox.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole. */
const MAX_MAILBOXES = 1_000;
/** 144 random bits, in 24 characters. */
const PASSWORD_BYTES = 18;

/** `/mailboxes`: what mail programs open over IMAP and POP3. */
export function mailboxRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  const tags = ["Mailboxes"];
  const params = Type.Object({ id: Type.String() });
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  const find = (projectId: string, id: string) => findMailboxOf(db, projectId, id);

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
      body: MailboxRequest,
      response: {
        201: ChangedMailbox("Created.", "kR9vXq2mT7wZ4cLpY8sB1nGd"),
        ...refusals(...bodyRefusals, "already-exists", "limit-reached"),
      },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const address = await readOwnAddress(db, projectId, request.body.address);
      const { password, made } = readPassword(request.body.password);
      if ((await listMailboxes(db, projectId)).length >= MAX_MAILBOXES) {
        throw new ProblemError("limit-reached", `a project has at most ${MAX_MAILBOXES} mailboxes`);
      }
      const passwordHash = await hashPassword(password);
      const ensured = await ensureMailbox(db, { projectId, address, passwordHash }, actorOf(request));
      if (ensured.kind !== "created") throw new ProblemError("already-exists", `${address} is taken`);
      const { id } = ensured.mailbox;
      const settings = readSettings(request.body);
      if (settings !== null) await changeMailboxSettings(db, actorOf(request), id, settings);
      reply.code(201).header("location", `/mailboxes/${id}`);
      return { ...shownMailbox(await find(projectId, id)), password: made };
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
      response: { 200: MailboxList, ...refusals() },
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
      response: { 200: MailboxView, ...refusals("not-found") },
    },
    handler: async (request) => shownMailbox(await find(callerOf(request).projectId, request.params.id)),
  });

  app.route({
    method: "GET",
    url: "/mailboxes/:id/usage",
    config: { scope: "mailboxes:read" },
    schema: {
      operationId: "getMailboxUsage",
      tags,
      summary: "Read how full a mailbox is",
      params,
      response: { 200: MailboxUsage, ...refusals("not-found") },
    },
    handler: async (request) => {
      const { id } = await find(callerOf(request).projectId, request.params.id);
      const quota = await mailboxQuota(db, id);
      if (quota === null) throw noSuchMailbox();
      return {
        bytes: { used: quota.usedBytes, limit: quota.limitBytes },
        messages: { used: quota.usedMessages, limit: quota.limitMessages },
      };
    },
  });

  app.route({
    method: "PATCH",
    url: "/mailboxes/:id",
    config: { scope: "mailboxes:write" },
    schema: {
      operationId: "changeMailbox",
      tags,
      summary: "Change a mailbox's password or settings",
      description:
        "What is absent stays as it is. With an empty object a new password is made. A new password ends the sessions that were opened with the old one.",
      params,
      body: MailboxChange,
      response: { 200: ChangedMailbox("Changed.", null), ...refusals(...bodyRefusals, "not-found") },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { body } = request;
      const settings = readSettings(body);
      const wanted =
        settings === null || body.password !== undefined ? readPassword(body.password) : undefined;
      const { id } = await find(projectId, request.params.id);
      if (settings !== null && !(await changeMailboxSettings(db, actorOf(request), id, settings))) {
        throw noSuchMailbox();
      }
      if (wanted !== undefined) {
        const change = { projectId, mailboxId: id, passwordHash: await hashPassword(wanted.password) };
        if (!(await setMailboxPassword(db, change, actorOf(request)))) throw noSuchMailbox();
      }
      return { ...shownMailbox(await find(projectId, id)), password: wanted?.made ?? null };
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

/** A mailbox of the project. @throws ProblemError 404 */
export async function findMailboxOf(
  db: Database,
  projectId: string,
  id: string,
): Promise<StoredMailboxAccount> {
  const mailbox = isId(id) ? await findProjectMailbox(db, projectId, id) : null;
  if (mailbox === null) throw noSuchMailbox();
  return mailbox;
}

/** An address at a verified domain of the project. @throws ProblemError 400 */
export async function readOwnAddress(db: Database, projectId: string, given: string): Promise<string> {
  const read = readAddress(given);
  if (read.kind === "invalid") throw invalid([{ field: "address", message: read.reason }]);
  if ((await findDomain(db, read.domain))?.projectId !== projectId) {
    const message = `is at ${read.domain}, which is no verified domain of this project`;
    throw invalid([{ field: "address", message }]);
  }
  return read.address;
}

/** A password that nobody has to remember. */
export function makePassword(): string {
  return randomBytes(PASSWORD_BYTES).toString("base64url");
}

export function noSuchMailbox(): ProblemError {
  return new ProblemError("not-found", "this project has no mailbox with this id");
}

/** The settings among the fields of a body; null: there are none. */
function readSettings(body: Static<typeof MailboxChange>): Partial<MailboxSettings> | null {
  const settings: { -readonly [Key in keyof MailboxSettings]?: MailboxSettings[Key] } = {};
  if (body.quota_bytes !== undefined) settings.quotaBytes = body.quota_bytes;
  if (body.quota_messages !== undefined) settings.quotaMessages = body.quota_messages;
  if (body.retention_days !== undefined) settings.retentionDays = body.retention_days;
  if (body.pop3_deletion !== undefined) settings.pop3Deletion = body.pop3_deletion;
  if (body.mirror_sent !== undefined) settings.mirrorsSent = body.mirror_sent;
  return Object.keys(settings).length === 0 ? null : settings;
}

function readPassword(given: string | undefined): {
  readonly password: string;
  readonly made: string | null;
} {
  if (given === undefined) {
    const made = makePassword();
    return { password: made, made };
  }
  // RFC 4616: SASL PLAIN cannot carry NUL, and no one types the others.
  if (/\p{Cc}/u.test(given) || !given.isWellFormed()) {
    throw invalid([{ field: "password", message: "contains a control character" }]);
  }
  return { password: given, made: null };
}

function shownMailbox(mailbox: StoredMailboxAccount): Static<typeof MailboxView> {
  return {
    id: mailbox.id,
    address: mailbox.address,
    quota_bytes: mailbox.quotaBytes,
    quota_messages: mailbox.quotaMessages,
    retention_days: mailbox.retentionDays,
    pop3_deletion: mailbox.pop3Deletion,
    mirror_sent: mailbox.sentCursorXact !== null,
    created_at: mailbox.createdAt.toISOString(),
  };
}
