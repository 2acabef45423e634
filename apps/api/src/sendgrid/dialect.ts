import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { AcceptTogether, OpenTemplate } from "@waxwing/outbound";
import type { LaneQueue } from "@waxwing/queue";
import type { Clock, Logger } from "@waxwing/runtime";
import type { Database, TakeRequest } from "@waxwing/store";
import type { FastifyInstance } from "fastify";
import type { ApiInstance } from "../api-instance.ts";
import type { Authenticate } from "../authenticate.ts";
import type { BodyBudget } from "../body-budget.ts";
import { guard } from "../guard.ts";
import { sendgridRateFields } from "../rate-fields.ts";
import { answerSendgridErrors } from "./error-answers.ts";
import { ENCODINGS, readSendgridBodies } from "./request-body.ts";
import { sendgridApiKeyRoutes } from "./routes/api-keys.ts";
import { bounceClassRoutes } from "./routes/bounce-classes.ts";
import { type EventWebhookDependencies, eventWebhookRoutes } from "./routes/event-webhooks.ts";
import { groupSuppressionRoutes } from "./routes/group-suppressions.ts";
import { mailBatchRoutes } from "./routes/mail-batch.ts";
import { mailSendRoute } from "./routes/mail-send.ts";
import { mailboxProviderStatisticsRoutes } from "./routes/mailbox-provider-statistics.ts";
import { scheduledSendRoutes } from "./routes/scheduled-sends.ts";
import { statisticsRoutes } from "./routes/statistics.ts";
import { suppressionListRoutes } from "./routes/suppressions.ts";
import { sendgridVersionRoutes } from "./routes/template-versions.ts";
import { sendgridTemplateRoutes } from "./routes/templates.ts";
import { asmGroupRoutes } from "./routes/unsubscribe-groups.ts";

/** What the routes of the dialect are registered on: typed by their TypeBox schemas, guarded by API keys, answering as SendGrid does. */
export type SendgridInstance = ApiInstance;

/** What the dialect works with. */
export interface DialectDependencies extends EventWebhookDependencies {
  readonly db: Database;
  readonly authenticate: Authenticate;
  readonly takeRequest: TakeRequest;
  readonly budget: BodyBudget;
  readonly clock: Clock;
  readonly log: Logger;
  readonly acceptTogether: AcceptTogether;
  readonly openTemplate: OpenTemplate;
  /** Told of messages that are due at another time. */
  readonly deliverLanes: Pick<LaneQueue, "wake">;
  /** Largest body of `POST /v3/mail/send`. */
  readonly maxSendBodyBytes: number;
}

/**
 * The SendGrid dialect: what a program written for SendGrid's v3 API finds here. Everything below `/v3` answers in SendGrid's
 * form, also what is refused: `{"errors": [{"message", "field", "help"}]}`.
 *
 * One file per resource in `routes/`, each a function that registers its routes:
 *
 *     export function batchRoutes(app: SendgridInstance, options: { readonly db: Database }): void {
 *       app.route({
 *         method: "POST",
 *         url: "/mail/batch", // below /v3
 *         config: { scope: "send" }, // of our own scopes; the guard refuses to start without
 *         schema: { body: Type.Object({...}, { additionalProperties: false }) },
 *         handler: async (request, reply) => {
 *           const { projectId } = callerOf(request);
 *           throw sendgridError("batch_id", "The batch_id must be a string.");
 *         },
 *       });
 *     }
 *
 * A schema's own refusals name each field in our words; where SendGrid's words are known, check in the handler and throw them.
 */
export function sendgridDialect(app: FastifyInstance, dependencies: DialectDependencies): void {
  const { db, authenticate, takeRequest, budget, clock, log } = dependencies;
  answerSendgridErrors(app, log);
  // A scope inside, so that an unknown path is 404 and not the guard's business.
  app.register((scope, _options, done) => {
    const guarded: SendgridInstance = scope.withTypeProvider<TypeBoxTypeProvider>();
    guard(guarded, {
      authenticate,
      takeRequest,
      budget,
      clock,
      encodings: ENCODINGS,
      rateFields: sendgridRateFields,
    });
    hideFromOpenapi(guarded);
    readSendgridBodies(guarded, budget);
    mailSendRoute(guarded, dependencies);
    mailBatchRoutes(guarded, { db });
    scheduledSendRoutes(guarded, dependencies);
    bounceClassRoutes(guarded, { db, clock });
    suppressionListRoutes(guarded, { db });
    asmGroupRoutes(guarded, { db });
    groupSuppressionRoutes(guarded, { db, clock });
    sendgridTemplateRoutes(guarded, { db, clock });
    sendgridVersionRoutes(guarded, { db, clock });
    sendgridApiKeyRoutes(guarded, { db, clock });
    statisticsRoutes(guarded, dependencies);
    mailboxProviderStatisticsRoutes(guarded, dependencies);
    eventWebhookRoutes(guarded, dependencies);
    done();
  });
}

/** SendGrid describes these routes (twilio/sendgrid-oai); our document describes our own API. */
function hideFromOpenapi(app: FastifyInstance): void {
  app.addHook("onRoute", (route) => {
    route.schema = { ...route.schema, hide: true };
  });
}
