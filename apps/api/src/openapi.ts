import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { SCOPES } from "./authenticate.ts";
import { LogEvent, TimelineEvent } from "./schemas/event.ts";
import { InboundRoute } from "./schemas/inbound-route.ts";
import { Message } from "./schemas/message.ts";
import { Problem } from "./schemas/problem.ts";
import { Template, TemplateVersion } from "./schemas/template.ts";
import { Webhook } from "./schemas/webhook.ts";
import { Delivery } from "./schemas/webhook-delivery.ts";
import { shareTitled } from "./shared-schemas.ts";

const scopeList = Object.entries(SCOPES)
  .map(([scope, meaning]) => `* \`${scope}\`: ${meaning}`)
  .concat("* `*`: All of it.")
  .join("\n");

/** Describes every route registered after it: `/openapi.json` (OpenAPI 3.1), and pages for people at `/docs`. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  for (const schema of [
    Problem,
    TimelineEvent,
    LogEvent,
    Message,
    Template,
    TemplateVersion,
    Webhook,
    Delivery,
    InboundRoute,
  ])
    app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Waxwing",
        version,
        description:
          "Transactional email: send messages, follow every recipient, be told what happened. Errors are `application/problem+json` (RFC 9457), described in docs/errors.md.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      components: {
        securitySchemes: {
          apiKey: {
            type: "http",
            scheme: "bearer",
            description: `An API key, such as \`SG.<22 characters>.<43 characters>\`. Its scopes say what it may do:\n\n${scopeList}`,
          },
        },
      },
      tags: [
        { name: "Messages", description: "Sending, and what became of it." },
        { name: "Events", description: "Everything that happened, in order." },
        { name: "Statistics", description: "How many of what happened." },
        { name: "Templates", description: "Messages made from variables." },
        { name: "Webhooks", description: "The same events, posted to you." },
        { name: "Domains", description: "What you send from and receive at." },
        { name: "Inbound routes", description: "What is done with mail that arrives." },
        { name: "Routes", description: "Servers that take mail in place of the recipient's own." },
        { name: "Suppressions", description: "Addresses that are not written to." },
        { name: "Mailboxes", description: "What mail programs open over IMAP and POP3." },
        { name: "API keys", description: "Who may use the API and SMTP submission, and for what." },
        { name: "Projects", description: "Tenants, which share nothing, and their limits." },
        { name: "Audit log", description: "Who changed what." },
        { name: "Operations", description: "Health, metrics and this description. No key needed." },
      ],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json.$id === "string" ? json.$id : `def-${index}`,
    },
    transformObject: (document) =>
      "openapiObject" in document ? shareTitled(document.openapiObject) : document.swaggerObject,
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: true,
    // Its pages could not load their own scripts where the API is reached by plain HTTP.
    transformStaticCSP: (policy) => policy.replace("upgrade-insecure-requests;", ""),
  });
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
}
