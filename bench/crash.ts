import { parseArgs } from "node:util";
import { assertNothingLost, runCrashes } from "../apps/waxwing/test/crash/run-crashes.ts";

/**
 * Kills parts of a platform under load: `npm run bench:crash -- [--kills 50] [--seed N] [--senders 5] [--only postgres,...]`. Ends with 1 when anything that
 * was accepted is lost, or came twice without the attempt journal saying so.
 */
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    senders: { type: "string", default: "5" },
    only: { type: "string" },
  },
});
const VICTIMS = ["worker", "api", "postgres", "redis"] as const;
const started = performance.now();
const report = await runCrashes({
  seed: Number(values.seed),
  kills: Number(values.kills),
  senders: Number(values.senders),
  betweenMs: { least: 100, most: 2_000 },
  drainMs: 300_000,
  ...(values.only !== undefined && {
    victims: VICTIMS.filter((victim) => values.only?.split(",").includes(victim)),
  }),
  onKill: (victim, number) => process.stdout.write(`${number}: kill -9 ${victim}\n`),
});
const { lost, duplicates, unexplained, contradictions, kills, ...counts } = report;
process.stdout.write(`\nSeed ${values.seed}, ${((performance.now() - started) / 1_000).toFixed(0)} s\n`);
process.stdout.write(
  `Killed: ${Object.entries(kills)
    .map(([victim, times]) => `${victim} ${times}`)
    .join(", ")}\n`,
);
process.stdout.write(
  `Accepted ${counts.accepted} = delivered ${counts.delivered} + bounced ${counts.bounced} + queued ${counts.stillQueued}\n`,
);
process.stdout.write(
  `Requests without a 202: ${counts.unanswered}. Lost: ${lost.length}. Arrived twice or more: ${duplicates.length}\n`,
);
for (const { messageId, arrivals, unknownAttempts } of duplicates)
  process.stdout.write(
    `  ${messageId}: ${arrivals} arrivals, ${unknownAttempts} attempts that the journal has as unknown\n`,
  );
for (const contradiction of contradictions) process.stdout.write(`Contradiction: ${contradiction}\n`);
if (unexplained.length > 0) process.stdout.write(`Without an explanation: ${unexplained.length}\n`);
assertNothingLost(report);
