import { createHash } from "node:crypto";
import { domainToASCII } from "node:url";
import type { Clock } from "@waxwing/runtime";
import type { TlsSetting } from "@waxwing/store";
import { siteOf } from "../routing/site-name.ts";
import { createBoundedCache } from "./bounded-cache.ts";
import type { SessionCounter } from "./count-sessions.ts";
import type { DaneLookup, DaneStanding } from "./dane.ts";
import type { StsLookup, StsStanding } from "./mta-sts.ts";
import { failureOf, type ObservedPolicy, observedDane, observedNone, observedSts } from "./session-result.ts";
import { matchesMx } from "./sts-policy.ts";
import {
  type PlanTls,
  routePlan,
  type SkippedHost,
  simplePlan,
  stronger,
  type TlsPlan,
  type TlsSession,
  type UsablePlan,
  withMessage,
} from "./tls-plan.ts";
import { checkDane } from "./tlsa-record.ts";

/** A plan is made anew after this time: a changed setting has its effect within it. */
const PLAN_MS = 5_000;
const UNKNOWN = "tls.policy-unknown";

/**
 * Finds the strongest of what is asked of a connection: by the message (RFC 8689), by a setting of the project, by the route, by the
 * domain with DANE (RFC 7672) or MTA-STS (RFC 8461). Where a domain has both, DANE decides for the hosts that have records, and
 * MTA-STS never overrides a DANE check that failed (RFC 8461 §2). Static routes know no policies of the recipient's domain: its
 * servers are not spoken to.
 *
 * @param options.dane absent: no resolver can be trusted to have checked DNSSEC
 */
export function createTlsPlanner(options: {
  readonly dane?: DaneLookup;
  readonly sts: StsLookup;
  readonly settingOf: (projectId: string, domain: string) => Promise<TlsSetting["policy"] | null>;
  readonly counter: Pick<SessionCounter, "count">;
  readonly clock: Clock;
}): PlanTls {
  const { dane, sts, settingOf, counter, clock } = options;
  const cache = createBoundedCache<TlsPlan>({ clock, keepMs: () => PLAN_MS });

  const byDomain = async (domain: string, host: string): Promise<TlsPlan> => {
    const observing: Observing = (observed) => (session) =>
      counter.count(domain, observed.policy, failureOf(observed, host, session));
    let proved: DaneStanding = { kind: "none" };
    if (dane !== undefined) proved = await dane(domain, host);
    if (proved.kind === "failed") {
      const failure = { type: "dnssec-invalid", reason: proved.reason } as const;
      observing(observedDane(domain, [], failure))(null);
      return refusedHost("dane", proved.reason);
    }
    if (proved.kind === "records")
      return danePlan(proved, host, clock, observing(observedDane(domain, proved.all)));

    let said: StsStanding;
    try {
      said = await sts(domain);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return refusedHost("mta-sts", `the MTA-STS policy of ${domain} could not be looked up: ${why}`);
    }
    const base = stsPlan(said, domain, host, observing);
    if (base.kind === "skip" || proved.kind === "none") return base;
    const failure = { type: "tlsa-invalid", reason: "no record is usable" } as const;
    const unproved = simplePlan(
      "required",
      "dane",
      `${host} has TLSA records that cannot be checked, which still ask for TLS`,
      host,
    );
    return stronger({ ...base, observe: observing(observedDane(domain, proved.all, failure)) }, unproved);
  };

  return (message, hop) => {
    const { projectId, recipient, requireTls = false, tlsOptional = false } = message;
    const site = siteOf(recipient);
    const domain = domainToASCII(site) || site;
    const { host, tls } = hop;
    return cache(
      `${projectId ?? ""} ${requireTls} ${tlsOptional} ${domain} ${host} ${tls ?? ""}`,
      async () => {
        // RFC 8689 §4.1: beside REQUIRETLS the field says nothing. What the project itself asks holds in any case.
        const isFree = tls !== undefined || (tlsOptional && !requireTls);
        const base = isFree ? routePlan(hop) : await byDomain(domain, host);
        if (base.kind === "skip") return base;
        const setting = projectId === undefined ? null : await settingOf(projectId, domain);
        const set =
          setting === null || setting === "opportunistic"
            ? base
            : stronger(
                base,
                simplePlan(setting, "setting", `the project asks for ${setting} TLS to ${domain}`, host),
              );
        return withMessage(set, requireTls, host);
      },
    ).catch((error: unknown): SkippedHost => {
      const why = error instanceof Error ? error.message : String(error);
      return refusedHost("setting", `what TLS ${domain} needs could not be looked up: ${why}`);
    });
  };
}

/** Makes what counts the sessions of a host; null stands for one that was not even begun. */
type Observing = (observed: ObservedPolicy) => (session: TlsSession | null) => void;

function refusedHost(source: SkippedHost["source"], reason: string): SkippedHost {
  return {
    kind: "skip",
    source,
    policy: source === "dane" ? "dane" : "verified",
    rule: UNKNOWN,
    reason,
    enhancedCode: "4.7.5",
  };
}

function danePlan(
  { usable, names }: Extract<DaneStanding, { kind: "records" }>,
  host: string,
  clock: Clock,
  observe: UsablePlan["observe"],
): UsablePlan {
  const digest = createHash("sha256");
  for (const { usage, selector, matchingType, data } of usable) {
    digest.update(`${usage} ${selector} ${matchingType} ${data.toString("hex")}\n`);
  }
  return {
    kind: "use",
    policy: "dane",
    source: "dane",
    reason: `${host} has TLSA records, proved by DNSSEC`,
    mode: "required",
    verify: { kind: "check", check: (chain) => checkDane(usable, names, chain, clock.now()) },
    key: `dane ${names.join(" ")} ${digest.digest("base64")}`,
    bounces: false,
    observe,
  };
}

function stsPlan(said: StsStanding, domain: string, host: string, observing: Observing): TlsPlan {
  if (said.kind === "none") {
    const why =
      said.failure === null
        ? `${domain} has neither DANE nor MTA-STS`
        : `${domain} has no MTA-STS policy that can be read: ${said.failure.reason}`;
    return {
      ...simplePlan("opportunistic", "default", why, host),
      observe: observing(observedNone(domain, said.failure)),
    };
  }
  const { policy } = said;
  const isListed = matchesMx(policy, host);
  const failure = isListed
    ? null
    : ({ type: "validation-failure", reason: `the policy does not list ${host}` } as const);
  const observe = observing(observedSts(domain, policy, failure));
  if (policy.mode !== "enforce") {
    const why = `the MTA-STS policy of ${domain} is in testing mode`;
    return { ...simplePlan("opportunistic", "mta-sts", why, host), observe };
  }
  if (!isListed) {
    // RFC 8461 §5: mail is not delivered to a host that the policy does not list.
    observe(null);
    return {
      kind: "skip",
      source: "mta-sts",
      policy: "verified",
      rule: "tls.mx-not-listed",
      reason: `the MTA-STS policy of ${domain} does not list ${host}`,
      enhancedCode: "4.7.0",
    };
  }
  return {
    ...simplePlan("verified", "mta-sts", `the MTA-STS policy of ${domain} is enforced`, host),
    observe,
  };
}
