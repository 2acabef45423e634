import { type Command, CommandError, UsageError } from "./command.ts";
import { connect } from "./connect.ts";
import { describeMessage } from "./describe-message.ts";
import { submit } from "./submit.ts";

const POLL_MS = 100;

/** `waxwing send`: a test message through the queue, and what became of it. */
export const send: Command = {
  summary: "send a test message, and show what becomes of it",
  usage: "send <address> [--from address] [--subject text] [--wait seconds] [--project id] [--json]",
  help: `
  --from address     waxwing@ the first domain when absent; its domain must be verified for the project
  --subject text
  --wait seconds     how long to wait for the first attempt; 30 when absent

The exit code is 0 when it was delivered, 1 otherwise. A worker must be running.

  waxwing send ann@example.org --from shop@shop.example`,
  options: { from: { type: "string" }, subject: { type: "string" }, wait: { type: "string" } },
  run: async (input) => {
    const [to, ...rest] = input.words;
    if (to === undefined || rest.length > 0) throw new UsageError("needs one address");
    const waitText = input.text("wait") ?? "30";
    if (!/^\d{1,4}$/.test(waitText)) throw new UsageError("--wait is a number of seconds");
    await using connection = await connect(input);
    const { db, clock, config, projectId } = connection;
    const id = await submit(connection, {
      from: input.text("from") ?? `Waxwing <waxwing@${config.domain}>`,
      to,
      subject: input.text("subject") ?? "A test message",
      text: "Somebody has sent this by hand, to see whether it arrives. It did.\n",
      tags: ["waxwing-send"],
    });
    const untilMs = clock.now() + Number(waitText) * 1_000;
    for (;;) {
      const described = await describeMessage(db, projectId, id);
      if (described === null) throw new CommandError(`message ${id} is gone`);
      const isOver = described.states.every((state) => state !== "queued" && state !== "sending");
      if (isOver || clock.now() >= untilMs) {
        input.show(described.result, described.text);
        return described.states.every((state) => state === "delivered") ? 0 : 1;
      }
      await clock.sleep(POLL_MS);
    }
  },
};
