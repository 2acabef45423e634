import type { TestContext } from "node:test";
import {
  createSmtpServer,
  refuse,
  type SmtpBackend,
  type SmtpEnvelope,
  type SmtpErrorEvent,
  type SmtpServer,
  type SmtpServerOptions,
  type SmtpSession,
} from "../../src/smtp/index.ts";
import { firstCertificate } from "./test-certificates.ts";

/** A message as the backend received it. */
export interface Received {
  readonly session: SmtpSession<string>;
  readonly envelope: SmtpEnvelope;
  readonly raw: Buffer;
}

/** A server under test with a backend that keeps what it is given. */
export interface MailRoom {
  readonly port: number;
  readonly received: readonly Received[];
  readonly errors: readonly SmtpErrorEvent[];
  readonly server: SmtpServer;
}

const ok = { kind: "ok" } as const;

/** The octets of AUTH PLAIN for ann / secret. */
export const plainToken = (username = "ann", password = "secret"): string =>
  Buffer.from(`\0${username}\0${password}`).toString("base64");

/** Starts a server on a free loopback port, stopped with the test. User ann, password secret; nobody@ is unknown. */
export const openMailRoom = async (
  t: TestContext,
  options: Partial<Omit<SmtpServerOptions<string>, "backend">> = {},
  backend: Partial<SmtpBackend<string>> = {},
): Promise<MailRoom> => {
  const received: Received[] = [];
  const errors: SmtpErrorEvent[] = [];
  const server = createSmtpServer<string>({
    kind: "inbound",
    tls: "starttls",
    secureContext: () => firstCertificate,
    plaintextAuth: "never",
    sizeLimitBytes: 64 * 1024,
    maxRecipients: 100,
    maxConnections: 100,
    hostname: "mx.waxwing.test",
    onError: (event) => errors.push(event),
    ...options,
    backend: {
      authenticate: async (credentials) =>
        ("password" in credentials && credentials.username === "ann" && credentials.password === "secret") ||
        ("token" in credentials && credentials.username !== "bob" && credentials.token === "good.token")
          ? { kind: "ok", principal: "ann" }
          : refuse(535, "5.7.8", "Wrong user or password"),
      mailFrom: async () => ok,
      rcptTo: async (_session, { address }) =>
        address.startsWith("nobody@") ? refuse(550, "5.1.1", "No such user") : ok,
      message: async (session, envelope, raw) => {
        received.push({ session, envelope, raw });
        return { kind: "ok", queueId: `q${received.length}` };
      },
      ...backend,
    },
  });
  const { port } = await server.listen(0, "127.0.0.1");
  t.after(() => server.close(0));
  return { port, received, errors, server };
};
