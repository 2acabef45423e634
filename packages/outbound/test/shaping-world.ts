import { randomBytes } from "node:crypto";
import {
  type Clock,
  createLogger,
  createMetrics,
  createSecretBox,
  newId,
  systemClock,
} from "@waxwing/runtime";
import { createRecipientLinks, createReturnPaths } from "@waxwing/seal";
import { type Database, ensureProject, openDatabase } from "@waxwing/store";
import { createTestDatabase } from "@waxwing/testkit";
import type { Handover } from "../src/handover.ts";
import {
  addDomain,
  createAcceptor,
  createDeliverer,
  createLane,
  createLinkBases,
  createRecorder,
  createRouter,
  createShaping,
  createSigner,
  RFC_TIMEOUTS,
} from "../src/index.ts";
import type { Shaping } from "../src/shaping/shaping.ts";

/** A worker on a database of its own, whose mail all goes to one server. */
export interface ShapingWorld extends AsyncDisposable {
  readonly db: Database;
  readonly projectId: string;
  readonly secretBox: ReturnType<typeof createSecretBox>;
  /** Accepts a message to each of these, through a pool. */
  readonly accept: (recipients: readonly string[], pool?: string) => Promise<void>;
  /** Another process that delivers. */
  readonly worker: () => {
    readonly shaping: Shaping;
    readonly drain: (laneKey: string) => Promise<void>;
    readonly record: ReturnType<typeof createRecorder>;
    readonly leaseId: string;
  };
  /** The lanes that were woken, and the alarms that were set. */
  readonly woken: Set<string>;
  readonly alarms: Map<string, number>;
  readonly rows: <Row extends object>(sql: string) => Promise<readonly Row[]>;
}

export async function openShapingWorld(options: {
  readonly server: { readonly host: string; readonly port: number };
  readonly clock?: Clock;
  readonly maxAgeMs?: number;
  /** Mail is accepted for the server's lane, and its workers take it over. */
  readonly handover?: Handover;
}): Promise<ShapingWorld> {
  const { server, clock = systemClock, maxAgeMs = 3_600_000, handover = null } = options;
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, onError: () => undefined });
  const log = createLogger({ level: "silent", name: "test", write: () => undefined });
  const woken = new Set<string>();
  const alarms = new Map<string, number>();
  const lanes = {
    wake: async (sites: Iterable<string>) => {
      for (const site of sites) woken.add(site);
    },
    wakeAt: async (site: string, atMs: number) => {
      alarms.set(site, atMs);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const secretBox = createSecretBox(randomBytes(32));
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: "shop", isOperator: true });
  await addDomain(db, secretBox, { projectId, name: "shop.test", verifiedAt: new Date() });
  const notify = (): void => undefined;
  const { acceptTogether } = createAcceptor({
    ...{ db, lanes, clock, log, notify, handover },
    ...(handover !== null && { sites: async () => () => laneOf(server) }),
  });
  const deliverers: ReturnType<typeof createDeliverer>[] = [];
  return {
    db,
    projectId,
    secretBox,
    woken,
    alarms,
    accept: async (recipients, pool) => {
      await acceptTogether(
        recipients.map((address) => ({
          kind: "mime",
          id: newId(clock.now()),
          projectId,
          keyId: null,
          options: pool === undefined ? {} : { pool },
          from: { address: "shop@shop.test" },
          to: [],
          recipients: [address],
          subject: "Order",
          mime: Buffer.from("From: shop@shop.test\r\nSubject: Order\r\n\r\nHi\r\n"),
          tags: [],
          metadata: {},
          priority: "standard",
          sendAtMs: null,
          ttlMs: null,
        })),
      );
    },
    worker: () => {
      const deliverer = createDeliverer({ helo: "mail.waxwing.test", timeouts: RFC_TIMEOUTS });
      deliverers.push(deliverer);
      const metrics = createMetrics({ processMetrics: false });
      const leaseId = newId();
      const common = { db, lanes, clock, log, leaseId, maxAgeMs, retryScheduleMs: [7_200_000], notify };
      const shaping = createShaping({ ...common, secretBox, metrics });
      const record = createRecorder({ ...common, hostname: "mail.waxwing.test", metrics });
      const drain = createLane({
        ...common,
        handover,
        leaseMs: 60_000,
        sign: createSigner({ db, secretBox, clock }),
        router: createRouter({
          routes: [{ pattern: { kind: "all" }, nextHop: server }],
          resolver: {
            resolveMx: () => Promise.reject(new Error("no look-ups")),
            resolveAddresses: () => Promise.reject(new Error("no look-ups")),
          },
          random: Math.random,
        }),
        shaping,
        deliverer,
        record,
        returnPaths: createReturnPaths(randomBytes(32)),
        recipientLinks: createRecipientLinks(randomBytes(32)),
        linkBaseOf: createLinkBases({ db, publicUrl: "https://links.test", clock }),
        random: Math.random,
        signal: new AbortController().signal,
      });
      return { shaping, drain, record, leaseId };
    },
    rows: async (sql) => (await db.pool.query(sql)).rows,
    [Symbol.asyncDispose]: async () => {
      for (const deliverer of deliverers) deliverer.terminate();
      await db[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}

/** The lane of a server that everything goes to. */
export const laneOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `route:${host}:${port}`;
