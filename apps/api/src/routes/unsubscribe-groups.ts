import {
  type Database,
  deleteUnsubscribeGroup,
  findUnsubscribeGroup,
  insertUnsubscribeGroup,
  listUnsubscribeGroups,
  type UnsubscribeGroup as StoredGroup,
  type UnsubscribeGroupChange,
  updateUnsubscribeGroup,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import {
  UnsubscribeGroup,
  UnsubscribeGroupList,
  UnsubscribeGroupPatch,
  UnsubscribeGroupRequest,
} from "../schemas/unsubscribe-group.ts";
import { groupNumber, hasControlCharacter, MAX_GROUPS } from "../unsubscribe-group.ts";
import { invalid } from "../validator.ts";

/** `/unsubscribe-groups`: kinds of mail that a recipient can leave without leaving the others. */
export function unsubscribeGroupRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  const tags = ["Suppressions"];
  const params = Type.Object({ id: Type.String() });
  const writing = refusals(
    "invalid-request",
    "malformed-body",
    "not-found",
    "already-exists",
    "limit-reached",
    "too-large",
    "unsupported-media-type",
  );

  app.route({
    method: "POST",
    url: "/unsubscribe-groups",
    config: { scope: "suppressions:write" },
    schema: {
      operationId: "createUnsubscribeGroup",
      tags,
      summary: "Create an unsubscribe group",
      description: "Messages name it; who leaves it gets no more of its mail, and all other mail as before.",
      body: UnsubscribeGroupRequest,
      response: { 201: UnsubscribeGroup, ...writing },
    },
    handler: async (request, reply) => {
      const { name, description = "", is_default: isDefault = false } = request.body;
      refuseControls({ name, description });
      const content = { name, description, isDefault };
      const group = changed(await insertUnsubscribeGroup(db, actorOf(request), content, MAX_GROUPS));
      reply.code(201).header("location", `/unsubscribe-groups/${group.id}`);
      return shownGroup(group);
    },
  });

  app.route({
    method: "GET",
    url: "/unsubscribe-groups",
    config: { scope: "suppressions:read" },
    schema: {
      operationId: "listUnsubscribeGroups",
      tags,
      summary: "List unsubscribe groups",
      response: { 200: UnsubscribeGroupList, ...refusals() },
    },
    handler: async (request) => ({
      unsubscribe_groups: (await listUnsubscribeGroups(db, callerOf(request).projectId)).map(shownGroup),
    }),
  });

  app.route({
    method: "GET",
    url: "/unsubscribe-groups/:id",
    config: { scope: "suppressions:read" },
    schema: {
      operationId: "getUnsubscribeGroup",
      tags,
      summary: "Read an unsubscribe group",
      params,
      response: { 200: UnsubscribeGroup, ...refusals("not-found") },
    },
    handler: async (request) => {
      const id = groupNumber(request.params.id);
      const group = id === null ? null : await findUnsubscribeGroup(db, callerOf(request).projectId, id);
      if (group === null) throw noSuchGroup();
      return shownGroup(group);
    },
  });

  app.route({
    method: "PATCH",
    url: "/unsubscribe-groups/:id",
    config: { scope: "suppressions:write" },
    schema: {
      operationId: "changeUnsubscribeGroup",
      tags,
      summary: "Change an unsubscribe group",
      description: "Fields that are absent stay.",
      params,
      body: UnsubscribeGroupPatch,
      response: { 200: UnsubscribeGroup, ...writing },
    },
    handler: async (request) => {
      const { is_default: isDefault, ...content } = request.body;
      refuseControls(content);
      const id = groupNumber(request.params.id);
      if (id === null) throw noSuchGroup();
      const change = { ...content, ...(isDefault !== undefined && { isDefault }) };
      return shownGroup(changed(await updateUnsubscribeGroup(db, actorOf(request), id, change)));
    },
  });

  app.route({
    method: "DELETE",
    url: "/unsubscribe-groups/:id",
    config: { scope: "suppressions:write" },
    schema: {
      operationId: "deleteUnsubscribeGroup",
      tags,
      summary: "Delete an unsubscribe group",
      description: "Who had left it is forgotten with it.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const id = groupNumber(request.params.id);
      if (id === null || !(await deleteUnsubscribeGroup(db, actorOf(request), id))) throw noSuchGroup();
      reply.code(204);
      return null;
    },
  });
}

/** @throws ProblemError for a group that was not made or changed. */
function changed(change: UnsubscribeGroupChange): StoredGroup {
  switch (change.kind) {
    case "done":
      return change.group;
    case "taken":
      throw new ProblemError("already-exists", "this project has an unsubscribe group of this name");
    case "full":
      throw new ProblemError("limit-reached", `a project has at most ${MAX_GROUPS} unsubscribe groups`);
    case "missing":
      throw noSuchGroup();
  }
}

function refuseControls(texts: { readonly name?: string; readonly description?: string }): void {
  const errors = (["name", "description"] as const)
    .filter((field) => hasControlCharacter(texts[field] ?? ""))
    .map((field) => ({ field, message: "contains a control character" }));
  if (errors.length > 0) throw invalid(errors);
}

function noSuchGroup(): ProblemError {
  return new ProblemError("not-found", "this project has no unsubscribe group with this id");
}

function shownGroup(group: StoredGroup): Static<typeof UnsubscribeGroup> {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    is_default: group.isDefault,
    unsubscribes: group.unsubscribes,
    created_at: group.createdAt.toISOString(),
  };
}
