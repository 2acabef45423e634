export * from "./catalogue.ts";
export { createEventNotifier, type EventNotifier } from "./notify.ts";
export { createWebhookLane, webhookBody, webhookSecretContext } from "./webhook-lane.ts";
export { createWebhookPoster, type WebhookPoster } from "./webhook-post.ts";
export { signWebhook, WEBHOOK_SECRET_PREFIX } from "./webhook-signature.ts";
export { runWebhookSweeper } from "./webhook-sweeper.ts";
