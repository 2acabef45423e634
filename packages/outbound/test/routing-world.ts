import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createLogger, createMetrics, createSecretBox, newId, systemClock } from "@waxwing/runtime";
import { createRecipientLinks, createReturnPaths } from "@waxwing/seal";
import { type Database, ensureProject, openDatabase } from "@waxwing/store";
import { createTestDatabase, type SmtpSink, startSmtpSink } from "@waxwing/testkit";
import {
  addDomain,
  createAcceptor,
  createDeliverer,
  createKnownSites,
  createLane,
  createLinkBases,
  createRecorder,
  createRouter,
  createRouteTable,
  createShaping,
  createSigner,
  RFC_TIMEOUTS,
} from "../src/index.ts";
import type { RouteResolver } from "../src/routing/dns-answer.ts";

type LaneOptions = Parameters<typeof createLane>[0];

/** A DNS that tests change: MX hosts by domain. Every host has the address of the sink. */
export type MutableMx = Map<string, readonly string[]>;

export const resolverOver = (mx: MutableMx): RouteResolver => ({
  resolveMx: (domain) => {
    const hosts = mx.get(domain);
    return Promise.resolve(
      hosts === undefined
        ? { kind: "failed", code: "ESERVFAIL" }
        : {
            kind: "found",
            records: hosts.map((exchange, priority) => ({ exchange, priority })),
            ttlMs: 60_000,
          },
    );
  },
  resolveAddresses: () => Promise.resolve({ kind: "found", records: ["127.0.0.1"], ttlMs: 60_000 }),
});

/** Accepting and delivering over one sink, with lanes that the test runs. */
export interface RoutingWorld extends AsyncDisposable {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly projectId: string;
  readonly sink: SmtpSink;
  readonly mx: MutableMx;
  /** Lanes that were woken since they were last drained. */
  readonly woken: Set<string>;
  readonly accept: (recipients: readonly string[]) => Promise<string>;
  /** A worker of its own. */
  readonly worker: (options?: Partial<LaneOptions> & { readonly resolver?: RouteResolver }) => {
    readonly drain: (lane: string) => Promise<void>;
    readonly openConnections: () => number;
  };
  /** How many recipients wait in each lane. */
  readonly backlog: () => Promise<Readonly<Record<string, number>>>;
  /** The MX hosts that the attempts were made at. */
  readonly hosts: () => Promise<Readonly<Record<string, number>>>;
}

export async function openRoutingWorld(): Promise<RoutingWorld> {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, onError: () => undefined });
  const sink = await startSmtpSink();
  const clock = systemClock;
  const log = createLogger({ level: "silent", name: "test", write: () => undefined });
  const mx: MutableMx = new Map();
  const woken = new Set<string>();
  const lanes = {
    wake: async (keys: Iterable<string>) => {
      for (const key of keys) woken.add(key);
    },
    wakeAt: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const projectId = newId();
  const secretBox = createSecretBox(randomBytes(32));
  await ensureProject(db, { id: projectId, name: "shop" });
  await addDomain(db, secretBox, { projectId, name: "shop.test", verifiedAt: new Date() });
  const table = createRouteTable({ db, environment: [], clock, log });
  const sites = createKnownSites({ db, table, clock, log });
  const { accept } = createAcceptor({ db, lanes, clock, log, sites, notify: () => undefined });
  const deliverers: ReturnType<typeof createDeliverer>[] = [];
  const count = async (sql: string): Promise<Readonly<Record<string, number>>> => {
    const { rows } = await db.pool.query<{ name: string; count: number }>(sql);
    return Object.fromEntries(rows.map((row) => [row.name, row.count]));
  };

  return {
    db,
    databaseUrl: database.url,
    projectId,
    sink,
    mx,
    woken,
    accept: async (recipients) => {
      const id = newId();
      const accepted = await accept({
        kind: "mime",
        id,
        projectId,
        keyId: null,
        options: {},
        from: { address: "shop@shop.test" },
        to: [],
        recipients,
        subject: "Order",
        mime: Buffer.from("From: shop@shop.test\r\nSubject: Order\r\n\r\nHi\r\n"),
        tags: [],
        metadata: {},
        priority: "standard",
        sendAtMs: null,
        ttlMs: null,
      });
      assert.equal(accepted.kind, "accepted");
      return id;
    },
    worker: ({ resolver = resolverOver(mx), ...options } = {}) => {
      const deliverer = createDeliverer({ helo: "mail.waxwing.test", timeouts: RFC_TIMEOUTS });
      deliverers.push(deliverer);
      const leaseId = newId();
      const common = { db, lanes, clock, log, leaseId, maxAgeMs: 3_600_000, retryScheduleMs: [7_200_000] };
      const metrics = createMetrics({ processMetrics: false });
      const drain = createLane({
        ...common,
        leaseMs: 60_000,
        sign: createSigner({ db, secretBox, clock }),
        router: createRouter({
          routes: [],
          table: createRouteTable({ db, environment: [], clock, log }),
          resolver,
          random: Math.random,
          secretBox,
          privateAddresses: "allow",
          port: sink.port,
        }),
        deliverer,
        shaping: createShaping({ ...common, secretBox, metrics, notify: () => undefined }),
        record: createRecorder({
          ...common,
          notify: () => undefined,
          hostname: "mail.waxwing.test",
          metrics,
        }),
        returnPaths: createReturnPaths(randomBytes(32)),
        recipientLinks: createRecipientLinks(randomBytes(32)),
        linkBaseOf: createLinkBases({ db, publicUrl: "https://links.test", clock }),
        random: Math.random,
        signal: new AbortController().signal,
        ...options,
      });
      return { drain, openConnections: deliverer.openConnections };
    },
    backlog: () => count("SELECT site AS name, count(*)::integer FROM backlog GROUP BY 1"),
    hosts: () => count("SELECT coalesce(host, rule) AS name, count(*)::integer FROM attempts GROUP BY 1"),
    [Symbol.asyncDispose]: async () => {
      for (const deliverer of deliverers) deliverer.terminate();
      await sink.close();
      await db[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}

/** Drains what is woken, twenty lanes at once, until nothing is. Returns the lanes, in the order in which they were drained. */
export async function drainAll(
  woken: Set<string>,
  drain: (lane: string) => Promise<void>,
): Promise<readonly string[]> {
  const drained: string[] = [];
  while (woken.size > 0) {
    const batch = [...woken].slice(0, 20);
    for (const lane of batch) woken.delete(lane);
    drained.push(...batch);
    await Promise.all(batch.map(drain));
  }
  return drained;
}
