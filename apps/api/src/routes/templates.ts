import { type Clock, isId, newId } from "@waxwing/runtime";
import {
  type Database,
  deleteTemplate,
  findTemplate,
  insertTemplate,
  listTemplates,
  renameTemplate,
  type Template as StoredTemplate,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { ref } from "../schemas/ref.ts";
import { Template, TemplateList, TemplateRequest } from "../schemas/template.ts";

/** Lists are answered whole. */
export const MAX_TEMPLATES = 1_000;

/** `/templates`: messages that are made from variables. */
export function templateRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const tags = ["Templates"];
  const params = Type.Object({ id: Type.String() });

  const shown = async (projectId: string, id: string): Promise<Static<typeof Template>> => {
    const found = isId(id) ? await findTemplate(db, projectId, id) : null;
    if (found === null) throw noSuchTemplate();
    const { template, versions } = found;
    return {
      ...described(template),
      versions: versions.map((version) => ({
        id: version.id,
        name: version.name,
        active: version.id === template.activeVersionId,
        created_at: version.createdAt.toISOString(),
        updated_at: version.updatedAt.toISOString(),
      })),
    };
  };

  app.route({
    method: "POST",
    url: "/templates",
    config: { scope: "templates:write" },
    schema: {
      operationId: "createTemplate",
      tags,
      summary: "Create a template",
      description: "It says nothing yet: add a version.",
      body: TemplateRequest,
      response: {
        201: ref(Template),
        ...refusals(
          "invalid-request",
          "malformed-body",
          "limit-reached",
          "too-large",
          "unsupported-media-type",
        ),
      },
    },
    handler: async (request, reply) => {
      const id = newId(clock.now());
      const template = await insertTemplate(
        db,
        actorOf(request),
        { id, name: request.body.name },
        MAX_TEMPLATES,
      );
      if (template === null) {
        throw new ProblemError("limit-reached", `a project has at most ${MAX_TEMPLATES} templates`);
      }
      reply.code(201).header("location", `/templates/${id}`);
      return { ...described(template), versions: [] };
    },
  });

  app.route({
    method: "GET",
    url: "/templates",
    config: { scope: "templates:read" },
    schema: {
      operationId: "listTemplates",
      tags,
      summary: "List templates",
      response: { 200: TemplateList, ...refusals() },
    },
    handler: async (request) => ({
      templates: (await listTemplates(db, callerOf(request).projectId)).map(described),
    }),
  });

  app.route({
    method: "GET",
    url: "/templates/:id",
    config: { scope: "templates:read" },
    schema: {
      operationId: "getTemplate",
      tags,
      summary: "Read a template and the list of its versions",
      params,
      response: { 200: ref(Template), ...refusals("not-found") },
    },
    handler: (request) => shown(callerOf(request).projectId, request.params.id),
  });

  app.route({
    method: "PATCH",
    url: "/templates/:id",
    config: { scope: "templates:write" },
    schema: {
      operationId: "renameTemplate",
      tags,
      summary: "Rename a template",
      params,
      body: TemplateRequest,
      response: {
        200: ref(Template),
        ...refusals("invalid-request", "malformed-body", "not-found", "too-large", "unsupported-media-type"),
      },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { id } = request.params;
      if (!isId(id) || (await renameTemplate(db, actorOf(request), id, request.body.name)) === null)
        throw noSuchTemplate();
      return shown(projectId, id);
    },
  });

  app.route({
    method: "DELETE",
    url: "/templates/:id",
    config: { scope: "templates:write" },
    schema: {
      operationId: "deleteTemplate",
      tags,
      summary: "Delete a template with its versions",
      description: "Messages that were made from it are sent all the same.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!isId(id) || !(await deleteTemplate(db, actorOf(request), id))) throw noSuchTemplate();
      reply.code(204);
      return null;
    },
  });
}

/** The same for one that never was and for another project's. */
export function noSuchTemplate(): ProblemError {
  return new ProblemError("not-found", "this project has no template or version with this id");
}

function described(template: StoredTemplate) {
  return {
    id: template.id,
    name: template.name,
    active_version_id: template.activeVersionId,
    created_at: template.createdAt.toISOString(),
    updated_at: template.updatedAt.toISOString(),
  };
}
