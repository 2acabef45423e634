import {
  cacheAnswers,
  createDnsResolver,
  createOwnServers,
  createRouter,
  createRouteTable,
  type Router,
} from "@waxwing/outbound";
import type { Clock, Config, Logger } from "@waxwing/runtime";
import { type Database, findReceivingDomain } from "@waxwing/store";

/** The worker's router, to ask it for the way without taking it: it opens no passwords. */
export function openRouter(options: {
  readonly config: Config;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
}): Router {
  const { config, db, clock, log } = options;
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
