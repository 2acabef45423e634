import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import {
  type EgressSourceValues,
  insertEgressPool,
  insertEgressSource,
  insertShapingRule,
  replaceShapingRule,
  type ShapingRuleValues,
} from "@waxwing/store";
import { type SmtpSink, startSmtpSink } from "@waxwing/testkit";
import { laneOf, openShapingWorld, type ShapingWorld } from "./shaping-world.ts";

/** A door to a sink that knows who comes, and shuts some of them out. */
interface Door extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly sink: SmtpSink;
  /** Connections so far, by the address they came from. */
  readonly came: Map<string, number>;
  /** Open at the same time, at most. */
  readonly crowd: () => number;
}

async function openDoor(refusalFor: (address: string) => string | null = () => null): Promise<Door> {
  const sink = await startSmtpSink();
  const came = new Map<string, number>();
  const inside = new Set<Socket>();
  let crowd = 0;
  const door = createServer((socket) => {
    socket.on("error", () => undefined);
    const address = socket.remoteAddress ?? "";
    came.set(address, (came.get(address) ?? 0) + 1);
    const refusal = refusalFor(address);
    if (refusal !== null) {
      // Unread, what the client says would keep the socket open.
      socket.resume();
      socket.end(`${refusal}\r\n`);
      return;
    }
    inside.add(socket);
    crowd = Math.max(crowd, inside.size);
    socket.on("close", () => inside.delete(socket));
    const onward = connect(sink.port, sink.host);
    onward.on("error", () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
  return {
    host: "127.0.0.1",
    port: (door.address() as AddressInfo).port,
    sink,
    came,
    crowd: () => crowd,
    [Symbol.asyncDispose]: async () => {
      for (const socket of inside) socket.destroy();
      await sink.close();
      await new Promise((resolve) => door.close(resolve));
    },
  };
}

const PLAIN: Omit<EgressSourceValues, "name"> = {
  localAddress: null,
  heloName: null,
  relayHost: null,
  relayPort: null,
  relayImplicitTls: false,
  relayUsername: null,
  sealedRelayPassword: null,
  messagesPerSecond: null,
  warmUpStart: null,
  warmUpCaps: [],
};

const actorOf = ({ projectId }: ShapingWorld) => ({ projectId, keyId: null, remoteAddress: null });

async function addSource(
  world: ShapingWorld,
  name: string,
  values: Partial<EgressSourceValues> = {},
): Promise<void> {
  const source = { id: newId(), ...PLAIN, name, ...values };
  assert.equal((await insertEgressSource(world.db, actorOf(world), source, 10)).kind, "written");
}

async function addPool(
  world: ShapingWorld,
  name: string,
  weights: Readonly<Record<string, number>>,
  overflow: string | null = null,
): Promise<void> {
  const members = Object.entries(weights).map(([source, weight]) => ({ source, weight }));
  const pool = { id: newId(), name, members, overflow, projectIds: [] };
  assert.equal((await insertEgressPool(world.db, actorOf(world), pool, 10)).kind, "written");
}

const many = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `r${n}@site.test`);

/** Moves what was accepted from the lanes of its domains to that of its server, and returns that one's key. */
async function settle(
  world: ShapingWorld,
  drain: (lane: string) => Promise<void>,
  server: Door,
  pool?: string,
): Promise<string> {
  for (const lane of [...world.woken]) if (!lane.startsWith("route:")) await drain(lane);
  return pool === undefined ? laneOf(server) : `${laneOf(server)}|${pool}`;
}

const byEgress = async (world: ShapingWorld): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(
    (
      await world.rows<{ egress: string; count: number }>(
        "SELECT coalesce(egress, 'none') AS egress, count(*)::integer AS count FROM attempts WHERE outcome = 'delivered' GROUP BY 1",
      )
    ).map(({ egress, count }) => [egress, count]),
  );

suite("egress pools", { timeout: 60_000 }, () => {
  test("share mail by weight, each recipient by the same source each time", async () => {
    await using door = await openDoor();
    await using world = await openShapingWorld({ server: door });
    await addSource(world, "two", { localAddress: "127.0.0.2", heloName: "two.waxwing.test" });
    await addSource(world, "three", { localAddress: "127.0.0.3" });
    await addPool(world, "warm", { two: 3, three: 1 });
    const { shaping, drain } = world.worker();
    await shaping.refresh();
    for (let round = 0; round < 2; round++) {
      await world.accept(many(80), "warm");
      const lane = await settle(world, drain, door, "warm");
      await drain(lane);
    }
    const shares = await byEgress(world);
    assert.equal((shares.two ?? 0) + (shares.three ?? 0), 160);
    assert.ok((shares.two ?? 0) > 90 && (shares.three ?? 0) > 10, JSON.stringify(shares));
    const sources = await world.rows<{ count: number }>(
      "SELECT count(DISTINCT egress)::integer AS count FROM attempts JOIN recipients USING (message_id, ordinal) GROUP BY address",
    );
    assert.ok(sources.every(({ count }) => count === 1));
    assert.deepEqual([...door.came.keys()].sort(), ["127.0.0.2", "127.0.0.3"]);
  });

  test("without one mail leaves by the system's address, also where the pool is gone", async () => {
    await using door = await openDoor();
    await using world = await openShapingWorld({ server: door });
    await addSource(world, "two", { localAddress: "127.0.0.2" });
    await addPool(world, "short-lived", { two: 1 });
    const { drain } = world.worker();
    await world.accept(many(3), "short-lived");
    // This process has never heard of the pool.
    await drain(await settle(world, drain, door, "short-lived"));
    assert.deepEqual(await byEgress(world), { none: 3 });
  });

  test("a source that is disliked rests, and another one takes its mail", async () => {
    await using door = await openDoor((address) =>
      address === "127.0.0.2"
        ? "421 4.7.0 [TSS04] Messages from 127.0.0.2 temporarily deferred due to unexpected volume or user complaints"
        : null,
    );
    await using world = await openShapingWorld({ server: door });
    await addSource(world, "two", { localAddress: "127.0.0.2" });
    await addSource(world, "three", { localAddress: "127.0.0.3" });
    await addPool(world, "warm", { two: 1, three: 1 });
    const { shaping, drain } = world.worker();
    await shaping.refresh();
    await world.accept(many(60), "warm");
    await drain(await settle(world, drain, door, "warm"));
    const { three = 0, ...others } = await byEgress(world);
    assert.deepEqual(others, {});
    assert.ok(three >= 50, String(three));
    assert.ok((door.came.get("127.0.0.2") ?? 0) <= 10);
    const pausedSources = async () =>
      (await world.rows<{ source: string }>("SELECT source FROM site_pauses")).map(({ source }) => source);
    // It is stored in passing.
    while ((await pausedSources()).length === 0);
    assert.deepEqual(await pausedSources(), ["two"]);
  });

  test("a warm-up ends the day at its cap, over all processes, and what is more overflows", async () => {
    await using door = await openDoor();
    await using world = await openShapingWorld({ server: door });
    const today = new Date().toISOString().slice(0, 10);
    await addSource(world, "new", { localAddress: "127.0.0.2", warmUpStart: today, warmUpCaps: [20] });
    await addSource(world, "old", { localAddress: "127.0.0.3" });
    await addPool(world, "seasoned", { old: 1 });
    await addPool(world, "fresh", { new: 1 }, "seasoned");
    const workers = [world.worker(), world.worker()];
    for (const { shaping } of workers) await shaping.refresh();
    for (const { drain } of workers) {
      await world.accept(many(30), "fresh");
      await drain(await settle(world, drain, door, "fresh"));
    }
    assert.deepEqual(await byEgress(world), { new: 20, old: 40 });
  });

  test("a warm-up without overflow waits for the next day", async () => {
    await using door = await openDoor();
    await using world = await openShapingWorld({ server: door });
    const today = new Date().toISOString().slice(0, 10);
    await addSource(world, "new", { localAddress: "127.0.0.2", warmUpStart: today, warmUpCaps: [2, 50] });
    await addPool(world, "fresh", { new: 1 });
    const { shaping, drain } = world.worker();
    await shaping.refresh();
    await world.accept(many(10), "fresh");
    const lane = await settle(world, drain, door, "fresh");
    await drain(lane);
    assert.deepEqual(await byEgress(world), { new: 2 });
    const alarm = world.alarms.get(lane) ?? 0;
    assert.equal(alarm % 86_400_000, 0, "the lane sleeps until midnight");
    const left = await world.rows<{ attempt: number }>("SELECT attempt FROM backlog");
    assert.deepEqual(
      left.map(({ attempt }) => attempt),
      [0, 0, 0, 0, 0, 0, 0, 0],
    );
  });
});

suite("shaping rules", { timeout: 60_000 }, () => {
  const rule = (values: Partial<ShapingRuleValues>): ShapingRuleValues => ({
    pattern: "127.0.0.1",
    connections: null,
    connectionsPerHost: null,
    messagesPerConnection: null,
    messagesPerSecond: null,
    note: null,
    ...values,
  });

  test("bound connections and what each of them carries, and a change counts at once", async () => {
    await using door = await openDoor();
    await using world = await openShapingWorld({ server: door });
    const id = newId();
    const first = { id, ...rule({ connections: 2, messagesPerConnection: 4 }) };
    await insertShapingRule(world.db, actorOf(world), first, 10);
    const { shaping, drain } = world.worker();
    await shaping.refresh();
    await world.accept(many(40));
    const lane = await settle(world, drain, door);
    await drain(lane);
    assert.equal(door.sink.messages.length, 40);
    // Two in use; others are saying goodbye.
    assert.ok(door.crowd() <= 6, `${door.crowd()} connections at once`);
    const connections = door.came.get("127.0.0.1") ?? 0;
    assert.ok(connections >= 10, `${connections} connections for 40 messages`);

    await replaceShapingRule(world.db, actorOf(world), id, rule({ connections: 1 }));
    await shaping.refresh();
    await world.accept(many(40));
    await settle(world, drain, door);
    await drain(lane);
    assert.equal(door.sink.messages.length, 80);
    assert.ok((door.came.get("127.0.0.1") ?? 0) - connections <= 2);
  });

  test("a rate delays the lane, not each message", async () => {
    await using door = await openDoor();
    await using world = await openShapingWorld({ server: door });
    await insertShapingRule(
      world.db,
      actorOf(world),
      { id: newId(), ...rule({ messagesPerSecond: 0.1 }) },
      10,
    );
    const { shaping, drain } = world.worker();
    await shaping.refresh();
    await world.accept(many(20));
    const lane = await settle(world, drain, door);
    await drain(lane);
    // The first one goes before anybody knows which servers there are.
    assert.ok(door.sink.messages.length >= 1 && door.sink.messages.length <= 2);
    const sleepMs = (world.alarms.get(lane) ?? 0) - Date.now();
    assert.ok(sleepMs > 5_000 && sleepMs <= 10_000, `${sleepMs} ms`);
    const waiting = await world.rows<{ attempt: number }>(
      "SELECT attempt FROM backlog WHERE due_at <= now()",
    );
    assert.ok(waiting.length >= 18 && waiting.every(({ attempt }) => attempt === 0));
  });
});
