import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { createSmtpServer, refuse } from "@waxwing/protocols";
import { createLogger, createSecretBox, generateSelfSigned, newId } from "@waxwing/runtime";
import { deleteRoute, ensureProject, insertRoute } from "@waxwing/store";
import { createFakeClock } from "@waxwing/testkit";
import {
  createDeliverer,
  createRouter,
  createRouteTable,
  RFC_TIMEOUTS,
  routePasswordContext,
} from "../src/index.ts";
import type { NextHop } from "../src/routing/route.ts";
import { openRoutingWorld, type RoutingWorld } from "./routing-world.ts";

const secretBox = createSecretBox(Buffer.alloc(32, 7));
const log = createLogger({ level: "silent", name: "test", write: () => undefined });
const message = {
  reversePath: "b@bounces.waxwing.test",
  recipient: "ann@example.test",
  raw: Buffer.from("From: shop@waxwing.test\r\n\r\nHi\r\n"),
  is8bit: false,
};

suite("mail takes the routes of its project", { timeout: 60_000 }, () => {
  let world: RoutingWorld;
  const other = newId();
  const operator = newId();
  before(async () => {
    world = await openRoutingWorld();
    await ensureProject(world.db, { id: other, name: "other" });
    await ensureProject(world.db, { id: operator, name: "operator", isOperator: true });
  });
  after(() => world[Symbol.asyncDispose]());

  const actorOf = (projectId: string) => ({ projectId, keyId: null, remoteAddress: null });
  const add = async (
    projectId: string | null,
    pattern: string,
    hop: Partial<Parameters<typeof insertRoute>[2]> & { readonly password?: string } = {},
  ) => {
    const id = newId();
    const { password, ...more } = hop;
    const inserted = await insertRoute(
      world.db,
      actorOf(projectId ?? operator),
      {
        id,
        projectId,
        pattern,
        host: `${projectId === null ? "platform" : "own"}.example`,
        port: 25,
        implicitTls: false,
        tls: "opportunistic",
        ...(password !== undefined && { sealedPassword: secretBox.seal(password, routePasswordContext(id)) }),
        ...more,
      },
      100,
    );
    assert.equal(inserted.kind, "created");
    return id;
  };
  const clock = createFakeClock();
  const openRouter = () => {
    const environment = [
      { pattern: { kind: "all" }, nextHop: { host: "environment.example", port: 25 } },
    ] as const;
    return createRouter({
      routes: environment,
      table: createRouteTable({ db: world.db, environment, clock, log }),
      resolver: {
        resolveMx: () => Promise.reject(new Error("no look-ups")),
        resolveAddresses: () => Promise.resolve({ kind: "found", records: ["8.8.8.8"], ttlMs: 1 }),
      },
      random: Math.random,
      secretBox,
    });
  };
  const hopOf = async (router: ReturnType<typeof createRouter>, projectId: string, domain: string) => {
    const { route } = await router.find({ projectId, domain });
    assert.ok(route.kind === "hops", JSON.stringify(route));
    const [hop] = route.hops;
    assert.ok(hop !== undefined);
    return hop;
  };

  test("its own before the platform's, those before the environment's, and changes count within seconds", async () => {
    const router = openRouter();
    const host = async (projectId: string, domain = "a.b.test") =>
      (await hopOf(router, projectId, domain)).host;
    const { projectId } = world;
    assert.equal(await host(projectId), "environment.example");
    const platform = await add(null, "a.b.test");
    const own = await add(projectId, "*");
    await clock.advance(2_000);
    assert.equal(await host(projectId), "own.example", "also where the platform's is more specific");
    assert.equal(await host(other), "platform.example");
    assert.equal(await host(other, "b.test"), "environment.example");
    await add(projectId, ".b.test", { host: "longer.example" });
    await router.refresh();
    assert.equal(await host(projectId), "longer.example");
    assert.equal(await host(projectId, "b.test"), "own.example");
    await deleteRoute(world.db, actorOf(operator), { id: platform, projectId: null });
    await deleteRoute(world.db, actorOf(projectId), { id: own, projectId });
    assert.equal(await host(other), "platform.example", "the view of this moment holds for two seconds");
    await clock.advance(2_000);
    assert.equal(await host(other), "environment.example");
    assert.equal(await host(projectId, "b.test"), "environment.example");
  });

  test("a route's password is said over TLS to a server that proves who it is", async (t) => {
    const [trusted, foreign] = await Promise.all(
      ["localhost", "localhost"].map((name) => generateSelfSigned(name, Date.now())),
    );
    assert.ok(trusted !== undefined && foreign !== undefined);
    const logins: string[] = [];
    const ok = { kind: "ok" } as const;
    const smarthost = async (tls: "starttls" | "implicit", secret = trusted): Promise<number> => {
      const server = createSmtpServer<string>({
        kind: "submission",
        tls,
        secureContext: () => secret,
        plaintextAuth: "never",
        sizeLimitBytes: 100_000,
        maxRecipients: 10,
        maxConnections: 10,
        hostname: "localhost",
        onError: () => undefined,
        backend: {
          authenticate: async (login) => {
            const said = "password" in login ? login.password : login.token;
            logins.push(`${login.username}:${said}`);
            return said === "right"
              ? { ...ok, principal: login.username }
              : refuse(535, "5.7.8", "authentication credentials invalid");
          },
          mailFrom: async () => ok,
          rcptTo: async () => ok,
          message: async () => ({ ...ok, queueId: "1" }),
        },
      });
      const { port } = await server.listen(0, "127.0.0.1");
      t.after(() => server.close(0));
      return port;
    };
    const deliverer = createDeliverer({
      helo: "mail.waxwing.test",
      timeouts: RFC_TIMEOUTS,
      ca: trusted.cert,
    });
    t.after(() => deliverer.terminate());
    const router = openRouter();
    const deliverTo = async (hop: NextHop) =>
      await deliverer.deliver(message, { kind: "hops", hops: [hop], rule: "route.project" });
    const through = async (domain: string, port: number, more: object) => {
      const login = { username: "shop", password: "right" };
      // The operator's: a tenant's would not lead to this machine.
      await add(operator, domain, { host: "localhost", port, tls: "verified", ...login, ...more });
      await router.refresh();
      return await deliverTo(await hopOf(router, operator, domain));
    };
    assert.equal((await through("starttls.test", await smarthost("starttls"), {})).kind, "delivered");
    const implicit = await through("implicit.test", await smarthost("implicit"), { implicitTls: true });
    assert.equal(implicit.kind, "delivered");
    assert.deepEqual(logins.splice(0), ["shop:right", "shop:right"]);

    const wrong = await through("wrong.test", await smarthost("starttls"), { password: "wrong" });
    assert.deepEqual([wrong.kind, wrong.retry], ["deferred", "later"], "it may be set right");
    assert.deepEqual(logins.splice(0), ["shop:wrong"]);

    const impostor = await through("impostor.test", await smarthost("starttls", foreign), {});
    assert.equal(impostor.kind, "deferred");
    assert.deepEqual(logins, [], "nothing is said to who cannot prove it");
  });

  test("another login at the same server has connections and a lane of its own", async () => {
    const router = openRouter();
    for (const [projectId, username] of [
      [world.projectId, "one"],
      [other, "two"],
    ] as const)
      await add(projectId, "shared.test", {
        username,
        password: "p",
        host: "relay.example",
        tls: "verified",
      });
    await router.refresh();
    const sites = await Promise.all(
      [world.projectId, other].map(
        async (projectId) => (await router.find({ projectId, domain: "shared.test" })).site,
      ),
    );
    assert.deepEqual(sites, ["route:one@relay.example:25", "route:two@relay.example:25"]);
  });

  test("a password that does not open holds the mail back", async () => {
    const router = openRouter();
    const sealedPassword = secretBox.seal("p", "another context");
    await add(world.projectId, "sealed.test", { username: "u", sealedPassword, tls: "verified" });
    await router.refresh();
    const { route } = await router.find({ projectId: world.projectId, domain: "sealed.test" });
    assert.ok(route.kind === "unroutable");
    assert.deepEqual([route.retry, route.rule], ["later", "route.password-unreadable"]);
  });
});
