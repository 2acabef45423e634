import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { createEventWatch, createWebhookPoster, type EventNotifier } from "@waxwing/events";
import {
  type Accept,
  type AcceptTogether,
  createCanceller,
  createHoldOrders,
  createRescheduler,
  createTemplateOpener,
  createTemplateRenderer,
  type ExplainRoute,
  type MailClientService,
  mailClientServices,
  type RecipientLinks,
  type RecordResolver,
} from "@waxwing/outbound";
import type { LaneQueue } from "@waxwing/queue";
import {
  type Clock,
  createIpFilter,
  type Logger,
  type MetricsRegistry,
  type SecretBox,
} from "@waxwing/runtime";
import { createRateLimiter, type Database } from "@waxwing/store";
import Fastify, { type FastifyInstance } from "fastify";
import { createAuthenticator } from "./authenticate.ts";
import { createBodyBudget } from "./body-budget.ts";
import { createGroupCheck } from "./check-group.ts";
import { answerClientError, answerErrors, answerFrameworkErrors } from "./error-answers.ts";
import { createEventFeed, type EventFeed } from "./event-feed.ts";
import { createExplainer } from "./explain-message.ts";
import { guard } from "./guard.ts";
import { measureRequests } from "./http-metrics.ts";
import { readJsonBodies } from "./json-body.ts";
import { describeApi } from "./openapi.ts";
import { openQueueActs } from "./queue-acts.ts";
import { recipientRoutes } from "./recipients/routes.ts";
import { apiKeyRoutes } from "./routes/api-keys.ts";
import { appPasswordRoutes } from "./routes/app-passwords.ts";
import { auditLogRoutes } from "./routes/audit-log.ts";
import { domainRoutes } from "./routes/domains.ts";
import { egressPoolRoutes } from "./routes/egress-pools.ts";
import { egressSourceRoutes } from "./routes/egress-sources.ts";
import { eventStreamRoutes } from "./routes/event-stream.ts";
import { eventRoutes } from "./routes/events.ts";
import { explainRoutes } from "./routes/explain.ts";
import { holdRoutes } from "./routes/holds.ts";
import { inboundRouteRoutes } from "./routes/inbound-routes.ts";
import { mailClientSettingsRoutes } from "./routes/mail-client-settings.ts";
import { mailboxAliasRoutes } from "./routes/mailbox-aliases.ts";
import { mailboxRoutes } from "./routes/mailboxes.ts";
import { messageChangeRoutes } from "./routes/message-changes.ts";
import { messageSearchRoute } from "./routes/message-search.ts";
import { messageRoutes } from "./routes/messages.ts";
import { operationRoutes } from "./routes/operations.ts";
import { projectRoutes } from "./routes/projects.ts";
import { queueRoutes } from "./routes/queue.ts";
import { routeRoutes } from "./routes/routes.ts";
import { sendRoute } from "./routes/send.ts";
import { sendBatchRoute } from "./routes/send-batch.ts";
import { shapingRuleRoutes } from "./routes/shaping-rules.ts";
import { smtpCredentialRoutes } from "./routes/smtp-credentials.ts";
import { statsRoutes } from "./routes/stats.ts";
import { suppressionRoutes } from "./routes/suppressions.ts";
import { templateVersionRoutes } from "./routes/template-versions.ts";
import { templateRoutes } from "./routes/templates.ts";
import { tlsPolicyRoutes } from "./routes/tls-policies.ts";
import { unsubscribeGroupRoutes } from "./routes/unsubscribe-groups.ts";
import { webhookDeliveryRoutes } from "./routes/webhook-deliveries.ts";
import { webhookReplayRoutes } from "./routes/webhook-replay.ts";
import { webhookSecretRoutes } from "./routes/webhook-secret.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { sendgridDialect } from "./sendgrid/dialect.ts";
import { answerSendgridFrameworkErrors } from "./sendgrid/error-answers.ts";
import { createSerializerFactory } from "./serializer-factory.ts";
import { createSubmitter } from "./submit-message.ts";
import { validatorCompiler } from "./validator.ts";

/** What the API works with. */
export interface ApiDependencies {
  readonly db: Database;
  readonly accept: Accept;
  readonly acceptTogether: AcceptTogether;
  /** Told of messages that are due at another time. */
  readonly deliverLanes: Pick<LaneQueue, "wake">;
  /** Told of events that the API itself records. */
  readonly notify: EventNotifier;
  /** Told of new webhooks. */
  readonly webhookQueue: Pick<LaneQueue, "wake">;
  readonly secretBox: SecretBox;
  /** Whether webhooks may be tested at addresses inside our own network; `refuse` when absent. */
  readonly webhookPrivateAddresses?: "refuse" | "allow";
  /** Our name, to which the MX records of domains point. */
  readonly hostname: string;
  /** The doors for mail programs that are open; all of them when absent. */
  readonly mailDoors?: readonly MailClientService["door"][];
  /** The host that tracking hosts of domains are an alias of; null where it has no name. */
  readonly linkHost: string | null;
  /** Reads the links that recipients follow. */
  readonly recipientLinks: RecipientLinks;
  /** Says which way a message would take. */
  readonly explainRoute: ExplainRoute;
  /** Looks at the DNS of domains. */
  readonly resolver: RecordResolver;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  /** How long a reader of the event stream may take nothing; 30 s when absent. */
  readonly eventStallMs?: number;
  /** Requests per second of a key without a limit of its own; any number when absent or null. */
  readonly rateLimit?: number | null;
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-For is believed; none when absent. */
  readonly trustedProxies?: readonly string[];
  /** Largest body of `POST /send`; 44 MiB when absent. */
  readonly maxSendBodyBytes?: number;
  /** Bytes of bodies held at once, over all clients; 128 MiB when absent. A parsed message takes a few times its body. */
  readonly maxBodyBytesAtOnce?: number;
}

const MIB = 1024 * 1024;
/** 30 MiB of attachments are 40 MiB of base64; the rest is for the JSON around it. */
const MAX_SEND_BODY_BYTES = 44 * MIB;
const MAX_BODY_BYTES = 64 * 1024;
const MAX_BODY_BYTES_AT_ONCE = 128 * MIB;
/** SendGrid's clients repeat a message's own headers as headers of the request, so Node's 16 KiB are too few. */
const MAX_HEADER_BYTES = 64 * 1024;
const VERSION = "0.1.0";

/**
 * Builds the HTTP API, ready for `listen` or `inject`. It owns nothing it was given: closing it closes only its own sockets.
 *
 * Timeouts: headers within a minute, a whole request within five (a large message on a slow line), idle connections are closed
 * after 72 seconds, longer than the minute that load balancers keep theirs.
 */
export async function buildApi(dependencies: ApiDependencies): Promise<FastifyInstance> {
  const { db, accept, deliverLanes, notify, webhookQueue, secretBox, clock, log, metrics } = dependencies;
  const { trustedProxies = [] } = dependencies;
  const app = Fastify({
    // request.ip is then the last address of X-Forwarded-For that is no proxy of ours: what stands before it anyone can write.
    trustProxy: trustedProxies.length > 0 && createIpFilter(trustedProxies),
    // A line per request costs more than the request; what goes wrong is logged by answerErrors.
    logger: false,
    // A suppressed address is part of a path: 254 octets, each of which may be written as three characters.
    routerOptions: { maxParamLength: 1_000 },
    schemaController: { compilersFactory: { buildSerializer: createSerializerFactory() } },
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: 300_000,
    keepAliveTimeout: 72_000,
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: 60_000 },
    // While stopping, requests that still arrive are served and their connections closed, rather than refused.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    clientErrorHandler: answerClientError,
    frameworkErrors: answerSendgridFrameworkErrors(log, answerFrameworkErrors(log)),
  }).withTypeProvider<TypeBoxTypeProvider>();
  hangUpWhenClosing(app);
  app.setValidatorCompiler(validatorCompiler);
  readJsonBodies(app);
  answerErrors(app, log);
  measureRequests(app, metrics);
  await describeApi(app, VERSION);
  operationRoutes(app, { db, metrics, clock, log, version: VERSION });

  const { maxSendBodyBytes = MAX_SEND_BODY_BYTES, maxBodyBytesAtOnce = MAX_BODY_BYTES_AT_ONCE } =
    dependencies;
  const authenticate = createAuthenticator({ db, clock, log });
  const takeRequest = createRateLimiter({ db, clock, defaultKeyRate: dependencies.rateLimit ?? null });
  const budget = createBodyBudget(maxBodyBytesAtOnce);
  const openTemplate = createTemplateOpener({ db });
  const { mailDoors } = dependencies;
  const services = mailClientServices((door) => mailDoors?.includes(door) ?? true);
  const feed = openEventFeed(app, dependencies);
  await app.register((scope, _options, done) => {
    const guarded = scope.withTypeProvider<TypeBoxTypeProvider>();
    guard(guarded, { authenticate, takeRequest, budget, clock });
    const renderTemplate = createTemplateRenderer(openTemplate);
    const checkGroup = createGroupCheck({ db });
    const submit = createSubmitter({ checkGroup, accept, renderTemplate, clock });
    const explain = createExplainer({ checkGroup, renderTemplate, clock });
    sendRoute(guarded, { submit, explain, maxSendBodyBytes });
    sendBatchRoute(guarded, { db, submit, explain, log, maxSendBodyBytes });
    messageSearchRoute(guarded, { db });
    messageRoutes(guarded, { db });
    messageChangeRoutes(guarded, {
      db,
      cancel: createCanceller({ db, notify, clock }),
      reschedule: createRescheduler({ db, lanes: deliverLanes, log }),
      clock,
    });
    eventRoutes(guarded, feed);
    eventStreamRoutes(guarded, feed, dependencies.eventStallMs);
    statsRoutes(guarded, { db, clock });
    apiKeyRoutes(guarded, { db, clock });
    projectRoutes(guarded, { db, clock });
    shapingRuleRoutes(guarded, { db, clock });
    egressSourceRoutes(guarded, { db, secretBox, clock });
    egressPoolRoutes(guarded, { db, clock });
    auditLogRoutes(guarded, { db });
    domainRoutes(guarded, { ...dependencies, services });
    smtpCredentialRoutes(guarded, { db, clock });
    routeRoutes(guarded, { db, secretBox, clock });
    inboundRouteRoutes(guarded, { db, secretBox, clock });
    tlsPolicyRoutes(guarded, { db, clock });
    holdRoutes(guarded, { db, orders: createHoldOrders({ db, lanes: deliverLanes, clock, log }), clock });
    queueRoutes(guarded, { db, acts: openQueueActs(dependencies) });
    explainRoutes(guarded, { explainRoute: dependencies.explainRoute });
    suppressionRoutes(guarded, { db, clock });
    unsubscribeGroupRoutes(guarded, { db });
    mailboxRoutes(guarded, { db });
    mailboxAliasRoutes(guarded, { db });
    appPasswordRoutes(guarded, { db });
    templateRoutes(guarded, { db, clock });
    templateVersionRoutes(guarded, { db, clock });
    const webhooks = { db, webhookQueue, secretBox, clock, log };
    webhookRoutes(guarded, webhooks);
    webhookSecretRoutes(guarded, webhooks);
    webhookDeliveryRoutes(guarded, { db });
    webhookReplayRoutes(guarded, webhooks);
    done();
  });
  await app.register((scope, _options, done) => {
    recipientRoutes(scope, dependencies);
    done();
  });
  await app.register((scope, _options, done) => {
    const { hostname } = dependencies;
    mailClientSettingsRoutes(scope.withTypeProvider<TypeBoxTypeProvider>(), { db, hostname, services, log });
    done();
  });
  const { webhookPrivateAddresses: privateAddresses = "refuse" } = dependencies;
  const webhookPoster = createWebhookPoster({ privateAddresses });
  app.addHook("onClose", () => webhookPoster[Symbol.asyncDispose]());
  await app.register(
    (scope, _options, done) => {
      sendgridDialect(scope, {
        ...dependencies,
        authenticate,
        takeRequest,
        budget,
        openTemplate,
        maxSendBodyBytes,
        webhookPoster,
      });
      done();
    },
    { prefix: "/v3" },
  );
  await app.ready();
  return app;
}

/** Who waits for events is answered when closing begins. */
function openEventFeed(app: FastifyInstance, dependencies: ApiDependencies): EventFeed {
  const { db, clock } = dependencies;
  const watch = createEventWatch(dependencies);
  const closing = new AbortController();
  app.addHook("preClose", async () => {
    closing.abort();
    await watch[Symbol.asyncDispose]();
  });
  return createEventFeed({ db, clock, watch, closing: closing.signal });
}

/** Ends the connections of requests that are under way when closing begins; kept alive, they would hold the close up. */
function hangUpWhenClosing(app: FastifyInstance): void {
  let closing = false;
  app.addHook("preClose", (done) => {
    closing = true;
    done();
  });
  app.addHook("onSend", (_request, reply, payload, done) => {
    if (closing) reply.header("connection", "close");
    done(null, payload);
  });
}
