import { Readable } from "node:stream";
import { type Clock, newId } from "@waxwing/runtime";
import {
  type Database,
  deleteTemplate,
  duplicateTemplate,
  findTemplate,
  findTemplateVersion,
  insertTemplate,
  listTemplates,
  listTemplateVersions,
  renameTemplate,
  type Template,
} from "@waxwing/store";
import { Type } from "typebox";
import { actorOf, callerOf } from "../../guard.ts";
import { MAX_TEMPLATES } from "../../routes/templates.ts";
import { hasControlCharacter } from "../../unsubscribe-group.ts";
import type { SendgridInstance } from "../dialect.ts";
import { notFound, sendgridError } from "../errors.ts";
import { readTemplateId } from "../template-id.ts";
import { readTemplatePage, templatePageLinks } from "../template-page.ts";
import { shownOutline, shownTemplate, shownVersion } from "../template-shape.ts";

/** A page's versions are read for that many templates at a time. */
const TEMPLATES_AT_ONCE = 20;

const params = Type.Object({ template_id: Type.String() });
const name = Type.String({ minLength: 1, maxLength: 100 });
const Generation = Type.Enum(["legacy", "dynamic"], { type: "string" });
const ListQuery = Type.Object({
  generations: Type.Optional(Type.String({ maxLength: 40 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  page_token: Type.Optional(Type.String({ maxLength: 100 })),
});

/** `/v3/templates`: SendGrid's templates, which are ours. */
export function sendgridTemplateRoutes(
  app: SendgridInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const reading = { scope: "templates:read", sendgridScope: "templates.read" } as const;
  const writing = (action: string) =>
    ({ scope: "templates:write", sendgridScope: `templates.${action}` }) as const;

  app.route({
    method: "POST",
    url: "/templates",
    config: writing("create"),
    schema: { body: Type.Object({ name, generation: Type.Optional(Generation) }) },
    handler: async (request, reply) => {
      const { generation = "legacy" } = request.body;
      const made = { id: newId(clock.now()), name: readName(request.body.name), generation };
      const template = await insertTemplate(db, actorOf(request), made, MAX_TEMPLATES);
      if (template === null) throw tooMany();
      reply.code(201);
      return { ...shownTemplate(template), versions: [] };
    },
  });

  app.route({
    method: "GET",
    url: "/templates",
    config: reading,
    schema: { querystring: ListQuery },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const page = readTemplatePage(request.query);
      const all = (await listTemplates(db, projectId)).filter(({ generation }) =>
        page.generations.has(generation),
      );
      const shown = all.slice(page.offset, page.offset + page.size);
      // Without a size, SendGrid answers as it did before there were pages.
      const end = page.paged
        ? `,"_metadata":${JSON.stringify(templatePageLinks(request, page, all.length))}}`
        : "}";
      const start = page.paged ? '{"result":[' : '{"templates":[';
      return reply
        .type("application/json; charset=utf-8")
        .send(Readable.from(writeTemplates(db, projectId, shown, start, `]${end}`)));
    },
  });

  app.route({
    method: "GET",
    url: "/templates/:template_id",
    config: reading,
    schema: { params },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const found = await find(db, projectId, request.params.template_id);
      return reply
        .type("application/json; charset=utf-8")
        .send(Readable.from(writeTemplate(db, projectId, found)));
    },
  });

  app.route({
    method: "PATCH",
    url: "/templates/:template_id",
    config: writing("update"),
    schema: { params, body: Type.Object({ name }) },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const id = readTemplateId(request.params.template_id);
      if (id === null) throw notFound();
      const renamed = await renameTemplate(db, actorOf(request), id, readName(request.body.name));
      if (renamed === null) throw notFound();
      const found = await find(db, projectId, id);
      return reply
        .type("application/json; charset=utf-8")
        .send(Readable.from(writeTemplate(db, projectId, found)));
    },
  });

  app.route({
    method: "DELETE",
    url: "/templates/:template_id",
    config: writing("delete"),
    schema: { params },
    handler: async (request, reply) => {
      const id = readTemplateId(request.params.template_id);
      if (id === null || !(await deleteTemplate(db, actorOf(request), id))) throw notFound();
      reply.code(204);
      return null;
    },
  });

  app.route({
    method: "POST",
    url: "/templates/:template_id",
    config: writing("create"),
    schema: { params, body: Type.Object({ name: Type.Optional(name) }) },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const id = readTemplateId(request.params.template_id);
      if (id === null) throw notFound();
      const given = request.body.name;
      const made = { id: newId(clock.now()), name: given === undefined ? undefined : readName(given) };
      const copy = await duplicateTemplate(db, actorOf(request), id, made, MAX_TEMPLATES);
      if (copy === null) throw notFound();
      if (copy === "full") throw tooMany();
      const found = await find(db, projectId, copy.id);
      return reply
        .code(201)
        .type("application/json; charset=utf-8")
        .send(Readable.from(writeTemplate(db, projectId, found)));
    },
  });
}

type Found = NonNullable<Awaited<ReturnType<typeof findTemplate>>>;

async function find(db: Database, projectId: string, text: string): Promise<Found> {
  const id = readTemplateId(text);
  const found = id === null ? null : await findTemplate(db, projectId, id);
  if (found === null) throw notFound();
  return found;
}

/** A template with all its versions and their contents, one after the other: together they may be a hundred times two megabytes. */
async function* writeTemplate(
  db: Database,
  projectId: string,
  { template, versions }: Found,
): AsyncGenerator<string> {
  yield `${JSON.stringify(shownTemplate(template)).slice(0, -1)},"versions":[`;
  let separator = "";
  for (const { id } of versions) {
    const version = await findTemplateVersion(db, projectId, template.id, id);
    if (version === null) continue;
    yield separator + JSON.stringify(shownVersion(template, version));
    separator = ",";
  }
  yield "]}";
}

async function* writeTemplates(
  db: Database,
  projectId: string,
  templates: readonly Template[],
  start: string,
  end: string,
): AsyncGenerator<string> {
  yield start;
  for (let at = 0; at < templates.length; at += TEMPLATES_AT_ONCE) {
    const some = templates.slice(at, at + TEMPLATES_AT_ONCE);
    const versions = await listTemplateVersions(
      db,
      projectId,
      some.map(({ id }) => id),
    );
    const shown = some.map((template) => ({
      ...shownTemplate(template),
      versions: versions
        .filter(({ templateId }) => templateId === template.id)
        .map((version) => shownOutline(template, version)),
    }));
    yield (at === 0 ? "" : ",") + shown.map((row) => JSON.stringify(row)).join(",");
  }
  yield end;
}

function readName(text: string): string {
  if (hasControlCharacter(text)) throw sendgridError("name", "name contains a control character");
  return text;
}

function tooMany() {
  return sendgridError(null, `You have reached the limit of ${MAX_TEMPLATES} templates.`);
}
