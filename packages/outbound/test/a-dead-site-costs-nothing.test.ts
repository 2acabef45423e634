import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { suite, test } from "node:test";
import { createLogger, systemClock } from "@waxwing/runtime";
import { findMessage, saveSitePause } from "@waxwing/store";
import { createFakeClock, startSmtpSink } from "@waxwing/testkit";
import { SYSTEM_SOURCE } from "../src/egress/directory.ts";
import { createQueueActs } from "../src/index.ts";
import { laneOf, openShapingWorld } from "./shaping-world.ts";

/** Waits for what is stored in passing: asks again until it is so. */
async function eventually(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!(await isSo())) assert.ok(performance.now() < endMs, what);
}

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const many = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `r${n}@dead.test`);

suite("a dead site", { timeout: 60_000 }, () => {
  test("is tried a few times and then left alone; who waits is told once", async () => {
    const server = { host: "127.0.0.1", port: await freePort() };
    await using world = await openShapingWorld({ server });
    const { drain, shaping } = world.worker();
    await world.accept(many(300));
    // The recipients move from their domain's lane to the lane of the server.
    for (const lane of [...world.woken]) await drain(lane);
    await drain(laneOf(server));
    const attempts = await world.rows<{ count: number }>("SELECT count(*)::integer AS count FROM attempts");
    assert.ok((attempts[0]?.count ?? 0) >= 5 && (attempts[0]?.count ?? 0) <= 10, JSON.stringify(attempts));
    const states = await world.rows<{ state: string; count: number }>(
      "SELECT state, count(*)::integer AS count FROM recipients GROUP BY 1",
    );
    assert.deepEqual(states, [{ state: "deferred", count: 300 }]);
    const events = await world.rows<{ count: number }>(
      "SELECT count(*)::integer AS count FROM events WHERE type = 'deferred'",
    );
    assert.deepEqual(events, [{ count: 300 }]);
    const [told] = await world.rows<{ reply: string }>(
      "SELECT reply FROM recipients WHERE attempts = 0 LIMIT 1",
    );
    assert.match(told?.reply ?? "", /^not tried: this site is left alone until .*ECONNREFUSED/);
    const due = await world.rows("SELECT FROM backlog WHERE due_at <= now()");
    assert.equal(due.length, 0);
    await eventually(
      async () => (await world.rows("SELECT FROM site_pauses")).length === 1,
      "the pause is there for others",
    );
    const [pause] = await world.rows<{ kind: string; failures: number; until: Date }>(
      "SELECT * FROM site_pauses",
    );
    assert.equal(pause?.kind, "unreachable");
    assert.equal(world.alarms.get(laneOf(server)), pause?.until.getTime());

    // What comes meanwhile is not tried either, by this process or by another one.
    const other = world.worker();
    await other.shaping.refresh();
    await world.accept(["late@dead.test"]);
    for (const lane of [...world.woken]) await drain(lane);
    await other.drain(laneOf(server));
    await shaping.refresh();
    const after = await world.rows<{ count: number }>("SELECT count(*)::integer AS count FROM attempts");
    assert.deepEqual(after, attempts);
    const late = await world.rows<{ state: string }>(
      "SELECT state FROM recipients WHERE address LIKE 'late%'",
    );
    assert.deepEqual(late, [{ state: "deferred" }]);
  });

  test("a pause that ends while a large lane is put off puts off nobody any more", async () => {
    const server = { host: "127.0.0.1", port: await freePort() };
    await using world = await openShapingWorld({ server });
    const { drain, shaping } = world.worker();
    await world.accept(many(200));
    for (const lane of [...world.woken].filter((lane) => lane !== laneOf(server))) await drain(lane);
    // What is put off to the past is due again: of a large lane that would have no end.
    await shaping.putOff(laneOf(server), { untilMs: Date.now() - 1, reason: "it was away" });
    const states = await world.rows<{ state: string; count: number }>(
      "SELECT state, count(*)::integer AS count FROM recipients GROUP BY 1",
    );
    assert.deepEqual(states, [{ state: "queued", count: 200 }]);
  });

  test("is not moved again at each end of a pause; what has come since is told", async () => {
    const clock = createFakeClock(Date.now());
    const server = { host: "127.0.0.1", port: await freePort() };
    await using world = await openShapingWorld({ server, clock });
    const { drain, shaping } = world.worker();
    const lane = laneOf(server);
    const putOff = (untilMs: number) => shaping.putOff(lane, { untilMs, reason: "it was away" });
    const accept = async (addresses: readonly string[]): Promise<void> => {
      world.woken.clear();
      await world.accept(addresses);
      for (const woken of [...world.woken].filter((woken) => woken !== lane)) await drain(woken);
    };
    const due = async () =>
      await world.rows<{ at: string; count: number }>(
        "SELECT (extract(epoch FROM due_at) * 1000)::bigint AS at, count(*)::integer AS count FROM backlog GROUP BY 1 ORDER BY 1",
      );
    const deferredEvents = async (): Promise<number> =>
      (await world.rows("SELECT FROM events WHERE type = 'deferred'")).length;

    await accept(many(200));
    const firstMs = clock.now() + 500;
    assert.equal(await putOff(firstMs), true, "looked at in whole");
    assert.deepEqual(await due(), [{ at: String(firstMs), count: 200 }]);
    await eventually(
      async () => (await world.rows("SELECT FROM backlog WHERE due_at <= now()")).length === 200,
      "the pause is over",
    );

    await accept(["late@dead.test"]);
    const secondMs = clock.now() + 120_000;
    assert.equal(await putOff(secondMs), false, "the rest was put off before");
    const both = [
      { at: String(firstMs), count: 200 },
      { at: String(secondMs), count: 1 },
    ];
    assert.deepEqual(await due(), both);
    assert.equal(await deferredEvents(), 201);
    await putOff(secondMs + 1);
    assert.deepEqual(await due(), both);
    // Who asks when the next attempt will be is told the end of the pause, not the time that has gone by.
    const pause = {
      site: lane,
      source: SYSTEM_SOURCE.name,
      kind: "unreachable",
      reason: "it was away",
    } as const;
    await saveSitePause(world.db, { ...pause, untilMs: secondMs, failures: 6 });
    const [{ message_id: id } = { message_id: "" }] = await world.rows<{ message_id: string }>(
      "SELECT message_id FROM backlog ORDER BY due_at LIMIT 1",
    );
    const shown = await findMessage(world.db, world.projectId, id);
    assert.equal(shown?.recipients[0]?.nextAttemptAt?.getTime(), secondMs);

    await clock.advance(15 * 60_000);
    const lastMs = clock.now() + 120_000;
    assert.equal(await putOff(lastMs), true, "after a quarter of an hour it is looked at in whole again");
    assert.deepEqual(await due(), [
      { at: String(secondMs), count: 1 },
      { at: String(lastMs), count: 200 },
    ]);
    assert.equal(await deferredEvents(), 201);
  });

  test("decides on all whose time is up, however many", async () => {
    const clock = createFakeClock(Date.now());
    const server = { host: "127.0.0.1", port: await freePort() };
    await using world = await openShapingWorld({ server, clock });
    const { drain, shaping } = world.worker();
    const site = laneOf(server);
    await world.accept(many(250));
    for (const lane of [...world.woken].filter((lane) => lane !== site)) await drain(lane);
    await clock.advance(8 * 86_400_000);
    const pause = { site, source: SYSTEM_SOURCE.name, kind: "unreachable", reason: "it was away" } as const;
    await saveSitePause(world.db, { ...pause, untilMs: clock.now() + 900_000, failures: 9 });
    await shaping.refresh();
    await drain(site);
    assert.deepEqual(
      await world.rows("SELECT state, count(*)::integer AS count FROM recipients GROUP BY 1"),
      [{ state: "bounced", count: 250 }],
    );
  });

  test("that is well again gets its mail at once when the operator requeues it", async () => {
    await using sink = await startSmtpSink();
    await using world = await openShapingWorld({ server: sink });
    const site = laneOf(sink);
    const pause = { site, source: SYSTEM_SOURCE.name, kind: "unreachable", reason: "it was away" } as const;
    await saveSitePause(world.db, { ...pause, untilMs: Date.now() + 900_000, failures: 9 });
    const { drain, shaping, record, leaseId } = world.worker();
    await shaping.refresh();
    await world.accept(many(30));
    for (const lane of [...world.woken]) await drain(lane);
    await drain(site);
    assert.equal(sink.connections, 0, "it is left alone");
    const acts = createQueueActs({
      ...world,
      lanes: { wake: async () => undefined },
      record,
      leaseId,
      // While it waits the workers hear of it.
      clock: { ...systemClock, sleep: () => shaping.refresh() },
      log: createLogger({ level: "silent", name: "test", write: () => undefined }),
    });
    const actor = { projectId: world.projectId, keyId: null, remoteAddress: null };
    const order = { actor, dryRun: false, after: null };
    const own = { kind: "site", value: site, projectId: world.projectId } as const;
    await acts.requeue({ ...order, selection: own });
    await drain(site);
    assert.equal(sink.connections, 0, "one project does not end what protects all");
    await acts.requeue({ ...order, selection: { ...own, projectId: null } });
    await drain(site);
    assert.equal(sink.messages.length, 30);
  });

  test("is tried by one message at a time after the pause, and gets the rest when it is back", async () => {
    const clock = createFakeClock(Date.now());
    const port = await freePort();
    const server = { host: "127.0.0.1", port };
    await using world = await openShapingWorld({ server, clock });
    const { drain } = world.worker();
    const lane = laneOf(server);
    await world.accept(many(50));
    for (const domainLane of [...world.woken]) await drain(domainLane);
    await drain(lane);
    const tried = async (): Promise<number> => (await world.rows("SELECT FROM attempts")).length;
    const before = await tried();
    const untilOf = async (): Promise<number> =>
      (await world.rows<{ until: Date }>("SELECT until FROM site_pauses"))[0]?.until.getTime() ?? 0;
    await eventually(async () => (await untilOf()) - clock.now() >= 20_000, "the site is paused");
    const firstUntil = await untilOf();

    await clock.advance(firstUntil - clock.now() + 1);
    await world.rows("UPDATE backlog SET due_at = now() - interval '1 second'");
    await drain(lane);
    assert.equal(await tried(), before + 1, "one probe");
    await eventually(async () => (await untilOf()) - clock.now() > 50_000, "the next pause is longer");

    await clock.advance((await untilOf()) - clock.now() + 1);
    await world.rows("UPDATE backlog SET due_at = now() - interval '1 second'");
    const sink = await startSmtpSinkAt(port);
    try {
      await drain(lane);
      const left = await world.rows("SELECT FROM backlog");
      assert.equal(left.length, 0);
      assert.equal(sink.count(), 50);
    } finally {
      await sink.close();
    }
    await eventually(async () => (await untilOf()) <= clock.now(), "the pause has ended for everybody");
  });
});

/** A sink cannot choose its port, so a relay in front of it listens where nobody did. */
async function startSmtpSinkAt(port: number) {
  const { connect } = await import("node:net");
  const sink = await startSmtpSink();
  const relay = createServer((socket) => {
    const onward = connect(sink.port, sink.host);
    for (const end of [socket, onward]) end.on("error", () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => relay.listen(port, "127.0.0.1", resolve));
  return {
    count: () => sink.messages.length,
    close: async () => {
      await sink.close();
      await new Promise((resolve) => relay.close(resolve));
    },
  };
}
