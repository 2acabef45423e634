import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { openLaneQueue, openLaneWorker } from "@waxwing/queue";
import { systemClock as clock, createLogger } from "@waxwing/runtime";
import { createKnownSites } from "../src/index.ts";
import { drainAll, openRoutingWorld, type RoutingWorld, resolverOver } from "./routing-world.ts";

suite("domains at one provider share a lane", { timeout: 60_000 }, () => {
  let world: RoutingWorld;
  before(async () => {
    world = await openRoutingWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  const DOMAINS = Array.from({ length: 1_000 }, (_, index) => `d${index}.example`);
  const PROVIDER = "mx:(mx1,mx2).provider.example";

  test("a thousand of them, known to nobody, gather in one and share its connections", async () => {
    for (const domain of DOMAINS) world.mx.set(domain, ["mx1.provider.example", "mx2.provider.example"]);
    const { drain } = world.worker();
    await world.accept(DOMAINS.map((domain) => `first@${domain}`));
    assert.equal(world.woken.size, 1_000, "each starts in a lane of its own");
    const own = [...world.woken];
    world.woken.clear();
    await drainAll(new Set(own), drain);
    assert.deepEqual([...world.woken], [PROVIDER]);
    assert.deepEqual(await world.backlog(), { [PROVIDER]: 1_000 });
    assert.deepEqual(await drainAll(world.woken, drain), [PROVIDER]);
    assert.deepEqual(await world.backlog(), {});
    assert.equal(world.sink.messages.length, 1_000);
    assert.ok(world.sink.connections <= 40, `${world.sink.connections} connections`);
    assert.deepEqual(await world.hosts(), { "mx1.provider.example": 1_000 });
  });

  test("once they are known, their mail is put there at accept", async () => {
    const other = await openRoutingWorld();
    try {
      for (const domain of DOMAINS.slice(0, 3)) other.mx.set(domain, ["mx1.provider.example"]);
      const { drain } = other.worker();
      await other.accept([`a@${DOMAINS[0]}`, `a@${DOMAINS[1]}`]);
      await drainAll(other.woken, drain);
      const { rows } = await other.db.pool.query("SELECT domain, site FROM domain_sites ORDER BY domain");
      assert.deepEqual(rows, [
        { domain: "d0.example", site: "mx:mx1.provider.example" },
        { domain: "d1.example", site: "mx:mx1.provider.example" },
      ]);
      // Another process of the API, which has asked for none of them before.
      const siteOf = await createKnownSites({
        db: other.db,
        table: { match: () => Promise.resolve(null) },
        clock,
        log: createLogger({ level: "silent", name: "test", write: () => undefined }),
      })(other.projectId, DOMAINS.slice(0, 3));
      assert.deepEqual(DOMAINS.slice(0, 3).map(siteOf), [
        "mx:mx1.provider.example",
        "mx:mx1.provider.example",
        "d2.example",
      ]);
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});

suite("a domain that moves to another provider", { timeout: 60_000 }, () => {
  test("takes what waits along; for a minute after the last move it stays with its lane", async () => {
    const world = await openRoutingWorld();
    try {
      world.mx.set("moving.example", ["mx.old.example"]);
      await world.accept(["a@moving.example"]);
      const settled = world.worker();
      await drainAll(world.woken, settled.drain);

      world.mx.set("moving.example", ["mx.new.example"]);
      // In the old lane, as another process would put it there that has known the domain for long.
      const put = async (recipient: string) => {
        await world.accept([recipient]);
        await world.db.pool.query("UPDATE backlog SET site = 'mx:mx.old.example'");
        return new Set(["mx:mx.old.example"]);
      };
      const lanes = await put("b@moving.example");
      assert.deepEqual(await drainAll(lanes, settled.drain), ["mx:mx.old.example"]);
      assert.deepEqual(await world.hosts(), { "mx.old.example": 1, "mx.new.example": 1 });

      const impatient = world.worker({ settledMs: 0 });
      const old = await put("c@moving.example");
      world.woken.clear();
      await drainAll(old, impatient.drain);
      assert.deepEqual(await world.backlog(), { "mx:mx.new.example": 1 });
      assert.deepEqual(await drainAll(world.woken, impatient.drain), ["mx:mx.new.example"]);
      assert.deepEqual(await world.hosts(), { "mx.old.example": 1, "mx.new.example": 2 });
    } finally {
      await world[Symbol.asyncDispose]();
    }
  });

  test("mail that cannot be routed now waits where it is, with its attempt", async () => {
    const world = await openRoutingWorld();
    try {
      await world.accept(["a@broken.example"]);
      const { drain } = world.worker();
      assert.deepEqual(await drainAll(world.woken, drain), ["broken.example"]);
      assert.deepEqual(await world.backlog(), { "broken.example": 1 });
      assert.deepEqual(await world.hosts(), { "route.dns-failure": 1 });
    } finally {
      await world[Symbol.asyncDispose]();
    }
  });
});

suite("two workers whose DNS never agrees", { timeout: 60_000 }, () => {
  test("deliver everything once, and do not hand it to and fro", async () => {
    const world = await openRoutingWorld();
    const backend = { kind: "postgres", url: world.databaseUrl } as const;
    const onError = (): void => undefined;
    const queue = await openLaneQueue({ backend, name: "deliver", onError });
    let drains = 0;
    const workers: AsyncDisposable[] = [];
    try {
      const domains = Array.from({ length: 20 }, (_, index) => `r${index}.example`);
      for (const provider of ["one", "two"]) {
        const mx = new Map(domains.map((domain) => [domain, [`mx.${provider}.example`]]));
        const { drain } = world.worker({ lanes: queue, resolver: resolverOver(mx) });
        workers.push(
          await openLaneWorker({
            backend,
            name: "deliver",
            concurrency: 10,
            queue,
            onError,
            drain: async (lane) => {
              drains++;
              await drain(lane);
            },
          }),
        );
      }
      const recipients = domains.flatMap((domain) => Array.from({ length: 10 }, (_, i) => `u${i}@${domain}`));
      for (const recipient of recipients) await world.accept([recipient]);
      await queue.wake(world.woken);
      await world.sink.waitForMessages(recipients.length, 30_000);
      for (const worker of workers.splice(0)) await worker[Symbol.asyncDispose]();
      assert.equal(world.sink.messages.length, 200);
      assert.equal(new Set(world.sink.messages.flatMap(({ rcptTo }) => rcptTo)).size, 200);
      assert.deepEqual(await world.backlog(), {});
      assert.ok(drains < 200, `${drains} drains of 22 lanes`);
    } finally {
      for (const worker of workers) await worker[Symbol.asyncDispose]();
      await queue[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    }
  });
});
