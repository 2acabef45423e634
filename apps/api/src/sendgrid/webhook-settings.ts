import { SENDGRID_EVENTS } from "@waxwing/events";
import type { Webhook } from "@waxwing/store";
import { type Static, Type } from "typebox";
import { readWebhookUrl } from "../webhook-url.ts";
import { SendgridError, type SendgridProblem } from "./errors.ts";

const flag = Type.Optional(Type.Boolean());
const text = (maxLength: number) => Type.Optional(Type.Union([Type.String({ maxLength }), Type.Null()]));
const flags = Object.fromEntries(SENDGRID_EVENTS.map((event) => [event, flag])) as Record<
  (typeof SENDGRID_EVENTS)[number],
  typeof flag
>;
const oauth = {
  oauth_client_id: text(1_000),
  oauth_client_secret: text(1_000),
  oauth_token_url: text(2_048),
};

/** The body that makes or changes an event webhook. Fields that nobody here knows are left alone, as SendGrid's answers have some. */
export const EventWebhookRequest = Type.Object({
  enabled: flag,
  url: Type.Optional(Type.String()),
  friendly_name: text(200),
  account_status_change: flag,
  ...flags,
  ...oauth,
});

/** The body of a test. */
export const EventWebhookTest = Type.Object({
  id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  url: Type.String(),
  ...oauth,
});

/** Stands for no event at all, because a webhook without names is told of everything. */
const NONE = "none";

export const WEBHOOK_MESSAGES = {
  invalidId: "Invalid id provided.",
  tooMany: "You have reached the maximum number of webhooks per your current billing plan.",
  exists: (url: string) => `Webhook at '${url}' already exists. Please provide a unique URL.`,
  badUrl: (url: string) => `'${url.slice(0, 200)}' is not a valid url`,
  noOauth: "OAuth is not supported for webhooks.",
  badName: "friendly_name contains what is not text",
} as const;

/** What a request says of a webhook; what it does not say is absent. */
export interface ReadWebhookSettings {
  readonly url?: string;
  readonly name?: string | null;
  readonly enabled?: boolean;
  readonly eventTypes?: string[];
}

/**
 * Reads a request. Events it does not name stay as `before` has them, and are not wanted where there is none before.
 *
 * @throws SendgridError with everything that is wrong
 */
export function readWebhookSettings(
  body: Static<typeof EventWebhookRequest>,
  before: Webhook | null,
): ReadWebhookSettings {
  const problems: SendgridProblem[] = [];
  const { url, friendly_name: name, enabled } = body;
  const read = url === undefined ? undefined : readWebhookUrl(url);
  if (read?.kind === "invalid") problems.push(problem("url", WEBHOOK_MESSAGES.badUrl(url ?? "")));
  if (name != null && (/\p{Cc}/u.test(name) || !name.isWellFormed()))
    problems.push(problem("friendly_name", WEBHOOK_MESSAGES.badName));
  problems.push(...oauthProblems(body));
  if (problems.length > 0) throw new SendgridError(400, problems);
  const wanted = SENDGRID_EVENTS.filter((event) => body[event] ?? (before !== null && wants(before, event)));
  return {
    ...(read?.kind === "url" && { url: read.href }),
    ...(name !== undefined && { name }),
    ...(enabled !== undefined && { enabled }),
    eventTypes: wanted.length === 0 ? [NONE] : wanted,
  };
}

/** Reads the URL of a test. @throws SendgridError */
export function readTestUrl(body: Static<typeof EventWebhookTest>): string {
  const url = readWebhookUrl(body.url);
  const problems = [...oauthProblems(body)];
  if (url.kind === "invalid") problems.push(problem("url", WEBHOOK_MESSAGES.badUrl(body.url)));
  if (problems.length > 0 || url.kind === "invalid") throw new SendgridError(400, problems);
  return url.href;
}

function oauthProblems(body: Partial<Record<keyof typeof oauth, string | null>>): readonly SendgridProblem[] {
  const given = (["oauth_client_id", "oauth_client_secret", "oauth_token_url"] as const).filter(
    (field) => (body[field] ?? "") !== "",
  );
  return given.slice(0, 1).map((field) => problem(field, WEBHOOK_MESSAGES.noOauth));
}

function problem(field: string, message: string): SendgridProblem {
  return { field, message, help: null };
}

function wants(webhook: Webhook, event: string): boolean {
  return webhook.eventTypes.length === 0 || webhook.eventTypes.includes(event);
}

/** A webhook as SendGrid shows it; null as one that was never set up. */
export function shownSettings(webhook: Webhook | null): Readonly<Record<string, unknown>> {
  return {
    enabled: webhook?.enabled ?? false,
    url: webhook?.url ?? "",
    account_status_change: false,
    ...Object.fromEntries(SENDGRID_EVENTS.map((event) => [event, webhook !== null && wants(webhook, event)])),
    friendly_name: webhook?.name ?? null,
    id: webhook?.id ?? "",
    oauth_client_id: null,
    oauth_token_url: null,
    ...(webhook?.signingPublicKey != null && { public_key: webhook.signingPublicKey }),
    created_date: webhook?.createdAt.toISOString() ?? null,
  };
}
