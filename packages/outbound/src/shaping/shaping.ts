import type { EventNotifier } from "@waxwing/events";
import {
  type Clock,
  Counter,
  Gauge,
  type Logger,
  type MetricsRegistry,
  runRounds,
  type SecretBox,
} from "@waxwing/runtime";
import {
  type Database,
  listShapingRules,
  loadSitePauses,
  type SitePause,
  type StoredShapingRule,
  type StoredSitePause,
  saveSitePause,
  shapingVersion,
} from "@waxwing/store";
import { createAllowances } from "../egress/allowances.ts";
import { type EgressDirectory, loadEgress, poolsFor, SYSTEM_EGRESS } from "../egress/directory.ts";
import { readLaneKey } from "../egress/lane-key.ts";
import type { EgressSource } from "../egress/source.ts";
import { siteOfRoute } from "../routing/site-name.ts";
import { createGate, type Gate } from "./gate.ts";
import type { ShapingRule } from "./limits.ts";
import { limitsFor, type SiteLimits } from "./match-rule.ts";
import { createPath, type Path } from "./path.ts";
import { createPutOff, type PutOff } from "./put-off.ts";
import { SHIPPED_RULES } from "./shipped-rules.ts";

/** How hard every site is pressed, and from where. One for each process that delivers. */
export interface Shaping {
  /** The gate of a lane. */
  readonly gate: (laneKey: string) => Gate;
  /** Moves what is due in a lane to the end of its closure. */
  readonly putOff: PutOff;
  /** Reads what has changed: rules, sources, pools, pauses. @throws when the database is away */
  readonly refresh: () => Promise<void>;
  /** Refreshes twice a second until `signal` is aborted: what the operator changes counts within a second. Never rejects. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

const REFRESH_MS = 500;
/** Transactions may commit a little out of the order of their times. */
const OVERLAP_MS = 5_000;
/** What is older has no effect any more: the longest pause is shorter. */
const FIRST_LOOK_MS = 86_400_000;
/** Ways that are remembered; the ones unused for longest are forgotten. */
const MAX_PATHS = 20_000;

interface KnownPath {
  readonly path: Path;
  hosts: readonly string[];
  limits: SiteLimits;
  limitsVersion: number;
}

/** The names a rule may name: the hosts, then the site itself. */
const namesOf = (site: string, hosts: readonly string[]): readonly string[] =>
  [...hosts, site].map((name) => name.toLowerCase().replace(/\.$/, ""));

/** A rule of the operator as it is matched. */
export const ruleOf = (stored: StoredShapingRule): ShapingRule => ({
  name: stored.pattern,
  patterns: [stored.pattern],
  limits: stored,
});

export function createShaping(options: {
  readonly db: Database;
  readonly secretBox: SecretBox;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: MetricsRegistry;
  /** Told of projects whose mail was put off. */
  readonly notify: EventNotifier;
  readonly maxAgeMs: number;
}): Shaping {
  const { db, secretBox, clock, log, metrics } = options;
  const allowances = createAllowances(options);
  const paths = new Map<string, KnownPath>();
  /** By site and source; `changedAtMs` is infinite while we are storing it, so that nothing older takes its place. */
  const pauses = new Map<string, StoredSitePause>();
  let egress: EgressDirectory = SYSTEM_EGRESS;
  let rules: readonly ShapingRule[] = [];
  let version = "";
  let rulesVersion = 0;
  let pausesSinceMs: number | null = null;

  const begun = new Counter({
    name: "waxwing_site_pauses_total",
    help: "Pauses of sites that this process began",
    labelNames: ["kind"],
    registers: [metrics],
  });
  new Gauge({
    name: "waxwing_sites_paused",
    help: "Sites, for each source, that are not sent to at the moment",
    registers: [metrics],
    collect() {
      const nowMs = clock.now();
      this.set([...pauses.values()].filter(({ untilMs }) => untilMs > nowMs).length);
    },
  });

  const limitsOf = (site: string, hosts: readonly string[]): SiteLimits =>
    limitsFor(namesOf(site, hosts), [rules, SHIPPED_RULES]);

  const keepPause = (pause: SitePause): void => {
    const { site, source, kind, untilMs } = pause;
    const key = `${site}|${source}`;
    const storing = { ...pause, changedAtMs: Number.POSITIVE_INFINITY };
    pauses.set(key, storing);
    if (untilMs > clock.now()) begun.inc({ kind });
    log.info({ event: "site.paused", site, source, kind, untilMs, failures: pause.failures });
    // If this fails, other processes find out by themselves.
    const stored = (changedAtMs: number): void => {
      if (pauses.get(key) === storing) pauses.set(key, { ...pause, changedAtMs });
    };
    saveSitePause(db, pause).then(stored, (err: unknown) => {
      log.warn({ event: "site.pause-not-stored", site, err });
      stored(0);
    });
  };

  const open = (site: string, source: string): KnownPath => {
    const known: KnownPath = {
      path: createPath({
        limits: () => known.limits,
        onPause: (pause) => {
          keepPause({ site, source, ...pause });
        },
      }),
      hosts: [],
      limits: limitsOf(site, []),
      limitsVersion: rulesVersion,
    };
    const pause = pauses.get(`${site}|${source}`);
    if (pause !== undefined) known.path.learn(pause);
    return known;
  };

  const forgetSome = (): void => {
    for (const [key, { path }] of paths) {
      if (paths.size < MAX_PATHS) return;
      if (path.underWay() === 0) paths.delete(key);
    }
  };

  const pathOf = (
    laneSite: string,
    source: EgressSource,
    hosts?: readonly string[],
  ): { path: Path; limits: SiteLimits } => {
    // All sites are one behind a relay.
    const site =
      source.relay === null
        ? laneSite
        : siteOfRoute({ ...source.relay, username: source.relay.login?.user ?? null });
    const key = `${site}|${source.name}`;
    const known = paths.get(key) ?? open(site, source.name);
    paths.delete(key);
    forgetSome();
    paths.set(key, known);
    const isNews = hosts !== undefined && hosts.length > 0 && hosts.join() !== known.hosts.join();
    if (isNews || known.limitsVersion !== rulesVersion) {
      known.hosts = isNews ? hosts : known.hosts;
      known.limits = limitsOf(site, known.hosts);
      known.limitsVersion = rulesVersion;
    }
    return known;
  };

  const learnPauses = async (): Promise<void> => {
    const sinceMs = pausesSinceMs ?? clock.now() - FIRST_LOOK_MS;
    for (const pause of await loadSitePauses(db, sinceMs)) {
      const key = `${pause.site}|${pause.source}`;
      pausesSinceMs = Math.max(pausesSinceMs ?? 0, pause.changedAtMs - OVERLAP_MS);
      const known = pauses.get(key);
      if (known !== undefined && known.changedAtMs >= pause.changedAtMs) continue;
      pauses.set(key, pause);
      paths.get(key)?.path.learn(pause);
    }
    const nowMs = clock.now();
    for (const [key, { untilMs }] of pauses) if (untilMs < nowMs - FIRST_LOOK_MS) pauses.delete(key);
  };

  const refresh = async (): Promise<void> => {
    await learnPauses();
    const found = await shapingVersion(db);
    if (found === version) return;
    const stored = await listShapingRules(db);
    egress = await loadEgress(db, secretBox);
    rules = stored.map(ruleOf);
    rulesVersion++;
    version = found;
  };

  return {
    gate: (laneKey) => {
      const { site, pool } = readLaneKey(laneKey);
      return createGate({
        pools: () => poolsFor(egress, pool),
        pathOf: (source, hosts) => pathOf(site, source, hosts),
        allowances,
        now: clock.now,
      });
    },
    putOff: createPutOff(options),
    refresh,
    run: (signal) =>
      runRounds({ clock, log, signal, name: "shaping", intervalMs: REFRESH_MS, round: refresh }),
  };
}
