import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { suite, test } from "node:test";
import { newId } from "@waxwing/runtime";
import type { ClaimedRecipient } from "@waxwing/store";
import { createHandover } from "../src/handover.ts";
import { laneOf, openShapingWorld } from "./shaping-world.ts";

/** A server that takes every message, but answers the first final dot only when told to. */
async function startHesitantServer() {
  const arrived = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.write("220 hesitant.test ESMTP\r\n");
    let inData = false;
    let buffered = "";
    socket.on("data", (chunk) => {
      buffered += chunk.toString("latin1");
      for (let end = buffered.indexOf("\r\n"); end >= 0; end = buffered.indexOf("\r\n")) {
        const line = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        if (inData && line !== ".") continue;
        if (inData) {
          inData = false;
          arrived.resolve();
          void go.promise.then(() => socket.write("250 2.0.0 Ok\r\n"));
          continue;
        }
        inData = line === "DATA";
        socket.write(inData ? "354 go on\r\n" : "250 Ok\r\n");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    arrived: arrived.promise,
    go: go.resolve,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const recipientOf = (projectId: string): ClaimedRecipient => ({
  messageId: newId(),
  ordinal: 0,
  projectId,
  domainId: newId(),
  address: "ann@site.test",
  priority: 1,
  attempt: 1,
  interrupted: false,
  suppressed: null,
  contentKind: "mime",
  contentHash: Buffer.alloc(32),
  headers: { from: { address: "shop@shop.test" }, to: [], cc: [], replyTo: [], custom: [] },
  subject: "",
  metadata: {},
  tags: [],
  startedAtMs: 0,
  expiresAtMs: null,
  options: {},
  requestId: null,
  batchStatus: null,
});

suite("a lane", { timeout: 60_000 }, () => {
  test("takes over what is accepted while it delivers, without a claim; each has one outcome", async () => {
    await using server = await startHesitantServer();
    await using world = await openShapingWorld({ server, handover: createHandover() });
    const lane = laneOf(server);
    await world.accept(["first@site.test"]);
    assert.deepEqual([...world.woken], [lane]);
    world.woken.clear();
    const draining = world.worker().drain(lane);
    await server.arrived;
    await world.accept(["second@site.test", "third@other.test"]);
    assert.deepEqual([...world.woken], [], "nobody has to be woken");
    const taken = await world.rows("SELECT FROM backlog WHERE attempt = 1 AND leased_until > now()");
    assert.equal(taken.length, 3);
    server.go();
    await draining;
    assert.deepEqual(
      await world.rows("SELECT state, attempts, count(*)::integer FROM recipients GROUP BY 1, 2"),
      [{ state: "delivered", attempts: 1, count: 3 }],
    );
    assert.deepEqual(
      await world.rows("SELECT number, outcome, count(*)::integer FROM attempts GROUP BY 1, 2"),
      [{ number: 1, outcome: "delivered", count: 3 }],
    );
    assert.deepEqual(await world.rows("SELECT FROM backlog"), []);
    assert.deepEqual([...world.woken], []);
  });

  test("that has ended is woken as ever", async () => {
    await using server = await startHesitantServer();
    await using world = await openShapingWorld({ server, handover: createHandover() });
    server.go();
    await world.accept(["first@site.test"]);
    const { drain } = world.worker();
    await drain(laneOf(server));
    world.woken.clear();
    await world.accept(["second@site.test"]);
    assert.deepEqual([...world.woken], [laneOf(server)]);
    assert.equal((await world.rows("SELECT FROM backlog WHERE attempt = 0 AND lease_id IS NULL")).length, 1);
    await drain(laneOf(server));
    assert.deepEqual(await world.rows("SELECT FROM backlog"), []);
  });

  const lease = { leaseId: newId(), leaseMs: 60_000 };

  test("has room for so many, and is nudged for the others", async () => {
    const handover = createHandover();
    assert.equal(handover.nudge("mx:a"), false, "nobody drains it here");
    const berth = handover.dock("mx:a", { lease, limit: 2, isFree: () => true }) ?? assert.fail();
    assert.equal(handover.dock("mx:a", { lease, limit: 2, isFree: () => true }), null);
    assert.equal(handover.reserve("mx:a", 0), null, "it has not claimed yet");
    berth.open(1);
    assert.equal(handover.reserve("mx:a", 2), null, "something more urgent waits in the backlog");
    const first = handover.reserve("mx:a", 1) ?? assert.fail();
    const second = handover.reserve("mx:a", 1) ?? assert.fail();
    assert.equal(handover.reserve("mx:a", 1), null, "it is full");
    const stirred = berth.stirred();
    first.settle(null);
    await stirred;
    assert.equal(berth.close(), false, "one is on its way");
    berth.open(null);
    assert.equal(handover.nudge("mx:a"), true);
    assert.equal(berth.isNudged(), true, "a claim comes next");
    const third =
      handover.reserve("mx:a", 2) ?? assert.fail("what is accepted meanwhile went into the backlog");
    berth.heed();
    assert.equal(berth.isNudged(), false);
    const [ann, bob] = [recipientOf(newId()), recipientOf(newId())];
    second.settle(ann);
    third.settle(bob);
    assert.deepEqual(berth.waiting(), [ann, bob]);
    assert.deepEqual(berth.take(1), [ann]);
    handover.nudge("mx:a");
    assert.deepEqual(await berth.leave(), { handed: [bob], nudged: true });
    assert.equal(handover.nudge("mx:a"), false);
  });

  test("does not leave while something is on its way to it", async () => {
    const handover = createHandover();
    const berth = handover.dock("mx:a", { lease, limit: 9, isFree: () => true }) ?? assert.fail();
    berth.open(null);
    const reservation = handover.reserve("mx:a", 1) ?? assert.fail();
    const leaving = berth.leave();
    assert.equal(handover.reserve("mx:a", 1), null);
    assert.equal(handover.nudge("mx:a"), true, "what is stored now is told to it still");
    const ann = recipientOf(newId());
    reservation.settle(ann);
    assert.deepEqual(await leaving, { handed: [ann], nudged: true });
  });
});
