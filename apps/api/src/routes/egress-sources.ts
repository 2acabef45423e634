import { isIP } from "node:net";
import { relayPasswordContext } from "@waxwing/outbound";
import { type Clock, isId, newId, parseHostPort, type SecretBox } from "@waxwing/runtime";
import {
  type Database,
  deleteEgressSource,
  type EgressSourceValues,
  insertEgressSource,
  listEgressSources,
  replaceEgressSource,
  type StoredEgressSource,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { actorOf } from "../guard.ts";
import { type FieldProblem, ProblemError } from "../problems.ts";
import { EgressSourceList, EgressSourceRequest, EgressSourceView } from "../schemas/egress.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";

/** Lists are answered whole, and every worker keeps all sources in memory. */
const MAX_SOURCES = 1_000;

/** `/egress-sources`: the addresses and relays that mail leaves by. For keys of the platform's first project. */
export function egressSourceRoutes(
  app: ApiInstance,
  options: { readonly db: Database; readonly secretBox: SecretBox; readonly clock: Clock },
): void {
  const { db, secretBox, clock } = options;
  const tags = ["Egress"];
  const params = Type.Object({ id: Type.String() });
  const bodyRefusals = ["invalid-request", "malformed-body", "too-large", "unsupported-media-type"] as const;

  const find = async (id: string): Promise<StoredEgressSource> => {
    const source = (await listEgressSources(db)).find((candidate) => candidate.id === id);
    if (source === undefined) throw noSuchSource();
    return source;
  };
  const seal = (id: string, password: string): string => secretBox.seal(password, relayPasswordContext(id));

  app.route({
    method: "POST",
    url: "/egress-sources",
    config: { scope: "egress:write" },
    schema: {
      operationId: "createEgressSource",
      tags,
      summary: "Create an egress source",
      description:
        "An address of the machines that deliver, or a relay. Mail takes it once a pool has it, within a second on all workers.",
      body: EgressSourceRequest,
      response: { 201: EgressSourceView, ...refusals(...bodyRefusals, "already-exists", "limit-reached") },
    },
    handler: async (request, reply) => {
      const id = newId(clock.now());
      const values = valuesOf(request.body, null, (password) => seal(id, password));
      const outcome = await insertEgressSource(db, actorOf(request), { id, ...values }, MAX_SOURCES);
      if (outcome.kind === "taken") throw taken();
      if (outcome.kind === "limit-reached")
        throw new ProblemError("limit-reached", `there are at most ${MAX_SOURCES} egress sources`);
      reply.code(201).header("location", `/egress-sources/${id}`);
      return shown(await find(id));
    },
  });

  app.route({
    method: "GET",
    url: "/egress-sources",
    config: { scope: "egress:read" },
    schema: {
      operationId: "listEgressSources",
      tags,
      summary: "List egress sources",
      response: { 200: EgressSourceList, ...refusals() },
    },
    handler: async () => ({ egress_sources: (await listEgressSources(db)).map(shown) }),
  });

  app.route({
    method: "GET",
    url: "/egress-sources/:id",
    config: { scope: "egress:read" },
    schema: {
      operationId: "getEgressSource",
      tags,
      summary: "Read an egress source",
      params,
      response: { 200: EgressSourceView, ...refusals("not-found") },
    },
    handler: async (request) => shown(await find(request.params.id)),
  });

  app.route({
    method: "PUT",
    url: "/egress-sources/:id",
    config: { scope: "egress:write" },
    schema: {
      operationId: "replaceEgressSource",
      tags,
      summary: "Replace an egress source",
      description: "What is absent is null afterwards, apart from the password of a relay.",
      params,
      body: EgressSourceRequest,
      response: { 200: EgressSourceView, ...refusals(...bodyRefusals, "already-exists", "not-found") },
    },
    handler: async (request) => {
      const { id } = request.params;
      const values = valuesOf(request.body, await find(id), (password) => seal(id, password));
      const outcome = await replaceEgressSource(db, actorOf(request), id, values);
      if (outcome.kind === "taken") throw taken();
      if (outcome.kind === "not-found") throw noSuchSource();
      return shown(await find(id));
    },
  });

  app.route({
    method: "DELETE",
    url: "/egress-sources/:id",
    config: { scope: "egress:write" },
    schema: {
      operationId: "deleteEgressSource",
      tags,
      summary: "Delete an egress source",
      description: "One that no pool has any more.",
      params,
      response: { 204: Type.Null({ description: "Deleted." }), ...refusals("invalid-request", "not-found") },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      switch (isId(id) ? await deleteEgressSource(db, actorOf(request), id) : "not-found") {
        case "not-found":
          throw noSuchSource();
        case "in-use":
          throw invalid([{ field: "id", message: "is in a pool; take it out of there first" }]);
        case "deleted":
          reply.code(204);
          return null;
      }
    },
  });
}

function noSuchSource(): ProblemError {
  return new ProblemError("not-found", "there is no egress source with this id");
}

function taken(): ProblemError {
  return new ProblemError("already-exists", "there is an egress source of this name");
}

/** @throws ProblemError naming every wrong field */
function valuesOf(
  body: Static<typeof EgressSourceRequest>,
  before: StoredEgressSource | null,
  seal: (password: string) => string,
): EgressSourceValues {
  const problems: FieldProblem[] = [];
  const { local_address: localAddress = null, relay = null, warm_up: warmUp = null } = body;
  if (localAddress !== null && isIP(localAddress) === 0)
    problems.push({ field: "local_address", message: "is no IP address" });
  if (warmUp !== null && Number.isNaN(Date.parse(`${warmUp.start}T00:00:00Z`)))
    problems.push({ field: "warm_up.start", message: "must be a date: 2030-01-31" });
  const way = relay === null ? null : relayOf(relay, before, seal, problems);
  if (problems.length > 0) throw invalid(problems);
  return {
    name: body.name,
    localAddress,
    heloName: body.helo_name ?? null,
    relayHost: way?.host ?? null,
    relayPort: way?.port ?? null,
    relayImplicitTls: relay?.implicit_tls ?? false,
    relayUsername: relay?.username ?? null,
    sealedRelayPassword: way?.sealedPassword ?? null,
    messagesPerSecond: body.messages_per_second ?? null,
    warmUpStart: warmUp?.start ?? null,
    warmUpCaps: warmUp?.daily_caps ?? [],
  };
}

function relayOf(
  relay: NonNullable<Static<typeof EgressSourceRequest>["relay"]>,
  before: StoredEgressSource | null,
  seal: (password: string) => string,
  problems: FieldProblem[],
): { readonly host: string; readonly port: number; readonly sealedPassword: string | null } | null {
  const { port, username = null, password } = relay;
  const text = relay.host.trim();
  const hop = parseHostPort(`${text.includes(":") && !text.startsWith("[") ? `[${text}]` : text}:${port}`, 1);
  if (hop.kind === "bad") {
    problems.push({ field: "relay.host", message: "is neither an address nor a host name" });
    return null;
  }
  const { host } = hop.value;
  for (const [field, said] of Object.entries({ username, password })) {
    // SASL PLAIN (RFC 4616) has NUL between its parts; other control characters are nobody's password either.
    if (typeof said === "string" && (!said.isWellFormed() || /\p{Cc}/u.test(said)))
      problems.push({ field: `relay.${field}`, message: "contains what is not text" });
  }
  if (username === null) {
    if (password !== undefined)
      problems.push({ field: "relay.username", message: "is needed with a password" });
    return { host, port, sealedPassword: null };
  }
  if (password !== undefined) return { host, port, sealedPassword: seal(password) };
  // Who may change sources need not know their passwords, so one is said to nobody whom it was not given for.
  const isSame =
    before !== null &&
    before.relayHost === host &&
    before.relayPort === port &&
    before.relayUsername === username &&
    before.relayImplicitTls === (relay.implicit_tls ?? false);
  if (!isSame) problems.push({ field: "relay.password", message: "is needed with a username" });
  return { host, port, sealedPassword: isSame ? before.sealedRelayPassword : null };
}

function shown(source: StoredEgressSource) {
  const { relayHost: host, relayPort: port, warmUpStart: start } = source;
  return {
    id: source.id,
    name: source.name,
    local_address: source.localAddress,
    helo_name: source.heloName,
    relay:
      host === null || port === null
        ? null
        : { host, port, implicit_tls: source.relayImplicitTls, username: source.relayUsername },
    messages_per_second: source.messagesPerSecond,
    warm_up: start === null ? null : { start, daily_caps: source.warmUpCaps },
    created_at: source.createdAt.toISOString(),
  };
}
