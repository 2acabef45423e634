import { type Clock, isId, newId } from "@waxwing/runtime";
import {
  activateTemplateVersion,
  type Database,
  deleteTemplateVersion,
  findTemplate,
  findTemplateVersion,
  insertTemplateVersion,
  type TemplateVersion as StoredVersion,
  updateTemplateVersion,
} from "@waxwing/store";
import { compileTemplate, renderTemplate } from "@waxwing/templates";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { ref } from "../schemas/ref.ts";
import {
  RenderAnswer,
  RenderRequest,
  TemplateVersion,
  TemplateVersionChange,
  TemplateVersionRequest,
} from "../schemas/template.ts";
import { readTemplateContent } from "../template-content.ts";
import { invalid } from "../validator.ts";
import { noSuchTemplate } from "./templates.ts";

/** How many a template has at most. */
export const MAX_VERSIONS = 100;
/** html and text of the largest size, and room for their JSON. */
export const MAX_VERSION_BYTES = 4 * 1024 * 1024;

/** `/templates/:id/versions` and `/templates/:id/render`: what templates say. */
export function templateVersionRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const tags = ["Templates"];
  const templateParams = Type.Object({ id: Type.String() });
  const params = Type.Object({ id: Type.String(), version: Type.String() });
  const writing = refusals(
    "invalid-request",
    "malformed-body",
    "not-found",
    "limit-reached",
    "too-large",
    "unsupported-media-type",
  );

  const find = async (projectId: string, id: string, version: string): Promise<StoredVersion> => {
    const found = isId(id) && isId(version) ? await findTemplateVersion(db, projectId, id, version) : null;
    if (found === null) throw noSuchTemplate();
    return found;
  };

  const activeOf = async (projectId: string, id: string): Promise<string | null> => {
    const found = isId(id) ? await findTemplate(db, projectId, id) : null;
    if (found === null) throw noSuchTemplate();
    return found.template.activeVersionId;
  };

  const shown = async (
    projectId: string,
    version: StoredVersion,
  ): Promise<Static<typeof TemplateVersion>> => ({
    id: version.id,
    template_id: version.templateId,
    active: version.id === (await activeOf(projectId, version.templateId)),
    name: version.name,
    subject: version.subject,
    html: version.html,
    text: version.text,
    strict: version.strict,
    test_data: version.testData,
    created_at: version.createdAt.toISOString(),
    updated_at: version.updatedAt.toISOString(),
  });

  app.route({
    method: "POST",
    url: "/templates/:id/versions",
    bodyLimit: MAX_VERSION_BYTES,
    config: { scope: "templates:write" },
    schema: {
      operationId: "createTemplateVersion",
      tags,
      summary: "Add a version to a template",
      description:
        "A source that does not parse is refused with line and column. The first version is the active one; later ones are when they are activated.",
      params: templateParams,
      body: TemplateVersionRequest,
      response: { 201: ref(TemplateVersion), ...writing },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const { id: templateId } = request.params;
      await activeOf(projectId, templateId);
      const id = newId(clock.now());
      const content = readTemplateContent(request.body);
      const version = await insertTemplateVersion(
        db,
        actorOf(request),
        { id, templateId, ...content },
        MAX_VERSIONS,
      );
      if (version === null) throw noSuchTemplate();
      if (version === "full")
        throw new ProblemError("limit-reached", `a template has at most ${MAX_VERSIONS} versions`);
      reply.code(201).header("location", `/templates/${templateId}/versions/${id}`);
      return shown(projectId, version);
    },
  });

  app.route({
    method: "GET",
    url: "/templates/:id/versions/:version",
    config: { scope: "templates:read" },
    schema: {
      operationId: "getTemplateVersion",
      tags,
      summary: "Read a version of a template",
      params,
      response: { 200: ref(TemplateVersion), ...refusals("not-found") },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      return shown(projectId, await find(projectId, request.params.id, request.params.version));
    },
  });

  app.route({
    method: "PATCH",
    url: "/templates/:id/versions/:version",
    bodyLimit: MAX_VERSION_BYTES,
    config: { scope: "templates:write" },
    schema: {
      operationId: "changeTemplateVersion",
      tags,
      summary: "Change what a version says",
      description: "Fields that are absent stay. A change of the active version counts for the next message.",
      params,
      body: TemplateVersionChange,
      response: { 200: ref(TemplateVersion), ...writing },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const before = await find(projectId, request.params.id, request.params.version);
      const content = readTemplateContent(request.body, before);
      const version = await updateTemplateVersion(
        db,
        actorOf(request),
        before.templateId,
        before.id,
        content,
      );
      if (version === null) throw noSuchTemplate();
      return shown(projectId, version);
    },
  });

  app.route({
    method: "DELETE",
    url: "/templates/:id/versions/:version",
    config: { scope: "templates:write" },
    schema: {
      operationId: "deleteTemplateVersion",
      tags,
      summary: "Delete a version",
      description: "Without its active version a template cannot be sent until another is activated.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const { id, templateId } = await find(projectId, request.params.id, request.params.version);
      if (!(await deleteTemplateVersion(db, actorOf(request), templateId, id))) throw noSuchTemplate();
      reply.code(204);
      return null;
    },
  });

  app.route({
    method: "POST",
    url: "/templates/:id/versions/:version/activate",
    config: { scope: "templates:write" },
    schema: {
      operationId: "activateTemplateVersion",
      tags,
      summary: "Make a version the one that is sent",
      params,
      response: { 200: ref(TemplateVersion), ...refusals("not-found") },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const version = await find(projectId, request.params.id, request.params.version);
      if (!(await activateTemplateVersion(db, actorOf(request), version.templateId, version.id)))
        throw noSuchTemplate();
      return shown(projectId, version);
    },
  });

  app.route({
    method: "POST",
    url: "/templates/:id/render",
    bodyLimit: MAX_VERSION_BYTES,
    config: { scope: "templates:read" },
    schema: {
      operationId: "renderTemplate",
      tags,
      summary: "Try a template out",
      description: "Answers what would be sent, and sends nothing.",
      params: templateParams,
      body: RenderRequest,
      response: {
        200: RenderAnswer,
        ...refusals("invalid-request", "malformed-body", "not-found", "too-large", "unsupported-media-type"),
      },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { id } = request.params;
      const active = await activeOf(projectId, id);
      const versionId = request.body.version ?? active;
      if (versionId === null)
        throw invalid([{ field: "version", message: "is required: the template has no active version" }]);
      const { subject, html, text, strict, testData } = await find(projectId, id, versionId);
      const compiled = compileTemplate({ subject, html, text });
      if (compiled.kind === "invalid")
        throw invalid([{ field: "version", message: "does not compile any more" }]);
      const rendered = renderTemplate(compiled.template, request.body.variables ?? testData, { strict });
      if (rendered.kind === "invalid") throw invalid(rendered.errors);
      return { subject: rendered.subject ?? null, html: rendered.html ?? null, text: rendered.text ?? null };
    },
  });
}
