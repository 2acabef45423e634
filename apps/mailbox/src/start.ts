import { createChangeFeed, createMailboxBackend } from "@waxwing/mailboxes";
import { createImapServer, createLoginDelay, createPop3Server, type WireServer } from "@waxwing/protocols";
import {
  type Clock,
  type Config,
  createTokenVerifier,
  type Logger,
  openIdConfigurationUrl,
  type TlsMaterial,
} from "@waxwing/runtime";
import type { Database } from "@waxwing/store";
import { logWireEvent } from "./wire-log.ts";

/** The ports that are open; a door that is `off` is missing. */
export type MailboxPorts = { readonly [door in MailboxDoor]?: number };

type MailboxDoor = "imap" | "imaps" | "pop3" | "pop3s";

/** IMAP and POP3, up and listening. */
export interface RunningMailbox extends AsyncDisposable {
  readonly ports: MailboxPorts;
}

const DOORS = [
  { door: "imap", tls: "starttls", create: createImapServer },
  { door: "imaps", tls: "implicit", create: createImapServer },
  { door: "pop3", tls: "starttls", create: createPop3Server },
  { door: "pop3s", tls: "implicit", create: createPop3Server },
] as const;

/** How long sessions have to say goodbye, ms. */
const GRACE_MS = 5_000;

/**
 * Opens the mailbox doors that the configuration has on. Disposing says goodbye to every session; database and certificate
 * stay the caller's.
 *
 * @throws when an address cannot be bound; nothing stays open then
 */
export async function startMailbox(options: {
  readonly config: Pick<Config, "listen" | "plaintextAuth"> &
    Partial<Pick<Config, "oauth" | "pop3LoginDelaySeconds">>;
  readonly db: Database;
  readonly tls: TlsMaterial;
  readonly log: Logger;
  readonly clock: Clock;
}): Promise<RunningMailbox> {
  const { config, db, tls, log, clock } = options;
  await using stack = new AsyncDisposableStack();
  const listen = stack.use(createChangeFeed({ db, clock, log }));
  const { oauth = null, pop3LoginDelaySeconds = null } = config;
  const issuer =
    oauth === null
      ? null
      : {
          verify: createTokenVerifier(oauth, { clock }),
          openIdConfiguration: openIdConfigurationUrl(oauth.issuer),
        };
  const backend = stack.use(createMailboxBackend({ db, clock, log, listen, issuer }));
  const loginDelay =
    pop3LoginDelaySeconds === null ? {} : { loginDelay: createLoginDelay(pop3LoginDelaySeconds) };
  const servers: WireServer[] = [];
  stack.defer(async () => {
    await Promise.all(servers.map((server) => server.close(GRACE_MS)));
  });
  const ports: { [door in MailboxDoor]?: number } = {};
  for (const { door, tls: mode, create } of DOORS) {
    const address = config.listen[door];
    if (address === "off") continue;
    const server = create({
      backend,
      tls: mode,
      secureContext: tls.current,
      plaintextAuth: config.plaintextAuth,
      onError: logWireEvent(log.child({ door })),
      ...loginDelay,
    });
    ports[door] = (await server.listen(address.port, address.host)).port;
    servers.push(server);
  }
  const running = stack.move();
  return { ports, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
