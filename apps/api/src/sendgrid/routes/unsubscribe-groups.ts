import {
  type Database,
  deleteUnsubscribeGroup,
  findUnsubscribeGroup,
  insertUnsubscribeGroup,
  listUnsubscribeGroups,
  type UnsubscribeGroup,
  type UnsubscribeGroupChange,
  updateUnsubscribeGroup,
} from "@waxwing/store";
import { Type } from "typebox";
import { actorOf, callerOf } from "../../guard.ts";
import { groupNumber, hasControlCharacter, MAX_GROUPS } from "../../unsubscribe-group.ts";
import type { SendgridInstance } from "../dialect.ts";
import { notFound, SendgridError, sendgridError } from "../errors.ts";

const content = {
  name: Type.String({ minLength: 1, maxLength: 30 }),
  description: Type.String({ minLength: 1, maxLength: 100 }),
  is_default: Type.Optional(Type.Boolean()),
};
const NewGroup = Type.Object(content);
const GroupChange = Type.Partial(Type.Object(content));
const params = Type.Object({ group_id: Type.String() });

/** `/v3/asm/groups`: SendGrid's unsubscribe groups, which are ours. */
export function asmGroupRoutes(app: SendgridInstance, options: { readonly db: Database }): void {
  const { db } = options;
  const reading = { scope: "suppressions:read", sendgridScope: "asm.groups.read" } as const;
  const writing = (action: string) =>
    ({ scope: "suppressions:write", sendgridScope: `asm.groups.${action}` }) as const;

  app.route({
    method: "POST",
    url: "/asm/groups",
    config: writing("create"),
    schema: { body: NewGroup },
    handler: async (request, reply) => {
      const { name, description, is_default: isDefault = false } = request.body;
      refuseControls(request.body);
      const made = await insertUnsubscribeGroup(
        db,
        actorOf(request),
        { name, description, isDefault },
        MAX_GROUPS,
      );
      reply.code(201);
      return described(changed(made));
    },
  });

  app.route({
    method: "GET",
    url: "/asm/groups",
    config: reading,
    handler: async (request) => {
      const { id } = request.query as { readonly id?: unknown };
      const wanted = id === undefined ? null : new Set([id].flat().map(String));
      const groups = await listUnsubscribeGroups(db, callerOf(request).projectId);
      return groups.filter((group) => wanted?.has(String(group.id)) ?? true).map(shown);
    },
  });

  app.route({
    method: "GET",
    url: "/asm/groups/:group_id",
    config: reading,
    schema: { params },
    handler: async (request) =>
      shown(await findGroup(db, callerOf(request).projectId, request.params.group_id)),
  });

  app.route({
    method: "PATCH",
    url: "/asm/groups/:group_id",
    config: writing("update"),
    schema: { params, body: GroupChange },
    handler: async (request, reply) => {
      const { name, description, is_default: isDefault } = request.body;
      refuseControls(request.body);
      const id = groupNumber(request.params.group_id);
      if (id === null) throw notFound();
      const change = {
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
        ...(isDefault !== undefined && { isDefault }),
      };
      const group = changed(await updateUnsubscribeGroup(db, actorOf(request), id, change));
      // SendGrid answers a change so.
      reply.code(201);
      return shown(group);
    },
  });

  app.route({
    method: "DELETE",
    url: "/asm/groups/:group_id",
    config: writing("delete"),
    schema: { params },
    handler: async (request, reply) => {
      const id = groupNumber(request.params.group_id);
      if (id === null || !(await deleteUnsubscribeGroup(db, actorOf(request), id))) throw notFound();
      reply.code(204);
      return null;
    },
  });
}

/** The group that a path names. @throws SendgridError 404, also for another project's. */
export async function findGroup(db: Database, projectId: string, text: string): Promise<UnsubscribeGroup> {
  const id = groupNumber(text);
  const group = id === null ? null : await findUnsubscribeGroup(db, projectId, id);
  if (group === null) throw notFound();
  return group;
}

function changed(change: UnsubscribeGroupChange): UnsubscribeGroup {
  switch (change.kind) {
    case "done":
      return change.group;
    case "taken":
      throw sendgridError("name", "A group with this name already exists.");
    case "full":
      throw sendgridError(null, `There is a limit of ${MAX_GROUPS} unsubscribe groups.`);
    case "missing":
      throw notFound();
  }
}

function refuseControls(texts: { readonly name?: string; readonly description?: string }): void {
  const errors = (["name", "description"] as const)
    .filter((field) => hasControlCharacter(texts[field] ?? ""))
    .map((field) => ({ field, message: `${field} contains a control character`, help: null }));
  if (errors.length > 0) throw new SendgridError(400, errors);
}

function described({ id, name, description, isDefault }: UnsubscribeGroup) {
  return { id, name, description, is_default: isDefault };
}

function shown(group: UnsubscribeGroup) {
  // When mail of a group was sent last is not kept.
  return { ...described(group), last_email_sent_at: null, unsubscribes: group.unsubscribes };
}
