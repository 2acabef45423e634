import { randomBytes } from "node:crypto";
import { createAcceptor, createRecipientLinks, createRouteExplainer, createRouter } from "@waxwing/outbound";
import type { LaneQueue } from "@waxwing/queue";
import {
  type Clock,
  createLogger,
  createMetrics,
  createSecretBox,
  generateApiKey,
  hashApiKeySecret,
  newId,
  parseApiKey,
  type SecretBox,
  systemClock,
} from "@waxwing/runtime";
import { type Database, ensureProject, insertDomain, openDatabase, upsertApiKey } from "@waxwing/store";
import { createDnsZone, createTestDatabase } from "@waxwing/testkit";
import type { FastifyInstance } from "fastify";
import { type ApiDependencies, buildApi } from "../src/api.ts";

/** A project with a verified domain and a key. */
export interface Tenant {
  readonly projectId: string;
  readonly domain: string;
  readonly key: string;
  readonly headers: { readonly authorization: string };
}

/** A lane queue that remembers whom it was to wake. */
export interface RecordingLanes extends LaneQueue {
  readonly woken: string[];
}

/** The API on a database of its own. */
export interface ApiFixture extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly db: Database;
  readonly databaseUrl: string;
  readonly lanes: RecordingLanes;
  readonly webhookLanes: RecordingLanes;
  readonly secretBox: SecretBox;
  readonly logged: string[];
  readonly dependencies: ApiDependencies;
  readonly addTenant: (options?: {
    readonly scopes?: readonly string[];
    readonly verified?: boolean;
    /** Whether its project manages the others. */
    readonly isOperator?: boolean;
  }) => Promise<Tenant>;
  readonly addKey: (projectId: string, scopes: readonly string[], key?: string) => Promise<Tenant["headers"]>;
}

export async function openApiFixture(
  options: {
    readonly clock?: Clock;
    readonly resolver?: ApiDependencies["resolver"];
    readonly linkHost?: ApiDependencies["linkHost"];
    readonly mailDoors?: NonNullable<ApiDependencies["mailDoors"]>;
    readonly maxSendBodyBytes?: number;
    readonly maxBodyBytesAtOnce?: number;
    readonly webhookPrivateAddresses?: "refuse" | "allow";
  } = {},
): Promise<ApiFixture> {
  const { clock = systemClock, resolver = createDnsZone({}), linkHost = null, ...limits } = options;
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, onError: () => undefined });
  const logged: string[] = [];
  const log = createLogger({
    level: "debug",
    name: "api",
    write: (line) => logged.push(line),
    pretty: false,
  });
  const lanes = recordingLanes();
  const webhookLanes = recordingLanes();
  const secretBox = createSecretBox(randomBytes(32));
  const dependencies: ApiDependencies = {
    db,
    ...createAcceptor({ notify: () => undefined, db, lanes, clock, log }),
    deliverLanes: lanes,
    notify: () => undefined,
    webhookQueue: webhookLanes,
    hostname: "mail.waxwing.test",
    linkHost,
    recipientLinks: createRecipientLinks(randomBytes(32)),
    resolver,
    explainRoute: createRouteExplainer({
      db,
      clock,
      router: createRouter({
        routes: [{ pattern: { kind: "all" }, nextHop: { host: "127.0.0.1", port: 2525 } }],
        resolver: {
          resolveMx: () => Promise.reject(new Error("no look-ups")),
          resolveAddresses: () => Promise.reject(new Error("no look-ups")),
        },
        random: Math.random,
      }),
    }),
    secretBox,
    clock,
    log,
    metrics: createMetrics({ processMetrics: false }),
    ...limits,
  };
  const app = await buildApi(dependencies);

  const addKey = async (projectId: string, scopes: readonly string[], key = generateApiKey()) => {
    const { publicId, secret } = parseApiKey(key);
    await upsertApiKey(db, {
      id: newId(),
      projectId,
      name: "test",
      publicId,
      secretHash: hashApiKeySecret(secret),
      scopes: [...scopes],
    });
    return { authorization: `Bearer ${key}` };
  };

  return {
    app,
    db,
    databaseUrl: database.url,
    lanes,
    webhookLanes,
    secretBox,
    logged,
    dependencies,
    addKey,
    addTenant: async ({ scopes = ["*"], verified = true, isOperator = false } = {}) => {
      const projectId = newId();
      const domain = `${randomBytes(6).toString("hex")}.test`;
      await ensureProject(db, { id: projectId, name: "test", isOperator });
      await insertDomain(
        db,
        {
          id: newId(),
          projectId,
          name: domain,
          returnPathHost: `bounces.${domain}`,
          verifiedAt: verified ? new Date() : null,
        },
        [],
      );
      const headers = await addKey(projectId, scopes);
      return { projectId, domain, key: headers.authorization.slice("Bearer ".length), headers };
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await db[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}

function recordingLanes(): RecordingLanes {
  const woken: string[] = [];
  return {
    woken,
    wake: (keys) => {
      woken.push(...keys);
      return Promise.resolve();
    },
    wakeAt: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** A body that `POST /send` takes from this tenant. */
export function validBody(tenant: Tenant): Record<string, unknown> {
  return { from: `Shop <shop@${tenant.domain}>`, to: "ann@example.test", subject: "Hello", text: "Hi Ann" };
}
