import { resolve } from "node:path";
import { checkApiKey, checkPassword, checkSecretKey } from "./credentials.ts";
import { parseDatabaseUrl } from "./database-url.ts";
import { parseDnsServers, parseDnssecResolver } from "./dns-servers.ts";
import { parseDurationMs, parseDurationsMs, parsePauseSeconds, parseRetentionMs } from "./duration.ts";
import { parseDomain } from "./host-name.ts";
import { parseListen } from "./listen.ts";
import { parseAudience, parseIssuerUrl } from "./oauth.ts";
import { bad, ok, type Parsed, parseOneOf } from "./parsed.ts";
import { parsePublicUrl } from "./public-url.ts";
import { parseRateLimit } from "./rate-limit.ts";
import { parseRedisUrl } from "./redis-url.ts";
import { parseReportAddress } from "./report-address.ts";
import { parseRoutes } from "./routes.ts";
import { parseSmtpTimeouts, USUAL_SMTP_TIMEOUTS } from "./smtp-timeouts.ts";
import { parseTrustedProxies } from "./trusted-proxies.ts";

/** What the table needs to know of the machine, so that reading a configuration stays a pure function of it. */
export type Machine = { readonly hostname: string; readonly cwd: string };

/** One environment variable. `T` is its value in the running program. */
export type Variable<T> = {
  readonly name: string;
  /** What an unset variable means, as a reader of the reference should see it. */
  readonly shownDefault: string;
  /** Markdown, one or two sentences. */
  readonly meaning: string;
  /** A secret's value never appears in a message. */
  readonly secret: boolean;
  readonly parse: (text: string, machine: Machine) => Parsed<T>;
  readonly whenUnset: (machine: Machine) => Parsed<T>;
};

type Row<T> = Pick<Variable<T>, "name" | "meaning" | "parse">;

/** A variable whose default is a text like any other, and is read like one. */
function withDefault<T>(row: Row<T>, text: string): Variable<T> {
  return {
    ...row,
    shownDefault: `\`${text}\``,
    secret: false,
    whenUnset: (machine) => row.parse(text, machine),
  };
}

/** A variable that may be absent: null then, and the default says what happens. */
function optional<T>(row: Row<T>, shownDefault: string, secret = false): Variable<T | null> {
  return { ...row, shownDefault, secret, whenUnset: () => ok(null) };
}

function listen(name: string, defaultText: string, meaning: string) {
  return withDefault({ name, meaning, parse: parseListen }, defaultText);
}

function parsePath(text: string, machine: Machine): Parsed<string> {
  return text.includes("\0") ? bad("is not a path") : ok(resolve(machine.cwd, text));
}

function checkRedisUrl(text: string): Parsed<string> {
  const parsed = parseRedisUrl(text);
  return parsed.kind === "ok" ? ok(text) : parsed;
}

function ownHostname(machine: Machine): Parsed<string> {
  const parsed = parseDomain(machine.hostname);
  // RFC 5321 §4.1.1.1: EHLO names a fully qualified domain; containers are often called by one label.
  return parsed.kind === "ok" ? parsed : ok("waxwing.test");
}

/** Every environment variable that Waxwing reads, in the order of the reference. */
export const variables = {
  databaseUrl: optional(
    {
      name: "DATABASE_URL",
      meaning: "PostgreSQL >= 15, as `postgresql://user:password@host:5432/database`.",
      parse: parseDatabaseUrl,
    },
    "embedded PostgreSQL",
    true,
  ),
  redisUrl: optional(
    {
      name: "REDIS_URL",
      meaning:
        "Redis >= 6.2 or Valkey: `redis://host:6379/0`, `rediss://` for TLS, `redis-cluster://host:port,host:port`, `redis-sentinel://host:port,host:port/master-name`.",
      parse: checkRedisUrl,
    },
    "the queue runs on PostgreSQL",
    true,
  ),
  dataDir: withDefault(
    {
      name: "WAXWING_DATA_DIR",
      meaning: "Embedded database, generated keys and certificates. One process at a time.",
      parse: parsePath,
    },
    "./.waxwing",
  ),
  secretKey: optional(
    {
      name: "WAXWING_SECRET_KEY",
      meaning: "Seals DKIM keys and other secrets at rest (AES-256-GCM): 32 bytes in base64 or hex.",
      parse: checkSecretKey,
    },
    "generated into the data directory",
    true,
  ),
  apiKey: optional(
    {
      name: "WAXWING_API_KEY",
      meaning:
        "The bootstrap API key, with all scopes; also the SMTP password of the user `apikey`. Use at least 32 random characters.",
      parse: checkApiKey,
    },
    "generated into the data directory, printed",
    true,
  ),
  mailboxPassword: optional(
    { name: "WAXWING_MAILBOX_PASSWORD", meaning: "Password of the bootstrap mailbox.", parse: checkPassword },
    "generated into the data directory, printed",
    true,
  ),
  domain: withDefault(
    {
      name: "WAXWING_DOMAIN",
      meaning:
        "The bootstrap sending domain: verified, with DKIM keys; its bootstrap mailbox is `inbox@` it.",
      parse: parseDomain,
    },
    "waxwing.test",
  ),
  hostname: {
    name: "WAXWING_HOSTNAME",
    shownDefault: "the machine's name, or `waxwing.test` when that has no dot",
    meaning: "The name in EHLO and in greetings. Its address should resolve back to it.",
    secret: false,
    parse: parseDomain,
    whenUnset: ownHostname,
  },
  http: listen(
    "WAXWING_HTTP_LISTEN",
    "127.0.0.1:8080",
    "REST API, dashboard, `/metrics`, `/health/live`, `/health/ready`.",
  ),
  publicUrl: optional(
    {
      name: "WAXWING_PUBLIC_URL",
      meaning:
        "Where recipients reach the HTTP door: tracking and unsubscribe links begin with it. An origin such as `https://mail.example.com`; mail programs offer one-click unsubscribing only for `https`.",
      parse: parsePublicUrl,
    },
    "`http://` and the address of `WAXWING_HTTP_LISTEN`",
  ),
  submission: listen(
    "WAXWING_SUBMISSION_LISTEN",
    "127.0.0.1:2587",
    "SMTP submission with STARTTLS (587 in production).",
  ),
  submissions: listen(
    "WAXWING_SUBMISSIONS_LISTEN",
    "127.0.0.1:2465",
    "SMTP submission with implicit TLS (465).",
  ),
  inbound: listen("WAXWING_INBOUND_LISTEN", "127.0.0.1:2525", "Inbound SMTP (25)."),
  imap: listen("WAXWING_IMAP_LISTEN", "127.0.0.1:2143", "IMAP with STARTTLS (143)."),
  imaps: listen("WAXWING_IMAPS_LISTEN", "127.0.0.1:2993", "IMAP with implicit TLS (993)."),
  pop3: listen("WAXWING_POP3_LISTEN", "127.0.0.1:2110", "POP3 with STLS (110)."),
  pop3s: listen("WAXWING_POP3S_LISTEN", "127.0.0.1:2995", "POP3 with implicit TLS (995)."),
  pop3LoginDelaySeconds: withDefault(
    {
      name: "WAXWING_POP3_LOGIN_DELAY",
      meaning:
        "How soon POP3 may open the same mailbox again, such as `60s`, or `off`. Each process with a POP3 door counts for itself.",
      parse: parsePauseSeconds,
    },
    "off",
  ),
  plaintextAuth: withDefault(
    {
      name: "WAXWING_PLAINTEXT_AUTH",
      meaning:
        "`loopback` lets clients on 127.0.0.1 and ::1 log in without TLS (tests, local tools); otherwise `never`.",
      parse: parseOneOf(["never", "loopback"]),
    },
    "never",
  ),
  oauthIssuer: optional(
    {
      name: "WAXWING_OAUTH_ISSUER",
      meaning:
        "Issuer whose JSON Web Tokens log in to SMTP submission (XOAUTH2, OAUTHBEARER), exactly as in their `iss`. Needs `WAXWING_OAUTH_AUDIENCE`.",
      parse: parseIssuerUrl,
    },
    "only API keys are tokens",
  ),
  oauthAudience: optional(
    {
      name: "WAXWING_OAUTH_AUDIENCE",
      meaning: "What tokens must name in `aud`: one of these, comma separated.",
      parse: parseAudience,
    },
    "none",
  ),
  oauthJwksUri: optional(
    {
      name: "WAXWING_OAUTH_JWKS_URI",
      meaning: "Where the issuer publishes its keys, for an issuer without OpenID discovery.",
      parse: parseIssuerUrl,
    },
    "as the issuer's OpenID configuration says",
  ),
  tlsCert: optional(
    {
      name: "WAXWING_TLS_CERT",
      meaning: "PEM file with the certificate chain, reloaded on change. Needs `WAXWING_TLS_KEY`.",
      parse: parsePath,
    },
    "self-signed, generated into the data directory",
  ),
  tlsKey: optional(
    {
      name: "WAXWING_TLS_KEY",
      meaning: "PEM file with the private key of the certificate, reloaded on change.",
      parse: parsePath,
    },
    "self-signed, generated into the data directory",
  ),
  routes: optional(
    {
      name: "WAXWING_ROUTES",
      meaning:
        "Static next hops before MX look-up, `suffix=host:port`, comma separated: `.test` takes every name below it, `example.org` that name only, `*` all mail (a smarthost). The most specific one wins.",
      parse: parseRoutes,
    },
    "`.test=127.0.0.1:2525`, or where `WAXWING_INBOUND_LISTEN` says",
  ),
  simulatorDomain: optional(
    {
      name: "WAXWING_SIMULATOR_DOMAIN",
      meaning:
        "Mail to this domain goes to the simulator, whose addresses say what becomes of it (docs/simulator.md), or `off`. The simulator takes no other mail than ours.",
      parse: (text) => (text === "off" ? ok("off" as const) : parseDomain(text)),
    },
    "`simulator.test` where one process runs all roles, otherwise `off`",
  ),
  simulatorListen: optional(
    {
      name: "WAXWING_SIMULATOR_LISTEN",
      meaning:
        "Where the simulator listens. With one process for each role, the receiver runs it when this is set; then `WAXWING_ROUTES` has to lead there.",
      parse: parseListen,
    },
    "a free port of 127.0.0.1",
  ),
  dnsServers: optional(
    {
      name: "WAXWING_DNS_SERVERS",
      meaning: "Resolvers for MX, TXT and TLSA: `ip` or `ip:port`, comma separated.",
      parse: parseDnsServers,
    },
    "the system's",
  ),
  dnssecResolver: withDefault(
    {
      name: "WAXWING_DNSSEC_RESOLVER",
      meaning:
        "The validating resolver whose word on DNSSEC is taken, which DANE needs: `ip` or `ip:port`, reached over a network as safe as the machine itself; `auto`: the resolver in use if it is on this machine; `off`: no DANE.",
      parse: parseDnssecResolver,
    },
    "auto",
  ),
  tlsReports: optional(
    {
      name: "WAXWING_TLS_REPORTS",
      meaning:
        "The sender of daily reports on TLS (RFC 8460) to domains that ask for them; its domain must be verified. `off`: none are counted or sent.",
      parse: parseReportAddress,
    },
    "`tls-reports@` and `WAXWING_DOMAIN`; `off` for one that ends in `.test`",
  ),
  privateAddresses: withDefault(
    {
      name: "WAXWING_PRIVATE_ADDRESSES",
      meaning:
        "Whether mail may go to private, loopback and link-local addresses that the DNS gives for a recipient's domain: `refuse` or `allow`. A static route may always lead to one.",
      // `refuse` because a recipient's DNS is otherwise a way into the operator's network (SSRF).
      parse: parseOneOf(["refuse", "allow"]),
    },
    "refuse",
  ),
  retentionMs: withDefault(
    {
      name: "WAXWING_RETENTION",
      meaning:
        "How long messages, attempts and events are kept, in days such as `90d`: whole months are dropped when their last day is older. Mail in mailboxes is not touched.",
      parse: parseRetentionMs,
    },
    "off",
  ),
  retryScheduleMs: withDefault(
    {
      name: "WAXWING_RETRY_SCHEDULE",
      meaning: "Waits between attempts; the last one repeats, jittered, until `WAXWING_MAX_AGE`.",
      parse: parseDurationsMs,
    },
    "1m,5m,15m,30m,1h,2h,4h,8h",
  ),
  maxAgeMs: withDefault(
    {
      name: "WAXWING_MAX_AGE",
      meaning: "How long delivery is tried; then the recipient bounces.",
      parse: parseDurationMs,
    },
    "72h",
  ),
  smtpTimeouts: withDefault(
    {
      name: "WAXWING_SMTP_TIMEOUTS",
      meaning:
        "How long other mail servers may take, by stage, `stage=duration`, comma separated; what is not named keeps its default. `command`: EHLO, STARTTLS, RSET, AUTH; `data-block`: each 64 KiB of a message; `data-end`: the answer to a whole message, which arrives twice where this is too short. RFC 5321 §4.5.3.2 wants no less than the defaults of greeting, mail, rcpt and data.",
      parse: parseSmtpTimeouts,
    },
    USUAL_SMTP_TIMEOUTS,
  ),
  leaseMs: withDefault(
    {
      name: "WAXWING_LEASE",
      meaning: "How long a claimed recipient belongs to its worker. After a crash its mail waits this long.",
      parse: parseDurationMs,
    },
    "60s",
  ),
  rateLimit: withDefault(
    {
      name: "WAXWING_RATE_LIMIT",
      meaning:
        "Requests per second of an API key that has no limit of its own, over HTTP and as SMTP messages: a number, or `off`. Twice as many may come at once.",
      parse: parseRateLimit,
    },
    "off",
  ),
  trustedProxies: withDefault(
    {
      name: "WAXWING_TRUSTED_PROXIES",
      meaning:
        "Proxies in front of the HTTP door, as addresses and ranges (`10.0.0.0/8,::1`) or `none`. The client's address is then the last one in `X-Forwarded-For` that is not of these; from anyone else that header is not believed.",
      parse: parseTrustedProxies,
    },
    "none",
  ),
  webhookPrivateAddresses: withDefault(
    {
      name: "WAXWING_WEBHOOK_PRIVATE_ADDRESSES",
      meaning: "Whether webhooks may go to private, loopback and link-local addresses: `refuse` or `allow`.",
      // `refuse` because a customer's webhook URL is otherwise a way into the operator's network (SSRF).
      parse: parseOneOf(["refuse", "allow"]),
    },
    "refuse",
  ),
  logLevel: withDefault(
    {
      name: "WAXWING_LOG_LEVEL",
      meaning:
        "The least important log lines to write: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`.",
      parse: parseOneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    },
    "info",
  ),
} as const;

/** The values of all variables, before they are arranged into a `Config`. */
export type VariableValues = {
  readonly [Key in keyof typeof variables]: (typeof variables)[Key] extends Variable<infer T> ? T : never;
};
