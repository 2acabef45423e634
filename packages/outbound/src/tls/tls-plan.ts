import type { CertificateCheck, SmtpFault, SmtpTlsFacts, SmtpTlsPolicy } from "@waxwing/protocols";
import type { StoredTlsPolicy } from "@waxwing/store";
import type { NextHop } from "../routing/route.ts";

/** How one host is spoken to for one message, or that it must not be spoken to. */
export type TlsPlan = UsablePlan | SkippedHost;

/** TLS towards a host. */
export interface UsablePlan {
  readonly kind: "use";
  readonly policy: StoredTlsPolicy["policy"];
  readonly source: StoredTlsPolicy["source"];
  readonly reason: string;
  readonly mode: SmtpTlsPolicy["mode"];
  readonly verify: CertificateCheck;
  /** Connections may be shared where this is the same. */
  readonly key: string;
  /** RFC 8689: a host that cannot do it sends the message back, where every other policy lets it wait. */
  readonly bounces: boolean;
  /** Told of each session, for reports to the domain. */
  readonly observe: (session: TlsSession) => void;
}

/** A host that the domain's own policy rules out, for now. */
export interface SkippedHost {
  readonly kind: "skip";
  readonly source: StoredTlsPolicy["source"];
  readonly policy: StoredTlsPolicy["policy"];
  readonly rule: string;
  readonly reason: string;
  readonly enhancedCode: string;
}

/** What became of TLS on one connection. */
export type TlsSession =
  | { readonly kind: "secured"; readonly remoteAddress: string | null; readonly facts: SmtpTlsFacts }
  | { readonly kind: "not-offered"; readonly remoteAddress: string | null }
  | { readonly kind: "broken"; readonly remoteAddress: string | null; readonly fault: SmtpFault };

/** Says for a message how a host is spoken to. Never rejects. */
export type PlanTls = (
  message: {
    /** Whose settings hold; absent: nobody's. */
    readonly projectId?: string;
    readonly recipient: string;
    readonly requireTls?: boolean;
    /** RFC 8689 §5: what the recipient's domain asks does not count. */
    readonly tlsOptional?: boolean;
  },
  hop: NextHop,
) => TlsPlan | Promise<TlsPlan>;

const LEVEL = { none: 0, opportunistic: 1, required: 2, verified: 3, dane: 3 } as const;
const unobserved = (): void => undefined;

/** A plan without knowledge of its own about the host. */
export function simplePlan(
  policy: Exclude<StoredTlsPolicy["policy"], "dane">,
  source: UsablePlan["source"],
  reason: string,
  host: string,
): UsablePlan {
  const proves = policy === "verified";
  return {
    kind: "use",
    policy,
    source,
    reason,
    mode: proves ? "required" : policy,
    verify: proves ? { kind: "names", names: [host] } : { kind: "none" },
    key: policy,
    bounces: false,
    observe: unobserved,
  };
}

/** The one that asks for more; of equals the first, except that only one of them may be kept from the wire. */
export function stronger(first: UsablePlan, second: UsablePlan): UsablePlan {
  if (LEVEL[second.policy] <= LEVEL[first.policy]) return first;
  // Whoever asked for more, the domain hears of its sessions.
  return { ...second, observe: first.observe };
}

/** The plan that a static route, or nothing but habit, makes. */
export function routePlan(hop: NextHop): UsablePlan {
  if (hop.tls === undefined)
    return simplePlan("opportunistic", "default", "nobody asks for more than opportunistic TLS", hop.host);
  return simplePlan(hop.tls, "route", `the route to ${hop.host} says ${hop.tls}`, hop.host);
}

/** Adds what the message itself asks (RFC 8689 §4.2.1). */
export function withMessage(plan: UsablePlan, requireTls: boolean, host: string): UsablePlan {
  if (!requireTls) return plan;
  const asked = simplePlan("verified", "message", "the message asks for REQUIRETLS", host);
  return { ...stronger(plan, asked), bounces: true };
}

/** Plans by route and message alone: for processes that know no policies. */
export const planByRoute: PlanTls = ({ requireTls = false }, hop) =>
  withMessage(routePlan(hop), requireTls, hop.host);
