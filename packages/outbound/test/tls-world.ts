import { X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createSmtpServer, RFC_5321_TIMEOUTS, type SmtpServerOptions } from "@waxwing/protocols";
import { createLogger } from "@waxwing/runtime";
import { type Database, openDatabase } from "@waxwing/store";
import {
  createFakeClock,
  createTestAuthority,
  createTestDatabase,
  type DnsServer,
  type FakeClock,
  type IssuedPair,
  startDnsServer,
  startSmtpSink,
  type TestAuthority,
} from "@waxwing/testkit";
import type { Accept } from "../src/accept.ts";
import { createDeliverer } from "../src/deliver.ts";
import type { DeliveryOutcome } from "../src/outcome.ts";
import type { NextHop } from "../src/routing/route.ts";
import { createTlsPolicies, type TlsPolicies } from "../src/tls/tls-policies.ts";

type Zone = Parameters<typeof startDnsServer>[0];
type Tlsa = readonly [usage: number, selector: number, match: number, data: Buffer];

/** What a domain's policy host serves; `status` 200 and `text/plain` when absent. */
export interface ServedPolicy {
  readonly body: string;
  readonly status?: number;
  readonly type?: string;
}

/** Servers for which mail is, with certificates of all kinds. */
export interface TlsWorld extends AsyncDisposable {
  readonly db: Database;
  readonly clock: FakeClock;
  readonly dns: DnsServer;
  readonly authority: TestAuthority;
  readonly certificates: Readonly<Record<"good" | "expired" | "elsewhere" | "untrusted", IssuedPair>>;
  /** What is served now, by domain; nothing else listens there. Tests change it. */
  readonly policies: Map<string, ServedPolicy>;
  /** Requests of policy files, by host. */
  readonly fetched: string[];
  /** Reports that were posted. */
  readonly posted: { readonly url: string; readonly type: string; readonly body: Buffer }[];
  /** Opens a mail server that is the MX `mx.<domain>`. */
  readonly openServer: (options: {
    readonly certificate: IssuedPair | null;
    readonly host?: string;
    readonly server?: Partial<SmtpServerOptions<null>>;
  }) => Promise<NextHop>;
  /** A platform of its own, without memory. */
  readonly platform: (options?: { readonly accept?: Accept }) => TlsPolicies;
  readonly deliver: (
    policies: TlsPolicies,
    recipient: string,
    hops: readonly NextHop[],
    message?: { readonly projectId?: string; readonly tlsOptional?: boolean; readonly requireTls?: boolean },
  ) => Promise<DeliveryOutcome>;
}

/** Records of a domain whose MX is `mx.<domain>`, at this machine. */
export function mailDomain(
  domain: string,
  more: {
    readonly sts?: string;
    readonly tlsa?: readonly Tlsa[] | { readonly error: string };
    readonly reports?: string;
  } = {},
): Zone {
  const { sts, tlsa, reports } = more;
  return {
    [domain]: { MX: [{ priority: 10, exchange: `mx.${domain}` }] },
    [`mx.${domain}`]: { A: ["127.0.0.1"] },
    ...(sts !== undefined && {
      [`_mta-sts.${domain}`]: { TXT: [[`v=STSv1; id=${sts};`]] },
      [`mta-sts.${domain}`]: { A: ["127.0.0.1"] },
    }),
    ...(tlsa !== undefined && {
      [`_25._tcp.mx.${domain}`]: {
        TLSA:
          "error" in tlsa
            ? tlsa
            : tlsa.map(([certUsage, selector, match, data]) => ({
                certUsage,
                selector,
                match,
                data: Uint8Array.from(data).buffer,
              })),
      },
    }),
    ...(reports !== undefined && { [`_smtp._tls.${domain}`]: { TXT: [[`v=TLSRPTv1; rua=${reports}`]] } }),
  };
}

/** The DER of a certificate, or of its key. */
export function derOf(pem: string, part: "certificate" | "key"): Buffer {
  const certificate = new X509Certificate(pem);
  return part === "certificate"
    ? certificate.raw
    : certificate.publicKey.export({ type: "spki", format: "der" });
}

const DAY_MS = 86_400_000;

/**
 * @param options.zoneOf the DNS, which may hold what the certificates are and where HTTPS is
 * @param options.isSecure whose answers are authenticated
 * @param options.hosts names that good certificates are made out to
 */
export async function openTlsWorld(options: {
  readonly hosts: readonly string[];
  readonly zoneOf: (
    world: Pick<TlsWorld, "authority" | "certificates"> & { readonly webPort: number },
  ) => Zone;
  readonly isSecure?: (name: string) => boolean;
}): Promise<TlsWorld> {
  const { hosts, zoneOf, isSecure = () => false } = options;
  const [authority, stranger] = await Promise.all([createTestAuthority(), createTestAuthority("Stranger")]);
  const certificates = {
    good: await authority.issue(hosts),
    expired: await authority.issue(hosts, { notAfter: new Date(Date.now() - DAY_MS) }),
    elsewhere: await authority.issue(["elsewhere.example"]),
    untrusted: await stranger.issue(hosts),
  };
  const database = await createTestDatabase();
  const db = openDatabase({ url: database.url, onError: () => undefined });
  const clock = createFakeClock(Date.now());
  const log = createLogger({ level: "silent", name: "test", write: () => undefined });
  const policies = new Map<string, ServedPolicy>();
  const fetched: string[] = [];
  const posted: { url: string; type: string; body: Buffer }[] = [];

  const web = createServer({
    ...certificates.good,
    SNICallback: (name, done) => {
      const { good, untrusted } = certificates;
      const pair = name.includes("untrusted") ? untrusted : good;
      void import("node:tls").then(({ createSecureContext }) =>
        done(null, createSecureContext({ cert: pair.cert, key: pair.key })),
      );
    },
  });
  web.on("request", (request, response) => {
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    if (request.method === "POST") {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const type = String(request.headers["content-type"]);
        posted.push({ url: `https://${host}${request.url}`, type, body: Buffer.concat(chunks) });
        response.writeHead(201).end();
      });
      return;
    }
    fetched.push(host);
    const policy = policies.get(host.replace(/^mta-sts\./, ""));
    const { status = 200, type = "text/plain", body } = policy ?? { status: 404, body: "" };
    response.writeHead(status, { "content-type": type, location: "/elsewhere" }).end(body);
  });
  await new Promise<void>((ready) => web.listen(0, "127.0.0.1", ready));
  const webPort = (web.address() as AddressInfo).port;
  const dns = await startDnsServer(zoneOf({ authority, certificates, webPort }), { isSecure });
  const [dnsHost = "", dnsPort] = dns.address.split(":");
  const closing: (() => Promise<unknown>)[] = [];

  return {
    db,
    clock,
    dns,
    authority,
    certificates,
    policies,
    fetched,
    posted,
    openServer: async ({ certificate, host = "mx.example", server: more = {} }) => {
      const addresses = ["127.0.0.1"];
      if (certificate === null) {
        const sink = await startSmtpSink();
        closing.push(() => sink.close());
        return { host, port: sink.port, addresses };
      }
      const ok = { kind: "ok" } as const;
      const server = createSmtpServer<null>({
        kind: "inbound",
        tls: "starttls",
        secureContext: () => certificate,
        plaintextAuth: "never",
        sizeLimitBytes: 100_000,
        maxRecipients: 10,
        maxConnections: 10,
        hostname: "mx.example",
        onError: () => undefined,
        backend: {
          mailFrom: async () => ok,
          rcptTo: async () => ok,
          message: async () => ({ ...ok, queueId: "1" }),
        },
        ...more,
      });
      const { port } = await server.listen(0, "127.0.0.1");
      closing.push(() => server.close(0));
      return { host, port, addresses };
    },
    platform: ({ accept } = {}) =>
      createTlsPolicies({
        db,
        config: {
          dnsServers: [dns.address],
          dnssecResolver: { host: dnsHost, port: Number(dnsPort) },
          privateAddresses: "allow",
          tlsReports: "tls-reports@shop.example",
          hostname: "mail.waxwing.test",
        },
        clock,
        log,
        web: { ca: authority.cert, port: webPort },
        ...(accept !== undefined && { accept }),
      }),
    deliver: async (tls, recipient, hops, message = {}) => {
      const deliverer = createDeliverer({
        helo: "mail.waxwing.test",
        timeouts: { ...RFC_5321_TIMEOUTS, connectMs: 2_000, greetingMs: 2_000 },
        ca: authority.cert,
        planTls: tls.plan,
      });
      try {
        return await deliverer.deliver(
          {
            reversePath: "b@bounces.waxwing.test",
            recipient,
            raw: Buffer.from("From: shop@waxwing.test\r\n\r\nHi\r\n"),
            is8bit: false,
            ...message,
          },
          { kind: "hops", hops, rule: "route.mx" },
        );
      } finally {
        deliverer.terminate();
      }
    },
    [Symbol.asyncDispose]: async () => {
      web.closeAllConnections();
      await Promise.all([
        new Promise<void>((closed) => web.close(() => closed())),
        dns[Symbol.asyncDispose](),
        ...closing.map((close) => close()),
      ]);
      await db[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}
