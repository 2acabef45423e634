import type { PlanTls, TlsPlan } from "../tls/tls-plan.ts";
import type { Explainer } from "./explanation.ts";

const ASKS = {
  none: "No TLS is used",
  opportunistic: "TLS is used where it is offered",
  required: "TLS is required, with any certificate",
  verified: "TLS is required, with a trusted certificate",
  dane: "TLS is required, with a certificate that its TLSA records name",
} as const satisfies Record<TlsPlan["policy"], string>;

/** What TLS the hosts of the route are asked for, and whose wish it is. */
export const tls =
  (planTls: PlanTls): Explainer =>
  async ({ address, projectId }, { routed }) => {
    const { route } = routed;
    if (route.kind !== "hops") return [];
    const plans = await Promise.all(
      route.hops.map(async (hop) => ({
        host: hop.host,
        plan: await planTls({ projectId, recipient: address }, hop),
      })),
    );
    const chosen = plans.find(({ plan }) => plan.kind === "use") ?? plans[0];
    if (chosen === undefined) return [];
    const { host, plan } = chosen;
    const isUsable = plan.kind === "use";
    const says = isUsable
      ? `${ASKS[plan.policy]} at ${host}: ${plan.reason}.`
      : `None of its hosts may be used: ${plan.reason}.`;
    return [
      {
        topic: "tls",
        says,
        effect: isUsable ? "goes-on" : "waits",
        facts: {
          hosts: plans.map(({ host: name, plan: { kind, policy, source, reason } }) => ({
            host: name,
            usable: kind === "use",
            policy,
            source,
            reason,
          })),
        },
      },
    ];
  };
