import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { createReturnPaths, createSenderRewriting } from "@waxwing/inbound";
import {
  createLogger,
  generateSelfSigned,
  type ListenAddress,
  newId,
  systemClock,
  type TlsMaterial,
} from "@waxwing/runtime";
import { ensureMailbox, ensureProject, insertDomain, openDatabase } from "@waxwing/store";
import { createTestDatabase } from "@waxwing/testkit";
import { deliver } from "../../../packages/inbound/test/smtp-conversation.ts";
import { startReceiver } from "../src/index.ts";

const openReceiver = async (t: TestContext, inbound: ListenAddress | "off") => {
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, poolSize: 2, onError: () => undefined });
  const projectId = newId();
  await ensureProject(db, { id: projectId, name: "shop" });
  const domain = { id: newId(), projectId, name: "waxwing.test", returnPathHost: "bounces.waxwing.test" };
  await insertDomain(db, { ...domain, verifiedAt: new Date() }, []);
  await ensureMailbox(db, { projectId, address: "inbox@waxwing.test", passwordHash: "$" });
  const logged: string[] = [];
  const pair = await generateSelfSigned("mx.waxwing.test", Date.now());
  const tls: TlsMaterial = {
    current: () => pair,
    onReplaced: () => () => undefined,
    refresh: async () => "unchanged",
    [Symbol.asyncDispose]: async () => undefined,
  };
  const notified: string[] = [];
  const receiver = await startReceiver({
    config: {
      listen: {
        inbound,
        http: "off",
        submission: "off",
        submissions: "off",
        imap: "off",
        imaps: "off",
        pop3: "off",
        pop3s: "off",
      },
      hostname: "mx.waxwing.test",
      domain: "waxwing.test",
      dnsServers: null,
    },
    db,
    tls,
    returnPaths: createReturnPaths(Buffer.alloc(32, 1)),
    senderRewriting: createSenderRewriting(Buffer.alloc(32, 2)),
    deliverLanes: { wake: async () => undefined },
    inboundPostLanes: { wake: async () => undefined },
    clock: systemClock,
    log: createLogger({ level: "debug", name: "test", write: (line) => void logged.push(line) }),
    notify: (projectIds) => notified.push(...projectIds),
  });
  t.after(async () => {
    await receiver[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
    await database.drop();
  });
  return { receiver, db, logged, notified, projectId };
};

test("the receiver takes mail at its door, with names that no DNS knows, and outlives a peer that breaks off", async (t) => {
  const { receiver, db, logged, notified, projectId } = await openReceiver(t, { host: "127.0.0.1", port: 0 });
  const port = receiver.port ?? 0;

  const rude = connect({ port, host: "127.0.0.1" });
  await once(rude, "data");
  rude.write("STARTTLS\r\n");
  await once(rude, "data");
  rude.end("this is no handshake\r\n\r\n");
  await once(rude, "close");

  const answers = await deliver(port, { to: ["postmaster"], message: "From: ann@example.test\n\nHi.\n" });
  assert.match(answers.data, /^250/);
  const { rows } = await db.pool.query("SELECT count(*)::int AS n FROM mailbox_messages");
  assert.deepEqual(rows, [{ n: 1 }]);
  assert.deepEqual(notified, [projectId]);
  assert.ok(logged.some((line) => line.includes("smtp.tls-handshake")));
});

test("a door that is off has no port", async (t) => {
  const { receiver } = await openReceiver(t, "off");
  assert.equal(receiver.port, null);
});
