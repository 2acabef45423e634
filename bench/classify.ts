import { judgeBytes } from "../packages/inbound/src/judge-mail.ts";
import { CORPUS } from "../packages/inbound/test/corpus/sample.ts";
import { describeMachine } from "./machine.ts";

/**
 * What judging one mail costs: `node bench/classify.ts [seconds] [KB]`. Parses and judges the samples of the tests in turn, on one
 * thread, each with the returned message that most systems attach, here text of so many KB (4). The rate is per second of CPU, so
 * that what else the machine does counts little.
 */

const [secondsText = "5", kilobytesText = "4"] = process.argv.slice(2);
const seconds = Number(secondsText);
const kilobytes = Number(kilobytesText);
if (!(seconds > 0) || !(kilobytes >= 0)) throw new RangeError("usage: node bench/classify.ts [seconds] [KB]");

const attached = Buffer.from(
  "\nThe quick brown fox jumps over the lazy dog, and then some more.\n".repeat(16 * kilobytes),
);
const mails = CORPUS.map(({ raw }) => Buffer.concat([raw, attached]));

/** One turn over all samples; the sum keeps the work from being optimized away. */
function judgeAll(): number {
  let recipients = 0;
  for (const mail of mails) recipients += judgeBytes(mail).recipients.length;
  return recipients;
}

for (let turn = 0; turn < 10; turn++) judgeAll();
const cpuBefore = process.cpuUsage();
const startedMs = performance.now();
let turns = 0;
let slowestMs = 0;
while (performance.now() - startedMs < seconds * 1_000) {
  const turnStartedMs = performance.now();
  judgeAll();
  slowestMs = Math.max(slowestMs, performance.now() - turnStartedMs);
  turns++;
}
const elapsedMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(cpuBefore);
const judged = turns * mails.length;
const octets = mails.reduce((sum, mail) => sum + mail.length, 0);

for (const line of describeMachine()) process.stdout.write(`${line}\n`);
process.stdout.write(
  `${mails.length} samples of ${(octets / mails.length / 1_024).toFixed(1)} KB on average, ${turns} turns\n` +
    `${(judged / ((user + system) / 1e6)).toFixed(0)} messages per second of CPU, ` +
    `${((user + system) / judged / 1_000).toFixed(3)} ms each; ` +
    `${((judged / elapsedMs) * 1_000).toFixed(0)} per second by the clock, ` +
    `slowest turn ${(slowestMs / mails.length).toFixed(2)} ms a message\n`,
);
