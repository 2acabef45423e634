import { idTimeMs } from "@waxwing/runtime";
import { type LoggedEvent, readTimeline } from "@waxwing/store";
import { bootstrapMailbox } from "../bootstrap.ts";
import { type Command, CommandError, columns, UsageError } from "./command.ts";
import { connect } from "./connect.ts";
import { submit } from "./submit.ts";

/** What the simulator is asked for, and the events that must follow `processed`. */
const SCENES = [
  { does: "delivered", says: "the other server takes it", events: ["delivered"] },
  { does: "bounce", says: "it refuses the mailbox", events: ["bounced"] },
  { does: "greylist", says: "it wants us to come again", events: ["deferred"] },
  {
    does: "late-bounce",
    says: "it takes it, and reports later that it could not",
    events: ["delivered", "bounced"],
  },
  { does: "complaint", says: "the recipient says it is spam", events: ["delivered", "complained"] },
  { does: "out-of-office", says: "the recipient is away", events: ["delivered", "replied"] },
  { does: "reply", says: "the recipient answers", events: ["delivered", "replied"] },
] as const;

const POLL_MS = 100;

/** `waxwing demo`: messages to the simulator, each with another fate, and what is told of them. */
export const demo: Command = {
  summary: "send a message into each fate that mail can have, and show what is told of it",
  usage: "demo [--wait seconds] [--json]",
  help: `
  --wait seconds     how long to wait for all of it; 30 when absent

The messages go to the simulator (docs/simulator.md), over the queue and SMTP like all mail; what it answers arrives as inbound mail.
Webhooks get the same events. The exit code is 0 when everything came as it should.

  waxwing demo`,
  options: { wait: { type: "string" } },
  run: async (input) => {
    if (input.words.length > 0) throw new UsageError("takes no words");
    const waitText = input.text("wait") ?? "30";
    if (!/^\d{1,4}$/.test(waitText)) throw new UsageError("--wait is a number of seconds");
    await using connection = await connect(input);
    const { db, clock, config, projectId, simulatorDomain: domain } = connection;
    if (domain === null) throw new CommandError("The simulator is off: see docs/simulator.md.");
    // An address that bounced is suppressed, so each run has its own.
    const run = clock.now().toString(36);
    const sent: { readonly scene: (typeof SCENES)[number]; readonly id: string; readonly to: string }[] = [];
    for (const scene of SCENES) {
      const to = `${scene.does}+demo-${run}@${domain}`;
      const id = await submit(connection, {
        from: `Waxwing <${bootstrapMailbox(config)}>`,
        to,
        subject: `A demonstration: ${scene.says}`,
        text: "This message goes to the simulator.\n",
        tags: ["waxwing-demo"],
      });
      sent.push({ scene, id, to });
    }
    const untilMs = clock.now() + Number(waitText) * 1_000;
    for (;;) {
      const told = await Promise.all(
        sent.map(async (one) => {
          const timeline = await readTimeline(db, projectId, one.id);
          const types = new Set<string>(timeline.map(({ type }) => type));
          return { ...one, timeline, isOver: one.scene.events.every((type) => types.has(type)) };
        }),
      );
      const isOver = told.every((one) => one.isOver);
      if (!isOver && clock.now() < untilMs) {
        await clock.sleep(POLL_MS);
        continue;
      }
      input.show(
        {
          messages: told.map(({ scene, id, to, timeline, isOver: asItShould }) => ({
            id,
            to,
            expected: scene.events,
            as_it_should: asItShould,
            timeline: timeline.map(({ type, payload, id: eventId }) => ({
              type,
              at: new Date(idTimeMs(eventId)).toISOString(),
              data: payload,
            })),
          })),
        },
        [
          ...told.flatMap(({ scene, id, to, timeline, isOver: asItShould }) => [
            `${scene.says}: ${to}`,
            columns(timeline.map((event) => ["", ...eventRow(event, idTimeMs(id))])),
            ...(asItShould ? [] : [`  ${scene.events.join(" and ")} should have come`]),
            "",
          ]),
          `Why each came to what it did: waxwing message <id>. The mail that came back is in ${bootstrapMailbox(config)}.`,
        ].join("\n"),
      );
      return isOver ? 0 : 1;
    }
  },
};

function eventRow({ id, type, payload }: LoggedEvent, startMs: number): readonly string[] {
  const { reply, reason, class: failure, message_id: messageId } = payload;
  const said = [failure, reason ?? reply].filter((text) => typeof text === "string").join(": ");
  return [
    `+${idTimeMs(id) - startMs} ms`,
    type,
    // What others have written must not steer the terminal.
    said === "" && typeof messageId === "string" ? messageId : said.replace(/\p{Cc}+/gu, " ").slice(0, 120),
  ];
}
