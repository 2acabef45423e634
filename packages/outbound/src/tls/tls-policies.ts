import { type Clock, type Config, type Logger, runRounds } from "@waxwing/runtime";
import { type Database, listTlsSettings, type TlsSetting } from "@waxwing/store";
import type { Accept } from "../accept.ts";
import { createLookUp, createRecordResolver } from "../record-lookup.ts";
import { createDnsResolver } from "../routing/dns-resolver.ts";
import { createBoundedCache } from "./bounded-cache.ts";
import { createSessionCounter, type SessionCounter } from "./count-sessions.ts";
import { createDaneLookup } from "./dane.ts";
import { createStsFetch } from "./fetch-sts-policy.ts";
import { createStsLookup } from "./mta-sts.ts";
import { createTlsPlanner } from "./plan-tls.ts";
import { createPublicLookup } from "./public-lookup.ts";
import { createReportPost } from "./report/post-report.ts";
import { createReportTargetLookup } from "./report/report-targets.ts";
import { createReportRound } from "./report/send-reports.ts";
import { createSecureResolver } from "./secure-dns.ts";
import type { PlanTls } from "./tls-plan.ts";
import { trustedResolver } from "./trusted-resolver.ts";

/** What the platform knows of TLS towards others, and tells them of it. */
export interface TlsPolicies {
  readonly plan: PlanTls;
  /** Counts sessions and sends reports on them, until `signal` is aborted and what was counted is written. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** A changed setting counts within this time and the planner's own memory of five seconds. */
const SETTINGS_MS = 2_000;
const REPORT_ROUND_MS = 5 * 60_000;

/**
 * Puts DANE, MTA-STS, the settings of projects and reports on TLS together.
 *
 * @param options.accept takes the reports in; absent: nothing is counted and none are sent
 * @param options.web where policies and reports are asked for and left, in tests: authorities (PEM) in place of the public ones, port
 */
export function createTlsPolicies(options: {
  readonly db: Database;
  readonly config: Pick<
    Config,
    "dnsServers" | "dnssecResolver" | "privateAddresses" | "tlsReports" | "hostname"
  >;
  readonly accept?: Accept;
  readonly clock: Clock;
  readonly log: Logger;
  readonly web?: { readonly ca: string; readonly port: number };
}): TlsPolicies {
  const { db, config, clock, log, accept, web } = options;
  const lookUp = createLookUp(createRecordResolver(config.dnsServers));
  const lookup = createPublicLookup(createDnsResolver(config.dnsServers), config.privateAddresses);
  const trusted = trustedResolver(config.dnssecResolver, config.dnsServers);
  const targetsOf = createReportTargetLookup({ lookUp, clock });
  const from = accept === undefined ? null : config.tlsReports;
  const counter: SessionCounter | null =
    from === null
      ? null
      : createSessionCounter({
          db,
          wantsReports: async (domain) => (await targetsOf(domain)).kind === "targets",
          clock,
          log,
        });
  const settings = createBoundedCache<ReadonlyMap<string, TlsSetting["policy"]>>({
    clock,
    keepMs: () => SETTINGS_MS,
    maxEntries: 1_000,
  });

  return {
    plan: createTlsPlanner({
      ...(trusted !== null && {
        dane: createDaneLookup({ resolver: createSecureResolver(trusted), clock }),
      }),
      sts: createStsLookup({ db, lookUp, fetch: createStsFetch({ lookup, ...web }), clock }),
      settingOf: async (projectId, domain) => {
        const byDomain = await settings(projectId, async () => {
          const listed = await listTlsSettings(db, projectId);
          return new Map(listed.map((setting) => [setting.domain, setting.policy]));
        });
        return byDomain.get(domain) ?? byDomain.get("*") ?? null;
      },
      counter: counter ?? { count: () => undefined },
      clock,
    }),
    run: async (signal) => {
      if (counter === null || from === null || accept === undefined) return;
      const post = createReportPost({ lookup, ...(web !== undefined && { ca: web.ca }) });
      const { hostname } = config;
      await Promise.all([
        counter.run(signal),
        runRounds({
          name: "tls-reports",
          intervalMs: REPORT_ROUND_MS,
          round: createReportRound({ db, from, hostname, targetsOf, accept, post, clock, log }),
          clock,
          log,
          signal,
        }),
      ]);
    },
  };
}
