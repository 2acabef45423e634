import type { EventNotifier } from "@waxwing/events";
import {
  createReceiver,
  createSystemResolver,
  type ReceiverOptions,
  type Resolver,
  type ReturnPaths,
  type SenderRewriting,
} from "@waxwing/inbound";
import { createSmtpServer, type SmtpClientLimits, type SmtpErrorEvent } from "@waxwing/protocols";
import { type Clock, type Config, createIpFilter, type Logger, type TlsMaterial } from "@waxwing/runtime";
import type { Database } from "@waxwing/store";

/** What the receiver role needs. */
export interface ReceiverRoleOptions {
  readonly config: Pick<Config, "listen" | "hostname" | "domain" | "dnsServers">;
  readonly db: Database;
  readonly tls: TlsMaterial;
  readonly returnPaths: ReturnPaths;
  readonly senderRewriting: SenderRewriting;
  readonly deliverLanes: Lanes;
  readonly inboundPostLanes: Lanes;
  readonly clock: Clock;
  readonly log: Logger;
  readonly notify: EventNotifier;
  /** Instead of the resolvers of the configuration. */
  readonly resolver?: Resolver;
}

/** Told of what became due. */
interface Lanes {
  readonly wake: (keys: Iterable<string>) => Promise<void>;
}

/** The receiver while it listens. `port` is null when its door is off. Disposing it lets transactions under way end. */
export interface RunningReceiver extends AsyncDisposable {
  readonly port: number | null;
}

/** 25 MB of attachments, the limit of most mail programs, in base64 and with their text. */
const SIZE_LIMIT_BYTES = 35 * 1024 * 1024;
/** RFC 5321 §4.5.3.1.8 asks for at least 100, and senders split what is more. */
const MAX_RECIPIENTS = 100;
/** Each may hold a message in memory while it arrives. */
const MAX_CONNECTIONS = 100;
/**
 * What one client may do. The largest senders spread over many addresses and come with some hundred messages a minute from each at
 * most; who is refused with a 4xx comes back. From this machine come our own deliveries, as many as there are.
 */
const CLIENT_LIMITS: SmtpClientLimits = {
  connections: 20,
  connectionsPerMinute: 600,
  messagesPerMinute: 1_200,
  recipientsPerMinute: 6_000,
  errorsPerMinute: 60,
  isExempt: createIpFilter(["127.0.0.0/8", "::1"]),
};
/** Less than the deadline of the whole process (10 s). */
const STOP_GRACE_MS = 5_000;

/**
 * Listens for inbound mail.
 *
 * @throws when the address cannot be listened at (EADDRINUSE, EACCES).
 */
export async function startReceiver(options: ReceiverRoleOptions): Promise<RunningReceiver> {
  const { config, db, tls, returnPaths, senderRewriting, clock, log, notify } = options;
  const wake: ReceiverOptions["wake"] = {
    sites: (sites) => options.deliverLanes.wake(sites),
    routes: (routeIds) => options.inboundPostLanes.wake(routeIds),
  };
  const { inbound } = config.listen;
  if (inbound === "off") return { port: null, [Symbol.asyncDispose]: async () => undefined };
  const server = createSmtpServer({
    kind: "inbound",
    tls: "starttls",
    secureContext: tls.current,
    plaintextAuth: "never",
    sizeLimitBytes: SIZE_LIMIT_BYTES,
    maxRecipients: MAX_RECIPIENTS,
    maxConnections: MAX_CONNECTIONS,
    clientLimits: CLIENT_LIMITS,
    hostname: config.hostname,
    // RFC 3461 §5: who offers DSN must send the success reports that are asked for.
    dsn: false,
    backend: createReceiver({
      db,
      returnPaths,
      senderRewriting,
      resolver: options.resolver ?? createSystemResolver(config.dnsServers, clock),
      hostname: config.hostname,
      postmasterDomain: config.domain,
      clock,
      log,
      notify,
      wake,
    }),
    onError: (event) => logSmtpError(log, event),
  });
  const { port } = await server.listen(inbound.port, inbound.host);
  log.info({ event: "smtp.listening", door: "inbound", host: inbound.host, port });
  return { port, [Symbol.asyncDispose]: () => server.close(STOP_GRACE_MS) };
}

/** Peers that break off are everyday (debug); what is wrong with us is not. */
function logSmtpError(log: Logger, event: SmtpErrorEvent): void {
  switch (event.kind) {
    case "tls-handshake":
    case "connection":
      log.debug({
        event: `smtp.${event.kind}`,
        door: "inbound",
        remote: event.remoteAddress,
        err: event.error,
      });
      return;
    case "backend":
      log.error({ event: "smtp.backend", call: event.call, session: event.sessionId, err: event.error });
      return;
    case "certificate":
      log.error({ event: "smtp.certificate", door: "inbound", err: event.error });
  }
}
