import { type HoldOf, PRIORITIES, readHolds } from "@waxwing/outbound";
import { idTimeMs, isId } from "@waxwing/runtime";
import {
  type Database,
  findMessage,
  type LoggedEvent,
  readTimeline,
  type StoredMailbox,
  type StoredMessage,
  type StoredRecipient,
} from "@waxwing/store";
import { type Static, Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import { ProblemError } from "../problems.ts";
import { Message } from "../schemas/message.ts";
import { refusals } from "../schemas/problem.ts";
import { ref } from "../schemas/ref.ts";
import { shownEvent } from "../shown-event.ts";
import { shownRecipient } from "../shown-recipient.ts";

type ShownMessage = Static<typeof Message>;

/** `GET /messages/:id`: a message, and why each of its recipients is where it is. */
export function messageRoutes(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  app.route({
    method: "GET",
    url: "/messages/:id",
    config: { scope: "messages:read" },
    schema: {
      operationId: "getMessage",
      tags: ["Messages"],
      summary: "Read a message",
      description:
        "The message, its recipients with every delivery attempt, why each came to what it did and what to do about it, and everything that happened.",
      params: Type.Object({ id: Type.String() }),
      response: { 200: ref(Message), ...refusals("not-found") },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { projectId } = callerOf(request);
      // A malformed id must not be told from a foreign one, nor reach a uuid cast.
      if (!isId(id)) throw noSuchMessage();
      const found = await findMessage(db, projectId, id);
      if (found === null) throw noSuchMessage();
      // After the states, so that the event of every state shown is there.
      const timeline = await readTimeline(db, projectId, id);
      const holdOf = await readHolds(db, found.recipients);
      return shownMessage(found.message, found.recipients, holdOf, timeline);
    },
  });
}

/** The same for a malformed id, a foreign one and one that never was. */
export function noSuchMessage(): ProblemError {
  return new ProblemError("not-found", "this project has no message with this id");
}

function shownMessage(
  message: StoredMessage,
  recipients: readonly StoredRecipient[],
  holdOf: HoldOf,
  timeline: readonly LoggedEvent[],
): ShownMessage {
  const { projectId, tags } = message;
  return {
    id: message.id,
    from: shownMailbox(message.headers.from),
    to: message.headers.to.map(shownMailbox),
    cc: message.headers.cc.map(shownMailbox),
    subject: message.subject,
    tags,
    metadata: message.metadata,
    priority: PRIORITIES[message.priority] ?? "standard",
    accepted_at: new Date(idTimeMs(message.id)).toISOString(),
    send_at: message.sendAt?.toISOString() ?? null,
    recipients: recipients.map((recipient) =>
      shownRecipient(message.id, recipient, holdOf({ ...recipient, projectId, tags }), timeline),
    ),
    timeline: timeline.map(shownEvent),
  };
}

function shownMailbox(mailbox: StoredMailbox): ShownMessage["from"] {
  return { email: mailbox.address, ...(mailbox.name !== undefined && { name: mailbox.name }) };
}
