import {
  cacheAnswers,
  createDnsResolver,
  createOwnServers,
  createRouter,
  createRouteTable,
  createTlsPolicies,
  type PlanTls,
  type Router,
} from "@waxwing/outbound";
import type { Clock, Config, Logger } from "@waxwing/runtime";
import { type Database, findReceivingDomain } from "@waxwing/store";

interface Opened {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The worker's plans of TLS, to ask what a host would be asked for: nothing is counted for reports. */
export function openTlsPlan({ db, config, clock, log }: Opened): PlanTls {
  return createTlsPolicies({ db, config, clock, log }).plan;
}

/** The worker's router, to ask it for the way without taking it: it opens no passwords. */
export function openRouter({ config, db, clock, log }: Opened): Router {
  const inboundIsOpen = config.listen.inbound !== "off";
  return createRouter({
    routes: config.routes,
    table: createRouteTable({ db, environment: config.routes, clock, log }),
    resolver: cacheAnswers(createDnsResolver(config.dnsServers), { clock }),
    random: Math.random,
    own: createOwnServers({ hostname: inboundIsOpen ? config.hostname : null, clock }),
    privateAddresses: config.privateAddresses,
    isOwnDomain: async (domain) => (await findReceivingDomain(db, domain)) !== null,
  });
}
