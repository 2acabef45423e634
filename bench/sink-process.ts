import { startSmtpSink } from "../packages/testkit/src/smtp-sink.ts";

/** The testkit's sink as a process of its own: prints its port, answers any message with the count so far, ends with its parent. */

const sink = await startSmtpSink({ temper: () => "accept" });
process.on("message", () => process.send?.(sink.messages.length));
process.once("disconnect", () => process.exit());
process.stdout.write(`port=${sink.port}\n`);
