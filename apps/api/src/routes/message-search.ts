import { type HoldOf, readHolds } from "@waxwing/outbound";
import { idTimeMs, isId } from "@waxwing/runtime";
import { type Database, type FoundMessage, searchMessages } from "@waxwing/store";
import type { Static } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import { readInstant } from "../instant.ts";
import type { FieldProblem } from "../problems.ts";
import { MessagePage, MessagesQuery } from "../schemas/message-search.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";

const DEFAULT_LIMIT = 50;

/** `GET /messages`: finds messages of the project, newest first. */
export function messageSearchRoute(app: ApiInstance, options: { readonly db: Database }): void {
  const { db } = options;
  app.route({
    method: "GET",
    url: "/messages",
    config: { scope: "messages:read" },
    schema: {
      operationId: "searchMessages",
      tags: ["Messages"],
      summary: "Search messages",
      description:
        "Newest first. All that is given must hold. A page looks at 10,000 messages at most, of the recipient where one is given, and may be short for that: go on with `next` until it is null. Give a recipient or a time to search quickly in very many.",
      querystring: MessagesQuery,
      response: { 200: MessagePage, ...refusals("invalid-request") },
    },
    handler: async (request) => {
      const { from, to, after, limit = DEFAULT_LIMIT, ...terms } = request.query;
      const problems: FieldProblem[] = [];
      const fromMs = readTime("from", from, problems);
      const toMs = readTime("to", to, problems);
      const before = after === undefined ? undefined : Buffer.from(after, "base64url").toString("latin1");
      if (before !== undefined && !isId(before))
        problems.push({ field: "after", message: "is not the next of an earlier answer" });
      if (problems.length > 0) throw invalid(problems);
      const { projectId } = callerOf(request);
      const { messages, next } = await searchMessages(db, {
        ...terms,
        projectId,
        fromMs,
        toMs,
        before,
        limit,
      });
      const holdOf = await readHolds(
        db,
        messages.flatMap(({ recipients }) => recipients),
      );
      return {
        messages: messages.map((message) => shownMessage(projectId, message, holdOf)),
        next: next === null ? null : Buffer.from(next).toString("base64url"),
      };
    },
  });
}

function readTime(field: string, text: string | undefined, problems: FieldProblem[]): number | undefined {
  if (text === undefined) return undefined;
  const time = readInstant(text);
  // Ids hold no time before 1970.
  if (time !== null) return Math.max(0, time.getTime());
  problems.push({ field, message: "must be an ISO 8601 time with its offset, such as 2026-01-31T09:30:00Z" });
  return undefined;
}

function shownMessage(
  projectId: string,
  message: FoundMessage,
  holdOf: HoldOf,
): Static<typeof MessagePage>["messages"][number] {
  const { id, from, subject, tags, sendAt, recipientCount, recipients } = message;
  return {
    id,
    from: { email: from.address, ...(from.name !== undefined && { name: from.name }) },
    subject,
    tags: [...tags],
    accepted_at: new Date(idTimeMs(id)).toISOString(),
    send_at: sendAt?.toISOString() ?? null,
    recipient_count: recipientCount,
    recipients: recipients.map(({ ordinal, address, state, lane }) => ({
      id: `${id}.${ordinal}`,
      email: address,
      state,
      held: holdOf({ projectId, tags, address, lane }) !== null,
    })),
  };
}
