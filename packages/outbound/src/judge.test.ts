import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { judge } from "./judge.ts";
import type { DeliveryOutcome } from "./outcome.ts";

const said = (replyCode: number, enhancedCode: string | null, text: string): DeliveryOutcome => ({
  kind: replyCode >= 500 ? "bounced" : "deferred",
  retry: replyCode >= 500 ? "never" : "later",
  replyCode,
  enhancedCode,
  reply: `${replyCode} ${text}`,
  host: "mx.example.test",
  remoteAddress: "192.0.2.1",
  tls: null,
  rule: replyCode >= 500 ? "reply.5xx" : "reply.4xx",
  remoteSpoke: true,
  conversation: null,
});

const silent = (
  rule: string,
  enhancedCode: string | null = null,
  retry: "later" | "never" = "later",
): DeliveryOutcome => ({ ...said(451, enhancedCode, ""), replyCode: null, remoteSpoke: false, rule, retry });

suite("judging outcomes", () => {
  test("a delivery is not judged", () => {
    assert.equal(judge({ ...said(250, "2.0.0", "Ok"), kind: "delivered" }), null);
  });

  test("the words decide where the code is wrong", () => {
    const greylisted = judge(said(550, "5.7.1", "Greylisted, please try again in 300 seconds"));
    assert.equal(greylisted?.retry, "later");
    assert.equal(greylisted?.hintMs, 300_000);
    assert.equal(greylisted?.sameEgress, true);
    const deferred = judge(
      said(421, "4.7.1", "[TS03] All messages from 192.0.2.1 will be permanently deferred"),
    );
    assert.equal(deferred?.retry, "never");
    assert.equal(deferred?.scope, "site");
    assert.equal(deferred?.hintMs, null);
  });

  test("who is refused at the door waits as a site, and never bounces a recipient", () => {
    for (const [code, text] of [
      [554, "Your access to this mail system has been rejected due to the sending MTA's poor reputation"],
      [421, "Service not available, closing transmission channel"],
      [550, "No such user here"],
    ] as const) {
      const judged = judge({ ...said(code, null, text), rule: "connect.refused" });
      assert.deepEqual([judged?.scope, judged?.retry], ["site", "later"], text);
    }
  });

  test("a code that cannot stand there is a broken server", () => {
    const judged = judge({ ...said(354, null, "User unknown"), rule: "reply.unexpected" });
    assert.deepEqual(
      [judged?.class, judged?.retry, judged?.rule],
      ["protocol-error", "later", "reply.unexpected"],
    );
  });

  test("what went wrong before anybody spoke has its class, too", () => {
    const expected: readonly (readonly [DeliveryOutcome, string, string])[] = [
      [silent("connect.failed"), "no-answer", "later"],
      [silent("connect.tls-certificate"), "tls-required", "later"],
      [silent("connect.nonsense"), "protocol-error", "later"],
      [silent("connect.auth-impossible"), "misconfigured", "later"],
      [silent("connection.lost"), "connection-lost", "later"],
      [{ ...silent("connection.lost-after-data"), kind: "unknown" }, "connection-lost", "later"],
      [silent("route.null-mx", "5.1.10", "never"), "bad-domain", "never"],
      [silent("route.no-such-domain", "5.1.2", "never"), "bad-domain", "never"],
      [silent("route.loop", "5.4.6", "never"), "routing", "never"],
      [silent("route.dns-failure", "4.4.3"), "dns-failure", "later"],
      [silent("local.needs-requiretls", "5.7.30", "never"), "tls-required", "never"],
      [silent("local.too-large-for-server", "5.3.4", "never"), "too-large", "never"],
      [silent("local.compose-failed"), "local-error", "later"],
      [silent("something.new"), "local-error", "later"],
      [silent("constructor"), "local-error", "later"],
    ];
    for (const [outcome, name, retry] of expected) {
      const judged = judge(outcome);
      assert.deepEqual(
        [judged?.class, judged?.retry, judged?.rule],
        [name, retry, outcome.rule],
        outcome.rule,
      );
    }
  });
});
