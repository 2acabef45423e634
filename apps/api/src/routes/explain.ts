import { type ExplainRoute, readAddress } from "@waxwing/outbound";
import { parseDomain } from "@waxwing/runtime";
import { Type } from "typebox";
import type { ApiInstance } from "../api-instance.ts";
import { callerOf } from "../guard.ts";
import type { FieldProblem } from "../problems.ts";
import { refusals } from "../schemas/problem.ts";
import { invalid } from "../validator.ts";

const closed = { additionalProperties: false } as const;

const Explanation = Type.Object(
  {
    summary: Type.String({ description: "What would become of it, and what decides that." }),
    findings: Type.Array(
      Type.Object({
        topic: Type.String({
          description: "Such as `suppression`, `route`, `lane`, `holds` or `queue`. More may come.",
        }),
        says: Type.String({ description: "For people." }),
        effect: Type.Enum(["goes-on", "waits", "stops"], { type: "string" }),
        facts: Type.Unsafe<Readonly<Record<string, unknown>>>({
          type: "object",
          additionalProperties: true,
          description: "The same for programs.",
        }),
      }),
    ),
  },
  {
    description: "In the order of the way.",
    examples: [
      {
        summary: "A message to ann@example.org would be tried at once.",
        findings: [
          {
            topic: "route",
            says: "It goes to mx1.example.org, then mx2.example.org (route.mx).",
            effect: "goes-on",
            facts: {
              rule: "route.mx",
              hops: [
                { host: "mx1.example.org", port: 25, addresses: ["192.0.2.1"], tls: null, login: false },
              ],
            },
          },
        ],
      },
    ],
  },
);

/** `/explain`: which way a message would take, and why. */
export function explainRoutes(app: ApiInstance, options: { readonly explainRoute: ExplainRoute }): void {
  const { explainRoute } = options;
  app.route({
    method: "GET",
    url: "/explain",
    config: { scope: "queue:read" },
    schema: {
      operationId: "explainRoute",
      tags: ["Queue"],
      summary: "Ask which way a message would take",
      description: "Nothing is sent and nobody is spoken to; the DNS is asked.",
      querystring: Type.Object(
        {
          address: Type.String({ maxLength: 320, description: "The recipient." }),
          from: Type.Optional(Type.String({ maxLength: 255, description: "The sender's domain." })),
          pool: Type.Optional(
            Type.String({ pattern: "^[A-Za-z0-9 ._-]{1,64}$", description: "The egress pool." }),
          ),
          tag: Type.Optional(
            Type.String({ maxLength: 200, description: "A tag that the message would have." }),
          ),
        },
        closed,
      ),
      response: { 200: Explanation, ...refusals("invalid-request") },
    },
    handler: async (request) => {
      const { address: text, from, pool = "default", tag } = request.query;
      const errors: FieldProblem[] = [];
      const address = readAddress(text);
      if (address.kind === "invalid") errors.push({ field: "address", message: address.reason });
      const domain = from === undefined ? null : parseDomain(from);
      if (domain?.kind === "bad") errors.push({ field: "from", message: "is not a domain" });
      if (errors.length > 0 || address.kind === "invalid" || domain?.kind === "bad") throw invalid(errors);
      const { projectId, isOperator } = callerOf(request);
      const { summary, findings } = await explainRoute({
        ...address,
        projectId,
        isOperator,
        pool,
        from: domain?.value,
        tags: tag === undefined ? [] : [tag],
      });
      return { summary, findings: [...findings] };
    },
  });
}
