import assert from "node:assert/strict";
import { test } from "node:test";
import { readScenario, type Scenario } from "./scenario.ts";

const cases: readonly (readonly [localPart: string, scenario: Partial<Scenario> | null])[] = [
  ["delivered", { kind: "delivered" }],
  ["Delivered+order-7", { kind: "delivered" }],
  ["bounce", { kind: "bounce", reply: { code: 550, enhanced: "5.1.1", text: "No such user here" } }],
  ["bounce+5.2.2+x", { kind: "bounce", reply: { code: 552, enhanced: "5.2.2", text: "Mailbox full" } }],
  [
    "bounce+x+4.2.2",
    { kind: "bounce", reply: { code: 452, enhanced: "4.2.2", text: "Mailbox full, try again later" } },
  ],
  ["bounce+5.9.9", { kind: "bounce", reply: { code: 550, enhanced: "5.9.9", text: "Simulated refusal" } }],
  [
    "defer+3",
    {
      kind: "defer",
      times: 3,
      reply: { code: 450, enhanced: "4.3.2", text: "System not accepting messages" },
    },
  ],
  [
    "defer",
    {
      kind: "defer",
      times: 1,
      reply: { code: 450, enhanced: "4.3.2", text: "System not accepting messages" },
    },
  ],
  [
    "greylist",
    { kind: "defer", times: 1, reply: { code: 451, enhanced: "4.7.1", text: "Greylisted, try again later" } },
  ],
  ["slow+10s", { kind: "slow", delayMs: 10_000 }],
  ["slow+250ms", { kind: "slow", delayMs: 250 }],
  ["slow+999999s", { kind: "slow", delayMs: 120_000 }],
  [
    "late-bounce+4.2.2",
    { kind: "late-bounce", reply: { code: 550, enhanced: "5.1.1", text: "No such user here" } },
  ],
  ["complaint", { kind: "complaint" }],
  ["out-of-office", { kind: "out-of-office" }],
  ["reply", { kind: "reply" }],
  ["drop", { kind: "drop" }],
  ["ann", null],
  ["", null],
  ["constructor", null],
];

for (const [localPart, scenario] of cases) {
  test(`${JSON.stringify(localPart)} is read`, () => assert.deepEqual(readScenario(localPart), scenario));
}
