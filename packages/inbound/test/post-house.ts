import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { createWebhookPoster } from "@waxwing/events";
import { createLogger, createSecretBox, newId } from "@waxwing/runtime";
import { type InboundRoute, insertInboundRoute, type StoredInboundAction } from "@waxwing/store";
import { createFakeClock, type FakeClock } from "@waxwing/testkit";
import { createInboundPostLane, inboundRouteSecretContext } from "../src/index.ts";
import type { InboundDoor } from "./inbound-door.ts";

/** A post as an endpoint got it. */
interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An endpoint whose answers a test decides, and the lane that posts to it. */
export interface PostHouse {
  readonly url: string;
  readonly posts: readonly Posted[];
  readonly clock: FakeClock;
  /** HTTP statuses of the answers to come, some with a Retry-After; 200 when there are none. */
  readonly answers: (number | { readonly status: number; readonly retryAfter: string })[];
  readonly secret: string;
  readonly alarms: readonly number[];
  readonly addRoute: (
    pattern: string,
    actions: readonly StoredInboundAction[],
    position?: number,
  ) => Promise<InboundRoute>;
  readonly drain: (routeId: string) => Promise<void>;
  readonly outcomes: () => Promise<
    readonly { readonly state: string; readonly attempts: number; readonly status: number | null }[]
  >;
}

export const openPostHouse = async (t: TestContext, door: InboundDoor): Promise<PostHouse> => {
  const posts: Posted[] = [];
  const answers: PostHouse["answers"][number][] = [];
  const alarms: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      posts.push({ headers: request.headers, body: Buffer.concat(chunks) });
      const answer = answers.shift() ?? 200;
      if (typeof answer === "number") response.writeHead(answer).end();
      else response.writeHead(answer.status, { "retry-after": answer.retryAfter }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const poster = createWebhookPoster({ privateAddresses: "allow" });
  t.after(async () => {
    await poster[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  const secretBox = createSecretBox(randomBytes(32));
  const secret = `whsec_${randomBytes(24).toString("base64")}`;
  const clock = createFakeClock(Date.now() + 1_000);
  const drain = createInboundPostLane({
    db: door.db,
    lanes: { wake: async () => undefined, wakeAt: async (_route, atMs) => void alarms.push(atMs) },
    secretBox,
    poster,
    clock,
    log: createLogger({ level: "silent", name: "test" }),
    signal: new AbortController().signal,
  });
  return {
    url: `http://127.0.0.1:${port}/in`,
    posts,
    clock,
    answers,
    secret,
    alarms,
    addRoute: async (pattern, actions, position) => {
      const id = newId();
      const actor = { projectId: door.projectId, keyId: null, remoteAddress: null };
      const sealedSecret = secretBox.seal(secret, inboundRouteSecretContext(id));
      const route = { id, pattern, actions, sealedSecret, position: position ?? null };
      const made = await insertInboundRoute(door.db, actor, route, 100);
      if (made === null) throw new Error("too many routes");
      return made;
    },
    drain,
    outcomes: async () =>
      (await door.db.pool.query("SELECT state, attempts, status FROM inbound_posts ORDER BY id")).rows,
  };
};
