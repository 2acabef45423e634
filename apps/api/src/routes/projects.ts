import { type Clock, generateApiKey, hashApiKeySecret, isId, newId, parseApiKey } from "@waxwing/runtime";
import {
  type Database,
  deleteProject,
  findProject,
  insertProject,
  listProjects,
  type Project,
  readDailyUsage,
  updateProject,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import {
  NewProject,
  OwnProjectChange,
  ProjectChange,
  ProjectDetail,
  ProjectList,
  ProjectRequest,
} from "../schemas/project.ts";
import { invalid } from "../validator.ts";
import { shownKey } from "./api-keys.ts";

/**
 * `/projects`: the tenants of the platform, for keys of its first project; `/project`: a key's own.
 *
 * These are the only routes that see beyond the project of the key, which the guard lets nobody else do.
 */
export function projectRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly clock: Clock },
): void {
  const { db, clock } = options;
  const tags = ["Projects"];
  const params = Type.Object({ id: Type.String() });
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  const detail = async (project: Project): Promise<Static<typeof ProjectDetail>> => ({
    ...shown(project),
    recipients_today: await readDailyUsage(db, project.id, clock.now()),
  });
  const find = async (id: string): Promise<Project> => {
    const project = isId(id) ? await findProject(db, id) : null;
    if (project === null) throw noSuchProject();
    return project;
  };

  app.route({
    method: "GET",
    url: "/project",
    config: { scope: "project:read" },
    schema: {
      operationId: "getOwnProject",
      tags,
      summary: "Read the API key's own project",
      description: "Its limits, and how much of its daily quota is used.",
      response: { 200: ProjectDetail, ...refusals() },
    },
    handler: async (request) => await detail(await find(callerOf(request).projectId)),
  });

  app.route({
    method: "PATCH",
    url: "/project",
    config: { scope: "suppressions:write" },
    schema: {
      operationId: "changeOwnProject",
      tags,
      summary: "Change the API key's own project",
      description:
        "Its rule for soft bounces, which decides whom it suppresses. Name and limits are the operator's.",
      body: OwnProjectChange,
      response: { 200: ProjectDetail, ...refusals(...bodyRefusals) },
    },
    handler: async (request) => {
      const change = softBounceChange(request.body.soft_bounces);
      const changed = await updateProject(db, actorOf(request), callerOf(request).projectId, change);
      if (changed === null) throw noSuchProject();
      return await detail(changed);
    },
  });

  app.route({
    method: "POST",
    url: "/projects",
    config: { scope: "projects:write" },
    schema: {
      operationId: "createProject",
      tags,
      summary: "Create a project",
      description:
        "With its first API key, which has all scopes within the project; the answer shows it, this once. Projects share nothing: domains, mailboxes, messages and suppressions belong to one.",
      body: ProjectRequest,
      response: { 201: NewProject, ...refusals(...bodyRefusals) },
    },
    handler: async (request, reply) => {
      const { name, rate_limit: rateLimit = null, daily_quota: dailyQuota = null } = request.body;
      checkName(name);
      const key = generateApiKey();
      const { publicId, secret } = parseApiKey(key);
      const made = await insertProject(
        db,
        actorOf(request),
        { id: newId(clock.now()), name, rateLimit, dailyQuota },
        {
          id: newId(clock.now()),
          name: "first",
          publicId,
          secretHash: hashApiKeySecret(secret),
          scopes: ["*"],
        },
      );
      reply.code(201).header("location", `/projects/${made.project.id}`);
      return { ...shown(made.project), api_key: { ...shownKey(made.key), key } };
    },
  });

  app.route({
    method: "GET",
    url: "/projects",
    config: { scope: "projects:read" },
    schema: {
      operationId: "listProjects",
      tags,
      summary: "List projects",
      querystring: Type.Object(
        {
          cursor: Type.Optional(Type.String({ description: "The `next` of an earlier answer." })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 100 })),
        },
        { additionalProperties: false },
      ),
      response: { 200: ProjectList, ...refusals("invalid-request") },
    },
    handler: async (request) => {
      const { cursor, limit = 100 } = request.query;
      if (cursor !== undefined && !isId(cursor)) {
        throw invalid([{ field: "cursor", message: "is not a cursor of this API" }]);
      }
      const rows = await listProjects(db, { before: cursor ?? null, limit });
      return { projects: rows.map(shown), next: rows.length === limit ? (rows.at(-1)?.id ?? null) : null };
    },
  });

  app.route({
    method: "GET",
    url: "/projects/:id",
    config: { scope: "projects:read" },
    schema: {
      operationId: "getProject",
      tags,
      summary: "Read a project",
      params,
      response: { 200: ProjectDetail, ...refusals("not-found") },
    },
    handler: async (request) => await detail(await find(request.params.id)),
  });

  app.route({
    method: "PATCH",
    url: "/projects/:id",
    config: { scope: "projects:write" },
    schema: {
      operationId: "changeProject",
      tags,
      summary: "Change a project",
      description: "What is absent stays as it is; null takes a limit away. A limit counts within 5 seconds.",
      params,
      body: ProjectChange,
      response: { 200: ProjectDetail, ...refusals(...bodyRefusals, "not-found") },
    },
    handler: async (request) => {
      const {
        name,
        rate_limit: rateLimit,
        daily_quota: dailyQuota,
        soft_bounces: softBounces,
      } = request.body;
      const { id } = request.params;
      if (name !== undefined) checkName(name);
      const change = {
        ...(name !== undefined && { name }),
        ...(rateLimit !== undefined && { rateLimit }),
        ...(dailyQuota !== undefined && { dailyQuota }),
        ...(softBounces !== undefined && softBounceChange(softBounces)),
      };
      const changed = isId(id) ? await updateProject(db, actorOf(request), id, change) : null;
      if (changed === null) throw noSuchProject();
      return await detail(changed);
    },
  });

  app.route({
    method: "DELETE",
    url: "/projects/:id",
    config: { scope: "projects:write" },
    schema: {
      operationId: "deleteProject",
      tags,
      summary: "Delete a project",
      description:
        "With its API keys, domains, mailboxes and the mail in them, templates, webhooks, suppressions and audit log. Its messages and events are out of reach then, and fall with their retention. A project with messages that are not finished is deleted with `force=true` only; those are not delivered any more.",
      params,
      querystring: Type.Object(
        { force: Type.Optional(Type.Enum(["true", "false"], { type: "string" })) },
        { additionalProperties: false },
      ),
      response: {
        204: Type.Null({ description: "Deleted." }),
        ...refusals("invalid-request", "not-found", "project-in-use"),
      },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!isId(id)) throw noSuchProject();
      const force = request.query.force === "true";
      switch (await deleteProject(db, actorOf(request), id, { force })) {
        case "not-found":
          throw noSuchProject();
        case "operator":
          throw new ProblemError("project-in-use", "this project manages the others");
        case "in-use":
          throw new ProblemError("project-in-use", "it has messages that are not finished");
        case "deleted":
          reply.code(204);
          return null;
      }
    },
  });
}

/** null switches the rule off; its days stay as they are. */
function softBounceChange(rule: Static<typeof OwnProjectChange>["soft_bounces"]) {
  return rule === null
    ? { softBounceLimit: null }
    : { softBounceLimit: rule.limit, softBounceDays: rule.days, softSuppressionDays: rule.suppress_days };
}

function noSuchProject(): ProblemError {
  return new ProblemError("not-found", "there is no project with this id");
}

function checkName(name: string): void {
  if (name.includes("\0") || !name.isWellFormed()) {
    throw invalid([{ field: "name", message: "contains what is not text" }]);
  }
}

function shown(project: Project) {
  return {
    id: project.id,
    name: project.name,
    rate_limit: project.rateLimit,
    daily_quota: project.dailyQuota,
    soft_bounces:
      project.softBounceLimit === null
        ? null
        : {
            limit: project.softBounceLimit,
            days: project.softBounceDays,
            suppress_days: project.softSuppressionDays,
          },
    created_at: project.createdAt.toISOString(),
  };
}
