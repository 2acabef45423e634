import { idTimeMs } from "@waxwing/runtime";
import type { LoggedEvent, MessageContext } from "@waxwing/store";
import { bounceClass, isBlock, textOf } from "./bounce-kind.ts";

/** The events a webhook in SendGrid's format can ask for, by the names of SendGrid's settings. */
export const SENDGRID_EVENTS = [
  "processed",
  "dropped",
  "deferred",
  "delivered",
  "bounce",
  "open",
  "click",
  "spam_report",
  "unsubscribe",
  "group_unsubscribe",
  "group_resubscribe",
] as const;

export type SendGridEventName = (typeof SENDGRID_EVENTS)[number];

/** What SendGrid says of an address it does not try. */
const DROP_REASONS: Readonly<Record<string, string>> = {
  bounced: "Bounced Address",
  complained: "Spam Reporting Address",
  unsubscribed: "Unsubscribed Address",
  invalid: "Invalid",
};

/**
 * Which of SendGrid's events this is, by the name of its setting; null for what SendGrid knows nothing of (`accepted`,
 * `cancelled`, inbound mail).
 */
export function sendGridEventName(event: Pick<LoggedEvent, "type" | "payload">): SendGridEventName | null {
  switch (event.type) {
    case "processed":
    case "deferred":
    case "delivered":
    case "dropped":
      return event.type;
    case "expired":
      return "dropped";
    case "bounced":
      return "bounce";
    case "opened":
      return "open";
    case "clicked":
      return "click";
    case "complained":
      return "spam_report";
    case "unsubscribed":
      return typeof event.payload.group === "number" ? "group_unsubscribe" : "unsubscribe";
    default:
      return null;
  }
}

/**
 * An event as SendGrid's Event Webhook tells it ("Event Webhook Reference"). What the application sent along (`custom_args`)
 * stands beside the fields, which win where the names are the same.
 *
 * @param context of the event's message; without one (retention took it) what only it knows is left out
 * @returns null for what SendGrid knows nothing of
 */
export function sendGridEvent(
  event: LoggedEvent,
  context: MessageContext | undefined,
): Readonly<Record<string, unknown>> | null {
  const name = sendGridEventName(event);
  if (name === null) return null;
  const { payload } = event;
  const group = payload.group ?? context?.group ?? null;
  return {
    ...objectOf(payload.metadata),
    email: textOf(payload.email),
    timestamp: Math.floor(idTimeMs(event.id) / 1_000),
    event: name === "spam_report" ? "spamreport" : name,
    sg_event_id: shortId(event.id),
    ...(event.messageId !== null && { sg_message_id: sendGridMessageId(event, event.messageId, context) }),
    ...(Array.isArray(payload.tags) && { category: payload.tags }),
    ...(group !== null && { asm_group_id: group }),
    ...fieldsOf(name, event, context),
  };
}

/** A UUID as SendGrid's clients know the ids of requests, messages and events: 22 characters of base64url. */
export function shortId(id: string): string {
  return Buffer.from(id.replaceAll("-", ""), "hex").toString("base64url");
}

/** What stands before the first dot is the `X-Message-Id` that the request was answered with: programs join the two by it. */
function sendGridMessageId(
  event: LoggedEvent,
  messageId: string,
  context: MessageContext | undefined,
): string {
  const message = shortId(messageId);
  const request = context?.requestId == null ? message : shortId(context.requestId);
  return `${request}.${message}.${event.ordinal ?? 0}`;
}

function fieldsOf(
  name: SendGridEventName,
  event: LoggedEvent,
  context: MessageContext | undefined,
): Readonly<Record<string, unknown>> {
  const { payload } = event;
  const smtpId = context?.smtpId == null ? {} : { "smtp-id": context.smtpId };
  const reply = textOf(payload.reply);
  switch (name) {
    case "processed":
      return {
        ...smtpId,
        ...(context?.sendAt != null && { send_at: Math.floor(context.sendAt.getTime() / 1_000) }),
        ...(context?.pool != null && { pool: { name: context.pool } }),
      };
    case "deferred":
      return {
        ...smtpId,
        response: reply,
        // A number as text: SendGrid's is.
        attempt: String(payload.attempt ?? ""),
        domain: domainOf(textOf(payload.email)),
      };
    case "delivered":
      return { ...smtpId, response: reply, ...(payload.tls !== undefined && { tls: 1 }) };
    case "bounce":
      return {
        ...smtpId,
        reason: reply,
        status: textOf(payload.enhanced_code) || String(payload.code ?? ""),
        type: isBlock(payload) ? "blocked" : "bounce",
        bounce_classification: bounceClass(payload),
      };
    case "dropped":
      return {
        ...smtpId,
        reason: dropReason(textOf(payload.suppression)) ?? (textOf(payload.reason) || reply),
        status: "5.0.0",
      };
    case "open":
      return {
        ...clientOf(payload),
        sg_machine_open: payload.machine === true,
        sg_content_type: "html",
      };
    case "click":
      return {
        ...clientOf(payload),
        url: textOf(payload.url),
      };
    case "group_unsubscribe":
    case "group_resubscribe":
    case "unsubscribe":
      return clientOf(payload);
    case "spam_report":
      return {};
  }
}

function dropReason(suppression: string): string | undefined {
  return Object.hasOwn(DROP_REASONS, suppression) ? DROP_REASONS[suppression] : undefined;
}

function clientOf(payload: LoggedEvent["payload"]): Readonly<Record<string, unknown>> {
  return {
    ...(typeof payload.user_agent === "string" && { useragent: payload.user_agent }),
    ...(typeof payload.ip === "string" && { ip: payload.ip }),
  };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
