import { measureAccept } from "./accept.ts";
import { type BackendMeasurement, measureBackend } from "./backend.ts";
import { measureBacklog } from "./backlog.ts";
import { measureFloor } from "./floor.ts";
import { measureIdleSessions } from "./imap/idle-sessions.ts";
import { measureMailboxes } from "./imap/report-imap.ts";
import { measureInbound } from "./inbound/measure.ts";
import { measureIsolation } from "./isolation.ts";
import { describeMachine } from "./machine.ts";
import { type BenchOptions, readOptions, USAGE } from "./options.ts";
import { measureOutbound } from "./outbound.ts";
import { type BackendResult, renderReport } from "./report.ts";
import { measureWebhooks } from "./webhooks/measure.ts";

/** sysexits.h: EX_USAGE. */
const EXIT_USAGE = 64;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function bench(options: BenchOptions, signal: AbortSignal): Promise<void> {
  const { mode, messages, runs, connections, domains } = options;
  for (const line of describeMachine()) say(line);
  const floor = measureFloor();
  say(
    `Floor: ${floor.signaturesPerSecond.toFixed(0)} RSA-2048 signatures/s on one core, ${floor.syncsPerSecond.toFixed(0)} fdatasync/s`,
  );
  const titles = {
    loop: "Accept to recorded delivery",
    accept: "Accept only",
    outbound: "Beside others",
    isolation: "Isolation",
    backlog: "Backlog",
    imap: "Mailboxes",
    idle: "Idle sessions",
    inbound: "Mail that arrives",
    webhooks: "Events to a webhook",
  } as const satisfies Record<BenchOptions["mode"], string>;
  const what =
    mode === "webhooks"
      ? `${messages} events`
      : `${messages} messages of 5 KB, ${connections} connections, ${domains} domains`;
  say(`${titles[mode]}: ${runs} runs of ${what}${options.profile ? ", WITH THE PROFILER ON" : ""}`);
  say("");
  if (mode === "accept") {
    for (const backend of options.backends) say(await measureAccept(backend, options, say, signal));
    return;
  }
  if (mode === "isolation" || mode === "backlog") {
    const measure = mode === "isolation" ? measureIsolation : measureBacklog;
    for (const backend of options.backends) say(`\n${await measure(backend, options, say, signal)}\n`);
    return;
  }
  if (mode === "imap") {
    say(`\n${await measureMailboxes(options, say, signal)}`);
    return;
  }
  if (mode === "idle") {
    say(`\n${await measureIdleSessions(options, say, signal)}`);
    return;
  }
  if (mode === "inbound") {
    say(`\n${await measureInbound(options, say, signal)}`);
    return;
  }
  if (mode === "webhooks") {
    say(`\n${await measureWebhooks(options, say, signal)}`);
    return;
  }
  if (mode === "outbound") {
    say(`\n${await measureOutbound(options, say, signal)}`);
    return;
  }
  const results: BackendResult[] = [];
  const profiles: string[] = [];
  for (const backend of options.backends) {
    const measurement: BackendMeasurement = await measureBackend(backend, options, say, signal);
    if (measurement.kind === "skipped") {
      say(measurement.reason);
      continue;
    }
    results.push(measurement.result);
    if (measurement.profile !== null)
      profiles.push(`Queue on ${measurement.result.queue}. ${measurement.profile}`);
  }
  if (results.length > 0) say(`\n${renderReport(results)}`);
  for (const profile of profiles) say(`\n${profile}`);
}

const reading = readOptions(process.argv.slice(2));
switch (reading.kind) {
  case "help":
    process.stdout.write(USAGE);
    break;
  case "invalid":
    process.stderr.write(`bench: ${reading.reason}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
    break;
  case "options": {
    const interrupted = new AbortController();
    for (const name of ["SIGINT", "SIGTERM"] as const) {
      // The second one ends the bench as usual, and leaves its children to the user.
      process.once(name, () => interrupted.abort(new Error(`stopped by ${name}; cleaning up`)));
    }
    try {
      await bench(reading.options, interrupted.signal);
    } catch (error) {
      process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}
