import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { LaneQueue } from "@waxwing/queue";
import { createLogger, createSecretBox, newId, type SecretBox } from "@waxwing/runtime";
import {
  type Database,
  endOfEventLog,
  ensureProject,
  hasHiddenEvents,
  insertWebhook,
  openDatabase,
  type Webhook,
} from "@waxwing/store";
import { createFakeClock, createTestDatabase } from "@waxwing/testkit";
import { createWebhookLane, createWebhookPoster, webhookSecretContext } from "../src/index.ts";

/** One post that an endpoint got. */
export interface Posted {
  readonly headers: IncomingMessage["headers"];
  readonly raw: string;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface EndpointOptions {
  /** The answer, or its HTTP status. */
  readonly answer: (posted: Posted) => number | Answer;
  readonly eventTypes?: string[];
  readonly format?: Webhook["format"];
  readonly signingKey?: (webhookId: string) => {
    readonly sealedSigningKey: string;
    readonly signingPublicKey: string;
  };
}

/** A database, and endpoints whose answers a test decides, each with a webhook on it and the lane that drains it. */
export type WebhookHouse = Awaited<ReturnType<typeof openWebhookHouse>>;

export async function openWebhookHouse() {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, onError: assert.ifError });
  const secretBox = createSecretBox(randomBytes(32));
  return {
    db,
    secretBox,
    openEndpoint: (options: EndpointOptions) => openEndpoint(db, secretBox, options),
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}

async function openEndpoint(db: Database, secretBox: SecretBox, options: EndpointOptions) {
  const posts: Posted[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks).toString();
      const posted = { headers: request.headers, raw };
      posts.push(posted);
      const answer = options.answer(posted);
      const {
        status,
        headers = {},
        body,
      } = typeof answer === "number" ? ({ status: answer } as Answer) : answer;
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: "test" });
  const end = await endOfEventLog(db);
  const id = newId();
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const actor = { projectId, keyId: null, remoteAddress: null };
  const webhook = {
    id,
    url: `http://127.0.0.1:${port}/hook`,
    eventTypes: options.eventTypes ?? [],
    format: options.format ?? "waxwing",
    ...options.signingKey?.(id),
    sealedSecret: secretBox.seal(secret, webhookSecretContext(id)),
    cursorXact: end.xact,
    cursorId: end.id,
  };
  await insertWebhook(db, actor, webhook, 1);
  // Real time to begin with: due times are compared with the database's clock.
  const clock = createFakeClock(Date.now());
  const alarms: number[] = [];
  const lanes: LaneQueue = {
    wake: async () => undefined,
    wakeAt: async (_key, atMs) => void alarms.push(atMs),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const log = createLogger({ level: "silent", name: "test" });
  const poster = createWebhookPoster({ privateAddresses: "allow" });
  const drain = createWebhookLane({
    db,
    lanes,
    secretBox,
    poster,
    clock,
    log,
    signal: new AbortController().signal,
  });
  return {
    projectId,
    webhookId: id,
    secret,
    posts,
    alarms,
    drain: async () => {
      // Other tests share the server: their transactions hide our newest events while they run (see readEventLog).
      while (await hasHiddenEvents(db, projectId)) await setImmediate();
      await drain(id);
    },
    /** Pending deliveries become due. */
    timePasses: () =>
      db.pool.query(
        `WITH resumed AS (UPDATE webhooks SET paused_until = NULL WHERE id = $1)
         UPDATE webhook_deliveries SET due_at = now() WHERE webhook_id = $1 AND state = 'pending'`,
        [id],
      ),
    deliveries: async () => {
      const { rows } = await db.pool.query<{ state: string; attempts: number; status: number | null }>(
        "SELECT state, attempts, status FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY event_id",
        [id],
      );
      return rows;
    },
    [Symbol.asyncDispose]: async () => {
      await poster[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
