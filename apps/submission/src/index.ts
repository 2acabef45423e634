import type { Accept, AcceptTogether } from "@waxwing/outbound";
import { createSmtpServer, type SmtpErrorEvent, type SmtpServer } from "@waxwing/protocols";
import {
  type Clock,
  type Config,
  createTokenVerifier,
  type Logger,
  openIdConfigurationUrl,
  type TlsMaterial,
} from "@waxwing/runtime";
import { createRateLimiter, type Database } from "@waxwing/store";
import { createSubmissionBackend } from "./backend.ts";

/** What the submission role needs. */
export interface SubmissionRoleOptions {
  readonly config: Pick<Config, "listen" | "hostname" | "plaintextAuth"> &
    Partial<Pick<Config, "rateLimit" | "oauth">>;
  readonly db: Database;
  readonly accept: Accept;
  readonly acceptTogether: AcceptTogether;
  readonly tls: TlsMaterial;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The submission servers while they listen. A door that is off has no port. Disposing lets transactions under way end. */
export interface RunningSubmission extends AsyncDisposable {
  readonly ports: { readonly submission?: number; readonly submissions?: number };
}

/** 25 MB of attachments, the limit of most mail programs, in base64 and with their text. */
const SIZE_LIMIT_BYTES = 35 * 1024 * 1024;
const MAX_RECIPIENTS = 1_000;
/** Each may hold a message in memory while it arrives. */
const MAX_CONNECTIONS = 200;
/** Less than the deadline of the whole process (10 s). */
const STOP_GRACE_MS = 5_000;

const DOORS = [
  { door: "submission", tls: "starttls" },
  { door: "submissions", tls: "implicit" }, // RFC 8314 §3.3
] as const;

/**
 * Listens for SMTP submission (RFC 6409), with STARTTLS and with implicit TLS.
 *
 * @throws when an address cannot be listened at (EADDRINUSE, EACCES); then neither door is open.
 */
export async function startSubmission(options: SubmissionRoleOptions): Promise<RunningSubmission> {
  const { config, db, clock, log } = options;
  const takeRequest = createRateLimiter({ db, clock, defaultKeyRate: config.rateLimit ?? null });
  const { oauth = null } = config;
  const tokens = oauth === null ? null : createTokenVerifier(oauth, { clock });
  const backend = createSubmissionBackend({ ...options, takeRequest, tokens, hostname: config.hostname });
  const servers: SmtpServer[] = [];
  const ports: { submission?: number; submissions?: number } = {};
  const close = async (graceMs: number): Promise<void> => {
    await Promise.all(servers.map((server) => server.close(graceMs)));
  };
  try {
    for (const { door, tls } of DOORS) {
      const listen = config.listen[door];
      if (listen === "off") continue;
      const server = createSmtpServer({
        kind: "submission",
        tls,
        secureContext: options.tls.current,
        plaintextAuth: config.plaintextAuth,
        sizeLimitBytes: SIZE_LIMIT_BYTES,
        maxRecipients: MAX_RECIPIENTS,
        maxConnections: MAX_CONNECTIONS,
        hostname: config.hostname,
        dsn: true,
        requireTls: true,
        // An API key is a token of its own.
        bearer: oauth === null ? {} : { openIdConfiguration: openIdConfigurationUrl(oauth.issuer) },
        backend,
        onError: (event) => logSmtpError(log, door, event),
      });
      const { port } = await server.listen(listen.port, listen.host);
      servers.push(server);
      ports[door] = port;
      log.info({ event: "smtp.listening", door, host: listen.host, port });
    }
  } catch (error) {
    await close(0);
    throw error;
  }
  return { ports, [Symbol.asyncDispose]: () => close(STOP_GRACE_MS) };
}

/** Peers that break off are everyday (debug); what is wrong with us is not. */
function logSmtpError(log: Logger, door: string, event: SmtpErrorEvent): void {
  switch (event.kind) {
    case "tls-handshake":
    case "connection":
      log.debug({ event: `smtp.${event.kind}`, door, remote: event.remoteAddress, err: event.error });
      return;
    case "backend":
      log.error({
        event: "smtp.backend",
        door,
        call: event.call,
        session: event.sessionId,
        err: event.error,
      });
      return;
    case "certificate":
      log.error({ event: "smtp.certificate", door, err: event.error });
  }
}
