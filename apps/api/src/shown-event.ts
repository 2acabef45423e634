import { idTimeMs } from "@waxwing/runtime";
import type { LoggedEvent } from "@waxwing/store";
import type { Static } from "typebox";
import type { LogEvent, TimelineEvent } from "./schemas/event.ts";

/** An event as the timeline shows it; the feed adds its message. */
export function shownEvent(event: LoggedEvent): Static<typeof TimelineEvent> {
  return {
    id: event.id,
    type: event.type,
    created_at: new Date(idTimeMs(event.id)).toISOString(),
    recipient_id: recipientId(event.messageId, event.ordinal),
    data: event.payload,
  };
}

/** An event as the feed shows it. */
export function shownLogEvent(event: LoggedEvent): Static<typeof LogEvent> {
  return { ...shownEvent(event), message_id: event.messageId };
}

/** `<message id>.<ordinal>`, or null for an event about no recipient. */
function recipientId(messageId: string | null, ordinal: number | null): string | null {
  return messageId === null || ordinal === null ? null : `${messageId}.${ordinal}`;
}
