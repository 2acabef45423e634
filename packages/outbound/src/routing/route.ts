import type { SmtpLogin } from "@waxwing/protocols";

/** Where one delivery may be tried, in order; or why nowhere. */
export type Route =
  | { readonly kind: "hops"; readonly hops: readonly NextHop[]; readonly rule: string }
  | {
      readonly kind: "unroutable";
      readonly retry: "later" | "never";
      readonly reason: string;
      readonly rule: string;
      /** RFC 3463: what no server said to us, in the words of one. */
      readonly enhancedCode?: string;
    };

/** How a static next hop is spoken to: as `SmtpTlsPolicy`; `verified` wants a trusted certificate made out to the host besides. */
export type RouteTls = "none" | "opportunistic" | "required" | "verified";

/** One server to try. */
export interface NextHop {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  /** Its addresses in the order to try them; absent: the system looks the host up. */
  readonly addresses?: readonly string[];
  /** Of a static route; absent: what is usual for a server found by MX. */
  readonly tls?: RouteTls;
  /** TLS from the first octet on (RFC 8314). */
  readonly implicitTls?: boolean;
  /** Never said without TLS. */
  readonly login?: SmtpLogin;
}

/** Whose mail goes where: routes belong to projects. `domain` in lower case, A-labels. */
export interface Destination {
  readonly projectId: string;
  readonly domain: string;
}

/** A route, and the site whose lane it belongs to; null where nothing but the domain itself is known. */
export interface Routed {
  readonly route: Route;
  readonly site: string | null;
}
