import type { Clock, Config } from "@waxwing/runtime";
import { bootstrapMailbox } from "./bootstrap.ts";

interface ShownMessage {
  readonly recipients: readonly { readonly state: string; readonly last_reply: string | null }[];
  readonly timeline: readonly {
    readonly type: string;
    readonly created_at: string;
    readonly data: Readonly<Record<string, unknown>>;
  }[];
}

interface ShownEvents {
  readonly events: readonly {
    readonly type: string;
    readonly created_at: string;
    readonly data: Readonly<Record<string, unknown>>;
  }[];
}

/** The loop takes well under a second; a machine that is busy with `npm ci` next door may need more. */
const PATIENCE_MS = 15_000;
const POLL_MS = 50;

/**
 * Sends one message round the whole loop through the public door, from the bootstrap domain to the bootstrap mailbox, and returns
 * its timeline as text, one line per event with the milliseconds since it was accepted.
 */
export async function sendFirstMessage(options: {
  readonly config: Config;
  readonly apiKey: string;
  /** Base address of the API, such as `http://127.0.0.1:8080`. */
  readonly api: string;
  readonly clock: Clock;
}): Promise<string> {
  const { config, apiKey, api, clock } = options;
  const mailbox = bootstrapMailbox(config);
  const call = async <Answer>(path: string, init: RequestInit = {}): Promise<Answer> => {
    const answer = await fetch(`${api}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };
  const { id } = await call<{ id: string }>("/send", {
    method: "POST",
    body: JSON.stringify({
      from: `Waxwing <waxwing@${config.domain}>`,
      to: mailbox,
      subject: "Your first message",
      text: "It was accepted over HTTP, committed, composed, signed, delivered over SMTP, received, verified and filed here.\n",
      tags: ["first-message"],
    }),
  });
  const untilMs = clock.now() + PATIENCE_MS;
  for (;;) {
    const message = await call<ShownMessage>(`/messages/${id}`);
    const { events } = await call<ShownEvents>("/events?limit=100");
    const received = events.filter((event) => event.type === "received");
    const done =
      message.recipients.every((recipient) => recipient.state === "delivered") && received.length > 0;
    if (done || clock.now() > untilMs)
      return renderTimeline(id, mailbox, [...message.timeline, ...received], done);
    await clock.sleep(POLL_MS);
  }
}

function renderTimeline(
  id: string,
  mailbox: string,
  timeline: ShownMessage["timeline"],
  done: boolean,
): string {
  const seen = new Map(timeline.map((event) => [`${event.type}${event.created_at}`, event]));
  const ordered = [...seen.values()].sort((a, b) => a.created_at.localeCompare(b.created_at));
  const startMs = Date.parse(ordered[0]?.created_at ?? new Date(0).toISOString());
  const lines = ordered.map((event) => {
    const afterMs = Date.parse(event.created_at) - startMs;
    const { reply, folder, authentication } = event.data as {
      reply?: string;
      folder?: string;
      authentication?: { dkim?: string };
    };
    const detail =
      reply ?? (folder === undefined ? "" : `filed in ${folder}, DKIM ${authentication?.dkim ?? "none"}`);
    return `  ${String(afterMs).padStart(6)} ms  ${event.type.padEnd(10)}${detail}`;
  });
  const verdict = done
    ? `It is in ${mailbox} now.`
    : "It has not come round yet; GET /messages/:id tells how it goes on.";
  return [`The first message went round the loop (${id}):`, "", ...lines, "", verdict, ""].join("\n");
}
