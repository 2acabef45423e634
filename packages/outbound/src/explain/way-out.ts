import type { Clock } from "@waxwing/runtime";
import {
  type Database,
  findSitePauses,
  listEgressPools,
  listEgressSources,
  listShapingRules,
  type StoredEgressPool,
} from "@waxwing/store";
import { SYSTEM_SOURCE } from "../egress/directory.ts";
import { DEFAULT_POOL, readLaneKey } from "../egress/lane-key.ts";
import { rankSources } from "../egress/rank-sources.ts";
import { dayOf, warmUpCap } from "../egress/source.ts";
import { limitsFor } from "../shaping/match-rule.ts";
import { ruleOf } from "../shaping/shaping.ts";
import { SHIPPED_RULES } from "../shaping/shipped-rules.ts";
import type { Explainer } from "./explanation.ts";

/** Which source the address takes, and whether its pool is there. Which sources there are is the operator's business. */
export const egress =
  (db: Database, clock: Clock): Explainer =>
  async ({ address, pool: name, projectId, isOperator }) => {
    const pool = (await listEgressPools(db)).find((candidate) => candidate.name === name);
    const isUsable =
      pool === undefined
        ? name === DEFAULT_POOL
        : pool.name === DEFAULT_POOL || pool.projectIds.length === 0 || pool.projectIds.includes(projectId);
    if (!isUsable) {
      const says = `There is no egress pool ${name} for this project, so a message that names it is not accepted.`;
      return [{ topic: "egress", says, effect: "stops", facts: { pool: name } }];
    }
    const ranked = rankedNames(pool, address);
    const [preferred = SYSTEM_SOURCE.name] = ranked;
    const stored = (await listEgressSources(db)).find((source) => source.name === preferred);
    const nowMs = clock.now();
    const cap =
      stored === undefined || stored.warmUpStart === null
        ? null
        : warmUpCap(
            { startMs: dayOf(Date.parse(`${stored.warmUpStart}T00:00:00Z`)), caps: stored.warmUpCaps },
            nowMs,
          );
    const from = stored?.localAddress ?? "the system's own address";
    const says = isOperator
      ? `It leaves through the pool ${name} by ${preferred}, from ${from}${cap === null ? "" : `, which may send ${cap} messages today`}.`
      : `It leaves through the pool ${name}.`;
    return [
      {
        topic: "egress",
        says,
        effect: "goes-on",
        facts: {
          pool: name,
          ...(isOperator && { sources: ranked, local_address: stored?.localAddress ?? null, cap_today: cap }),
        },
      },
    ];
  };

function rankedNames(pool: StoredEgressPool | undefined, address: string): readonly string[] {
  if (pool === undefined) return [SYSTEM_SOURCE.name];
  const members = pool.members.map(({ source, weight }) => ({
    source: { ...SYSTEM_SOURCE, name: source },
    weight,
  }));
  return rankSources({ name: pool.name, overflow: pool.overflow, members }, address).map(({ name }) => name);
}

/** How hard the site may be pressed, and whether it is left alone at the moment. */
export const shaping =
  (db: Database): Explainer =>
  async ({ address, isOperator, pool: name }, { routed, lane }) => {
    const { site } = readLaneKey(lane);
    const hosts = routed.route.kind === "hops" ? routed.route.hops.map(({ host }) => host) : [];
    const names = [...hosts, site].map((known) => known.toLowerCase().replace(/\.$/, ""));
    const limits = limitsFor(names, [(await listShapingRules(db)).map(ruleOf), SHIPPED_RULES]);
    const rate = limits.messagesPerSecond === null ? "" : `, ${limits.messagesPerSecond} messages a second`;
    const rules = limits.rules.length === 0 ? "the usual limits" : `the rules ${limits.rules.join(", ")}`;
    const limited = {
      topic: "shaping",
      says: `By ${rules} its site takes ${limits.connections} messages at once from a source${rate}, ${limits.messagesPerConnection} over a connection.`,
      effect: "goes-on",
      facts: { ...limits, rules: [...limits.rules] },
    } as const;
    const pauses = await findSitePauses(db, site);
    if (pauses.length === 0) return [limited];
    const pool = (await listEgressPools(db)).find((candidate) => candidate.name === name);
    const sources = rankedNames(pool, address);
    const isClosed = sources.every((source) => pauses.some((pause) => pause.source === source));
    return [
      limited,
      ...pauses
        .filter(({ source }) => sources.includes(source))
        .map(({ source, untilMs, reason, kind, failures }) => ({
          topic: "pause",
          says: `Its site is left alone${isOperator ? ` by ${source}` : ""} until ${new Date(untilMs).toISOString()}: ${reason}`,
          effect: isClosed ? ("waits" as const) : ("goes-on" as const),
          facts: {
            ...(isOperator && { source }),
            kind,
            failures,
            until: new Date(untilMs).toISOString(),
            reason,
          },
        })),
    ];
  };
