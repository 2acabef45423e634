import type { Clock } from "@waxwing/runtime";
import {
  type Database,
  findDomainSites,
  findLaneDepth,
  findProjectDomainByName,
  listHolds,
  listSuppressions,
} from "@waxwing/store";
import { laneKey } from "../egress/lane-key.ts";
import { subjectsOf } from "../holds/hold-watch.ts";
import type { Route } from "../routing/route.ts";
import type { Router } from "../routing/router.ts";
import { type PlanTls, planByRoute } from "../tls/tls-plan.ts";
import { createExplanation, type Explainer, type Explanation, type Question } from "./explanation.ts";
import { tls } from "./tls-plans.ts";
import { egress, shaping } from "./way-out.ts";

/** Answers a question. */
export type ExplainRoute = (question: Question) => Promise<Explanation>;

/**
 * Explains which way a message to an address would take, and why. It sends nothing; it asks the DNS and the database.
 *
 * @param options.planTls absent: what the routes say
 */
export function createRouteExplainer(options: {
  readonly db: Database;
  readonly router: Router;
  readonly planTls?: PlanTls;
  readonly clock: Clock;
}): ExplainRoute {
  const { db, router, clock, planTls = planByRoute } = options;
  return createExplanation({
    trailOf: async ({ projectId, domain, pool }) => {
      const routed = await router.find({ projectId, domain });
      const settled = (await findDomainSites(db, [domain])).get(domain);
      // What belongs to a static route never was the domain's site.
      const isStatic = routed.site?.startsWith("route:") === true;
      return { routed, lane: laneKey((isStatic ? routed.site : (settled ?? routed.site)) ?? domain, pool) };
    },
    explainers: [
      sender(db),
      suppression(db, clock),
      route,
      tls(planTls),
      egress(db, clock),
      shaping(db),
      holds(db),
      queue(db),
    ],
  });
}

const sender =
  (db: Database): Explainer =>
  async ({ projectId, from }) => {
    if (from === undefined) return [];
    const domain = await findProjectDomainByName(db, projectId, from);
    const verified = domain !== null && domain.verifiedAt !== null;
    const says = verified
      ? `${from} is verified and signs.`
      : `${from} is not verified for this project, so nothing from it is accepted.`;
    return [
      { topic: "sender", says, effect: verified ? "goes-on" : "stops", facts: { domain: from, verified } },
    ];
  };

const suppression =
  (db: Database, clock: Clock): Explainer =>
  async ({ projectId, address }) => {
    const found = await listSuppressions(
      db,
      projectId,
      { addresses: [address] },
      { after: null, limit: 100 },
    );
    const nowMs = clock.now();
    const counting = found.filter(({ expiresAt }) => expiresAt === null || expiresAt.getTime() > nowMs);
    const keeping = counting.find(({ reason, groupId }) => reason !== "blocked" && groupId === 0);
    const facts = {
      suppressions: counting.map(({ reason, groupId, detail, createdAt }) => ({
        reason,
        group: groupId === 0 ? null : groupId,
        detail,
        created_at: createdAt.toISOString(),
      })),
    };
    if (keeping === undefined)
      return [{ topic: "suppression", says: "The address is not suppressed.", effect: "goes-on", facts }];
    const says = `The address is suppressed (${keeping.reason}${keeping.detail === null ? "" : `: ${keeping.detail}`}).`;
    return [{ topic: "suppression", says, effect: "stops", facts }];
  };

const route: Explainer = async ({ isOperator }, { routed, lane }) => [
  {
    topic: "route",
    says: routeSentence(routed.route),
    effect: routed.route.kind === "hops" ? "goes-on" : routed.route.retry === "never" ? "stops" : "waits",
    facts: {
      rule: routed.route.rule,
      ...(routed.route.kind === "hops" && {
        // Without the login: its password stays sealed, and who may see its user reads it at the route.
        hops: routed.route.hops.map(({ host, port, addresses = [], tls = null, login }) => ({
          host,
          port,
          addresses,
          tls,
          login: login !== undefined,
        })),
      }),
    },
  },
  {
    topic: "lane",
    says: `It waits in the lane ${laneName(lane, isOperator)}.`,
    effect: "goes-on",
    facts: { lane: laneName(lane, isOperator) },
  },
];

/** The name of a lane as it is shown: the user by whose name a relay is logged into is the operator's business. */
export function laneName(lane: string, isOperator: boolean): string {
  return isOperator ? lane : lane.replace(/^route:[^@]*@/, "route:");
}

function routeSentence(found: Route): string {
  if (found.kind === "unroutable") return `${found.reason} (${found.rule}).`;
  const names = found.hops.map(({ host, port }) => (port === 25 ? host : `${host}:${port}`));
  return `It goes to ${names.join(", then ")} (${found.rule}).`;
}

const holds =
  (db: Database): Explainer =>
  async (question, { lane }) => {
    const { projectId, isOperator } = question;
    const subjects = new Set(subjectsOf(lane, question).map(({ kind, value }) => `${kind}:${value}`));
    const keeping = (await listHolds(db, null)).filter(
      (hold) =>
        subjects.has(`${hold.kind}:${hold.value}`) &&
        (hold.projectId === null || hold.projectId === projectId),
    );
    if (keeping.length === 0)
      return [{ topic: "holds", says: "No hold is on it.", effect: "goes-on", facts: { holds: [] } }];
    return keeping.map((hold) => {
      const isShown = isOperator || hold.projectId !== null;
      const why = isShown && hold.reason !== "" ? ` (${hold.reason})` : "";
      const end = hold.until === null ? "until it is resumed" : `until ${hold.until.toISOString()}`;
      return {
        topic: "holds",
        says: `The ${hold.kind} ${hold.value} is held${why} ${end}.`,
        effect: "waits",
        facts: {
          id: hold.id,
          kind: hold.kind,
          value: hold.value,
          reason: isShown ? hold.reason : null,
          until: hold.until?.toISOString() ?? null,
        },
      };
    });
  };

const queue =
  (db: Database): Explainer =>
  async ({ projectId, isOperator }, { lane }) => {
    const depth = await findLaneDepth(db, lane, isOperator ? null : projectId);
    if (depth === null)
      return [{ topic: "queue", says: "Nothing waits in its lane.", effect: "goes-on", facts: { depth: 0 } }];
    const atLeast = depth.isMinimum ? "at least " : "";
    const wait = depth.depth === 1 ? "recipient waits" : "recipients wait";
    return [
      {
        topic: "queue",
        says: `${atLeast}${depth.depth} ${wait} in its lane, the next one due at ${depth.nextDueAt.toISOString()}.`,
        effect: "goes-on",
        facts: {
          depth: depth.depth,
          depth_is_minimum: depth.isMinimum,
          under_way: depth.underWay,
          next_due_at: depth.nextDueAt.toISOString(),
          oldest_at: depth.oldestAt.toISOString(),
        },
      },
    ];
  };
