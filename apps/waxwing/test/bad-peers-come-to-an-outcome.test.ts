import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Message } from "@waxwing/client";
import { RFC_TIMEOUTS } from "@waxwing/outbound";
import { readConfig } from "@waxwing/runtime";
import { type BadPeer, createTestAuthority, PEER_FAULTS, startBadPeer } from "@waxwing/testkit";
import { type BadServer, faultsAtStages, MOODS } from "./bad-peers.ts";
import { clientOf, startWaxwing, temporaryDataDir, until, type WaxwingProcess } from "./waxwing-process.ts";

/** Only what says nothing waits for it, so that a busy machine makes no other scenario one of these. */
const PATIENCE = "3s";
const STAGES = ["greeting", "command", "tls", "mail", "rcpt", "data", "data-block", "data-end"];

interface Scenario extends BadServer {
  readonly domain: string;
  readonly peer: BadPeer;
}

suite("every temper of another server comes to one outcome", { timeout: 240_000 }, () => {
  const scenarios: Scenario[] = [];
  const messages = new Map<string, Message>();
  let dataDir: Awaited<ReturnType<typeof temporaryDataDir>>;
  let waxwing: WaxwingProcess;

  before(async () => {
    const tls = await (await createTestAuthority()).issue(["peer.test"]);
    for (const server of [...faultsAtStages(PEER_FAULTS), ...MOODS]) {
      const peer = await startBadPeer({
        temper: (stage) => server.faults[stage],
        ...(server.extensions !== undefined && { extensions: server.extensions }),
        ...(server.tls === true && { tls }),
      });
      scenarios.push({ ...server, peer, domain: `peer${scenarios.length}.example` });
    }
    dataDir = await temporaryDataDir();
    waxwing = await startWaxwing({
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_ROUTES: scenarios.map(({ domain, peer }) => `${domain}=127.0.0.1:${peer.port}`).join(","),
      WAXWING_RETRY_SCHEDULE: "1h",
      WAXWING_SMTP_TIMEOUTS: STAGES.map((stage) => `${stage}=${PATIENCE}`).join(","),
    });
    const client = clientOf(waxwing.doors);
    const sent = scenarios.map(async ({ domain }) => {
      const to = `ann@${domain}`;
      const { id } = await client.send({ from: "shop@waxwing.test", to, subject: "Order", text: "Hi" });
      return { domain, id };
    });
    for (const { domain, id } of await Promise.all(sent)) {
      const message = await until(
        `the attempt at ${domain}`,
        () => client.messages.get(id),
        ({ recipients: [ann] }) => ann !== undefined && ann.state !== "sending" && ann.attempts.length > 0,
      );
      messages.set(domain, message);
    }
  });
  after(async () => {
    await waxwing[Symbol.asyncDispose]();
    await dataDir[Symbol.asyncDispose]();
    for (const { peer } of scenarios) await peer[Symbol.asyncDispose]();
  });

  for (const [index, { name, comesTo, copies }] of [...faultsAtStages(PEER_FAULTS), ...MOODS].entries()) {
    test(`a server that ${name}: ${comesTo}`, () => {
      const scenario = scenarios[index];
      const message = messages.get(scenario?.domain ?? "");
      const ann = message?.recipients[0];
      const attempt = ann?.attempts[0];
      assert.ok(
        scenario !== undefined && message !== undefined && ann !== undefined && attempt !== undefined,
      );
      const { peer } = scenario;

      const seen = [attempt.outcome, attempt.class, peer.connections > 1 ? "anew" : null];
      assert.equal(seen.filter((part) => part !== null).join(" "), comesTo, attempt.reply);
      assert.equal(peer.messages.filter((text) => text !== "").length, copies, "copies");
      assert.equal(ann.attempts.length, 1);

      // One outcome, told the same way everywhere.
      const state = attempt.outcome === "unknown" ? "deferred" : attempt.outcome;
      assert.equal(ann.state, state);
      assert.equal(message.timeline.at(-1)?.type, state);
      assert.equal(ann.last_reply, attempt.reply);
      assert.equal(ann.next_attempt_at === null, state !== "deferred");
      assert.equal(attempt.advice === null, state === "delivered");
      assert.notEqual(attempt.reply, "");
      assert.ok(attempt.conversation !== null && attempt.conversation.length <= 16_384);
      assert.match(attempt.conversation, /\* (no connection|connected) to 127\.0\.0\.1/);
      assert.doesNotMatch(`${attempt.reply}${attempt.conversation}`, /[^\P{Cc}\n\t]/u);
    });
  }

  test("the platform is as well as before", async () => {
    const ready = await fetch(`http://127.0.0.1:${waxwing.doors.http}/health/ready`);
    assert.equal(ready.status, 200);
    assert.deepEqual(
      waxwing.lines.filter((line) => /"level":"(error|fatal)"/.test(line)),
      [],
    );
  });

  test("without a word of the operator the times are those of RFC 5321", () => {
    const reading = readConfig({});
    assert.ok(reading.kind === "ok");
    assert.deepEqual(reading.config.smtpTimeouts, RFC_TIMEOUTS);
  });
});
