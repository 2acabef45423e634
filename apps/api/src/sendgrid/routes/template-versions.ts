import { type Clock, isId, newId } from "@waxwing/runtime";
import {
  activateTemplateVersion,
  type Database,
  deleteTemplateVersion,
  findTemplate,
  findTemplateVersion,
  insertTemplateVersion,
  type Template,
  type TemplateVersion,
  updateTemplateVersion,
} from "@waxwing/store";
import { Type } from "typebox";
import { actorOf, callerOf } from "../../guard.ts";
import { MAX_VERSION_BYTES, MAX_VERSIONS } from "../../routes/template-versions.ts";
import type { SendgridInstance } from "../dialect.ts";
import { notFound, sendgridError } from "../errors.ts";
import { readTemplateId } from "../template-id.ts";
import { shownVersion } from "../template-shape.ts";
import { NewVersion, readVersion, VersionChange } from "../template-version.ts";

const ofTemplate = Type.Object({ template_id: Type.String() });
const params = Type.Object({ template_id: Type.String(), version_id: Type.String() });

/** `/v3/templates/:id/versions`: what SendGrid's templates say. */
export function sendgridVersionRoutes(
  app: SendgridInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const writing = (action: string) =>
    ({ scope: "templates:write", sendgridScope: `templates.versions.${action}` }) as const;

  const findOne = async (projectId: string, text: string): Promise<Template> => {
    const id = readTemplateId(text);
    const found = id === null ? null : await findTemplate(db, projectId, id);
    if (found === null) throw notFound();
    return found.template;
  };
  const findBoth = async (
    projectId: string,
    ids: { readonly template_id: string; readonly version_id: string },
  ): Promise<{ readonly template: Template; readonly version: TemplateVersion }> => {
    const template = await findOne(projectId, ids.template_id);
    const version = isId(ids.version_id)
      ? await findTemplateVersion(db, projectId, template.id, ids.version_id)
      : null;
    if (version === null) throw notFound();
    return { template, version };
  };

  app.route({
    method: "POST",
    url: "/templates/:template_id/versions",
    bodyLimit: MAX_VERSION_BYTES,
    config: writing("create"),
    schema: { params: ofTemplate, body: NewVersion },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const template = await findOne(projectId, request.params.template_id);
      const content = readVersion(request.body, template.generation);
      const made = { ...content, id: newId(clock.now()), templateId: template.id };
      const activate = request.body.active === 1;
      const version = await insertTemplateVersion(db, actorOf(request), made, MAX_VERSIONS, activate);
      if (version === null) throw notFound();
      if (version === "full")
        throw sendgridError(null, `You have reached the limit of ${MAX_VERSIONS} versions of a template.`);
      reply.code(201);
      return shownVersion(await findOne(projectId, template.id), version);
    },
  });

  app.route({
    method: "GET",
    url: "/templates/:template_id/versions/:version_id",
    config: { scope: "templates:read", sendgridScope: "templates.versions.read" },
    schema: { params },
    handler: async (request) => {
      const { template, version } = await findBoth(callerOf(request).projectId, request.params);
      return shownVersion(template, version);
    },
  });

  app.route({
    method: "PATCH",
    url: "/templates/:template_id/versions/:version_id",
    bodyLimit: MAX_VERSION_BYTES,
    config: writing("update"),
    schema: { params, body: VersionChange },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { template, version } = await findBoth(projectId, request.params);
      const content = readVersion(request.body, template.generation, version);
      const actor = actorOf(request);
      const changed = await updateTemplateVersion(db, actor, template.id, version.id, content);
      if (changed === null) throw notFound();
      if (request.body.active === 1) await activateTemplateVersion(db, actor, template.id, version.id);
      return shownVersion(await findOne(projectId, template.id), changed);
    },
  });

  app.route({
    method: "DELETE",
    url: "/templates/:template_id/versions/:version_id",
    config: writing("delete"),
    schema: { params },
    handler: async (request, reply) => {
      const { template, version } = await findBoth(callerOf(request).projectId, request.params);
      if (!(await deleteTemplateVersion(db, actorOf(request), template.id, version.id))) throw notFound();
      reply.code(204);
      return null;
    },
  });

  app.route({
    method: "POST",
    url: "/templates/:template_id/versions/:version_id/activate",
    config: { scope: "templates:write", sendgridScope: "templates.versions.activate.create" },
    schema: { params },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { template, version } = await findBoth(projectId, request.params);
      if (!(await activateTemplateVersion(db, actorOf(request), template.id, version.id))) throw notFound();
      return shownVersion(await findOne(projectId, template.id), version);
    },
  });
}
