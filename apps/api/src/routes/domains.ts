import {
  addDkimKey,
  addDomain,
  domainRecords,
  type MailClientService,
  mailClientRecords,
  type RecordResolver,
  signingKeys,
  verifyDomain,
} from "@waxwing/outbound";
import { type Clock, isId, parseDomain, type SecretBox } from "@waxwing/runtime";
import {
  activeDkimKeys,
  type Database,
  type DkimKey,
  type Domain,
  deleteDomain,
  findMailbox,
  findProjectDomain,
  listDomains,
  updateDomainReceiving,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf, callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { DomainDetail, DomainList, DomainPatch, DomainRequest, RotateRequest } from "../schemas/domain.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole. */
const MAX_DOMAINS = 1_000;

/** `/domains`: what a project sends from and receives at. */
export function domainRoutes(
  app: ApiInstance,
  options: {
    readonly db: Database;
    readonly secretBox: SecretBox;
    readonly hostname: string;
    readonly linkHost: string | null;
    /** The doors for mail programs that are open. */
    readonly services: readonly MailClientService[];
    readonly resolver: RecordResolver;
    readonly clock: Clock;
  },
): void {
  const { db, secretBox } = options;
  const tags = ["Domains"];
  const params = Type.Object({ id: Type.String() });
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  const find = async (projectId: string, id: string): Promise<Domain> => {
    const domain = isId(id) ? await findProjectDomain(db, projectId, id) : null;
    if (domain === null) throw noSuchDomain();
    return domain;
  };
  const detail = async (domain: Domain) => shownDetail(domain, await activeDkimKeys(db, domain.id), options);

  app.route({
    method: "POST",
    url: "/domains",
    config: { scope: "domains:write" },
    schema: {
      operationId: "createDomain",
      tags,
      summary: "Add a domain",
      description:
        "The answer lists the DNS records to publish. It can send once `POST /domains/{id}/verify`, or the daily look of the platform, finds its DKIM record.",
      body: DomainRequest,
      response: { 201: DomainDetail, ...refusals(...bodyRefusals, "already-exists", "limit-reached") },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const name = parseDomain(request.body.name);
      if (name.kind === "bad") throw invalid([{ field: "name", message: "is not a domain name with a dot" }]);
      if ((await listDomains(db, projectId)).length >= MAX_DOMAINS) {
        throw new ProblemError("limit-reached", `a project has at most ${MAX_DOMAINS} domains`);
      }
      const wanted = { projectId, name: name.value, verifiedAt: null };
      const added = await addDomain(db, secretBox, wanted, actorOf(request));
      if (added.kind === "taken") throw taken(name.value, added.by);
      reply.code(201).header("location", `/domains/${added.id}`);
      return await detail(await find(projectId, added.id));
    },
  });

  app.route({
    method: "GET",
    url: "/domains",
    config: { scope: "domains:read" },
    schema: {
      operationId: "listDomains",
      tags,
      summary: "List domains",
      response: { 200: DomainList, ...refusals() },
    },
    handler: async (request) => ({
      domains: (await listDomains(db, callerOf(request).projectId)).map(shownSummary),
    }),
  });

  app.route({
    method: "GET",
    url: "/domains/:id",
    config: { scope: "domains:read" },
    schema: {
      operationId: "getDomain",
      tags,
      summary: "Read a domain, with the DNS records to publish",
      params,
      response: { 200: DomainDetail, ...refusals("not-found") },
    },
    handler: async (request) => await detail(await find(callerOf(request).projectId, request.params.id)),
  });

  app.route({
    method: "PATCH",
    url: "/domains/:id",
    config: { scope: "domains:write" },
    schema: {
      operationId: "changeDomain",
      tags,
      summary: "Change how a domain receives mail",
      description: "What is absent stays as it is.",
      params,
      body: DomainPatch,
      response: { 200: DomainDetail, ...refusals(...bodyRefusals, "not-found") },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const { id } = await find(projectId, request.params.id);
      const { catch_all: catchAll, dmarc_failures: dmarcFailures } = request.body;
      const mailbox = catchAll == null ? null : await findMailbox(db, catchAll);
      // Another project's mailbox is as good as none.
      if (catchAll != null && mailbox?.projectId !== projectId)
        throw invalid([{ field: "catch_all", message: "is no mailbox of this project" }]);
      const changed = await updateDomainReceiving(db, actorOf(request), id, {
        ...(catchAll !== undefined && { catchAll: mailbox?.address ?? null }),
        ...(dmarcFailures !== undefined && { dmarcFailures }),
      });
      if (changed === null) throw noSuchDomain();
      return await detail(changed);
    },
  });

  app.route({
    method: "POST",
    url: "/domains/:id/verify",
    config: { scope: "domains:write" },
    schema: {
      operationId: "verifyDomain",
      tags,
      summary: "Look at a domain's DNS now",
      description:
        "Gives a verdict on every record. The domain is verified when a DKIM record is right, which proves that it is yours; it takes at most ten seconds. Of several projects that have added a name, the first one to prove it has it; the others read `already-exists`.",
      params,
      response: { 200: DomainDetail, ...refusals("not-found", "already-exists") },
    },
    handler: async (request) => {
      const { projectId } = callerOf(request);
      const domain = await find(projectId, request.params.id);
      const { isTaken } = await verifyDomain(options, domain, actorOf(request));
      if (isTaken) throw taken(domain.name, "elsewhere");
      return await detail(await find(projectId, domain.id));
    },
  });

  app.route({
    method: "POST",
    url: "/domains/:id/rotate-dkim",
    config: { scope: "domains:write" },
    schema: {
      operationId: "rotateDkimKey",
      tags,
      summary: "Add a DKIM key",
      description:
        "The successor of the key of this algorithm, or with `ed25519-sha256` a first key beside the RSA one. It signs from when its record is seen; the old key retires a week after that, so that mail under way can still be checked. Until then there is no other rotation.",
      params,
      body: RotateRequest,
      response: { 201: DomainDetail, ...refusals(...bodyRefusals, "not-found", "limit-reached") },
    },
    handler: async (request, reply) => {
      const { projectId } = callerOf(request);
      const domain = await find(projectId, request.params.id);
      const { algorithm = "rsa-sha256" } = request.body;
      if (!(await addDkimKey(db, secretBox, domain, algorithm, actorOf(request)))) {
        throw new ProblemError(
          "limit-reached",
          `${domain.name} has two ${algorithm} keys; the last rotation ends a week after the new key's record was seen`,
        );
      }
      reply.code(201);
      return await detail(domain);
    },
  });

  app.route({
    method: "DELETE",
    url: "/domains/:id",
    config: { scope: "domains:write" },
    schema: {
      operationId: "deleteDomain",
      tags,
      summary: "Delete a domain",
      description:
        "With it go its DKIM keys: what still waits for delivery cannot be signed any more and bounces in the end, bounces of what was sent find nobody, its mailboxes stay readable but receive nothing, and another project may add the name.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      if (!isId(id) || !(await deleteDomain(db, actorOf(request), id))) throw noSuchDomain();
      reply.code(204);
      return null;
    },
  });
}

function noSuchDomain(): ProblemError {
  return new ProblemError("not-found", "this project has no domain with this id");
}

function taken(name: string, by: "own" | "elsewhere"): ProblemError {
  const what = `${name}, or bounces.${name}, as a domain or return-path host`;
  return new ProblemError(
    "already-exists",
    by === "own"
      ? `this project has ${what} already`
      : `another project of this platform has verified ${what} before; it can be verified here once it is deleted there`,
  );
}

function shownSummary(domain: Domain) {
  return {
    id: domain.id,
    name: domain.name,
    verified: domain.verifiedAt !== null,
    verified_at: domain.verifiedAt?.toISOString() ?? null,
    created_at: domain.createdAt.toISOString(),
  };
}

function shownDetail(
  domain: Domain,
  keys: readonly DkimKey[],
  options: {
    readonly hostname: string;
    readonly linkHost: string | null;
    readonly services: readonly MailClientService[];
  },
): Static<typeof DomainDetail> {
  const { hostname, linkHost, services } = options;
  const signing = new Set(signingKeys(keys));
  return {
    ...shownSummary(domain),
    return_path_host: domain.returnPathHost,
    catch_all: domain.catchAll,
    dmarc_failures: domain.dmarcFailures,
    checked_at: domain.lastCheck?.checkedAt ?? null,
    records: domainRecords(domain, keys, hostname, linkHost).map(
      ({ purpose, type, name, expected, required, why }) => {
        // A verdict on another value (the key or our name has changed since) says nothing.
        const seen = domain.lastCheck?.records.find(
          (record) => record.purpose === purpose && record.name === name && record.expected === expected,
        );
        return {
          record: purpose,
          type,
          name,
          expected,
          required,
          why,
          verdict: seen?.verdict ?? ("unchecked" as const),
          found: [...(seen?.found ?? [])],
          advice: seen?.advice ?? null,
        };
      },
    ),
    mail_client_records: mailClientRecords(domain.name, hostname, services).map((record) => ({ ...record })),
    dkim_keys: keys.map((key) => ({
      selector: key.selector,
      algorithm: key.algorithm,
      state: signing.has(key)
        ? ("signing" as const)
        : key.seenAt === null
          ? ("waiting" as const)
          : ("retiring" as const),
      created_at: key.createdAt.toISOString(),
    })),
  };
}
