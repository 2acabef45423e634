import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { PEER_FAULTS, type PeerStage, startBadPeer } from "@waxwing/testkit";
import { brief, briefOpening, connected, open, send, timeouts } from "./open-for-test.ts";

/** What each fault comes to; a number is the code of a refusal. */
const COMES_TO = {
  "falls silent": "timeout",
  "hangs up": "closed",
  "resets the connection": "closed",
  "drips a reply that never ends": "timeout",
  "talks HTTP": "nonsense",
  "sends octets without lines": "nonsense",
  "sends a megabyte of reply": "nonsense",
  "sends reply lines without end": "nonsense",
  "says 421 and closes": 421,
  "says 421 and stays": 421,
  "defers with 451": 451,
  "refuses with 554": 554,
  "says 399": 399,
} as const satisfies Record<keyof typeof PEER_FAULTS, string | number>;

const faults = Object.entries(PEER_FAULTS).map(([name, fault]) => ({
  name,
  fault,
  comesTo: COMES_TO[name as keyof typeof PEER_FAULTS],
  // Only what waits for a time-out gets a short one, so that a busy machine does not make one of the others.
  timeouts: timeouts(/silent|drips/.test(name) ? 400 : 20_000),
}));

/** Only these leave the session where it was. */
const goesOn = (comesTo: string | number): boolean => comesTo === 451 || comesTo === 554;

suite("every fault at every stage", { concurrency: 8, timeout: 60_000 }, () => {
  for (const { name, fault, comesTo, timeouts } of faults) {
    for (const [stage, named] of [
      ["greeting", "greeting"],
      ["EHLO", "hello"],
    ] as const) {
      test(`at ${stage} the server ${name}`, async (t) => {
        await using peer = await startBadPeer({ temper: (at) => (at === stage ? fault : undefined) });
        const opening = await open(t, peer, { timeouts });
        // A 5yz to EHLO is no refusal: HELO follows.
        const expected =
          stage === "EHLO" && comesTo === 554
            ? "open"
            : `${typeof comesTo === "number" ? "refused" : "failed"} ${named} ${comesTo}`;
        // A reset takes everything with it that was not read yet, the connection included.
        if (fault.kind === "reset") assert.match(briefOpening(opening), /^failed \w+ (closed|socket)$/);
        else assert.equal(briefOpening(opening), expected);
      });
    }

    const stages: readonly (readonly [PeerStage, string])[] = [
      ["MAIL", "mail"],
      ["RCPT", "rcpt"],
      ["DATA", "data"],
      ["dot", "content"],
    ];
    for (const [stage, named] of stages) {
      for (const extensions of [["PIPELINING"], []]) {
        test(`at ${stage} the server ${name}${extensions.length === 0 ? ", without PIPELINING" : ""}`, async (t) => {
          await using peer = await startBadPeer({
            extensions,
            temper: (at, nth) => (at === stage && nth === 1 ? fault : undefined),
          });
          const connection = await connected(t, peer, { timeouts });
          const [result] = await send(connection);
          const sent = stage === "dot" ? "all" : "nothing";
          if (fault.kind === "reset") assert.match(brief(result), new RegExp(`^failed \\w+ closed ${sent}$`));
          else
            assert.equal(
              brief(result),
              typeof comesTo === "number"
                ? `refused ${named} ${comesTo}`
                : `failed ${named} ${comesTo} ${sent}`,
            );
          assert.equal(connection.usable(), goesOn(comesTo));
          const [next] = await send(connection);
          if (goesOn(comesTo)) assert.equal(brief(next), "accepted 250");
          else assert.match(brief(next), /^failed (reset|mail) \w+ nothing$/);
        });
      }
    }
  }
});
