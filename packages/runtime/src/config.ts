import { hostname } from "node:os";
import type { TokenIssuer } from "./bearer-token.ts";
import type { HostPort, ListenAddress } from "./config/listen.ts";
import { nearestName } from "./config/nearest-name.ts";
import { publicUrlOf } from "./config/public-url.ts";
import { loopbackRoute, type StaticRoute } from "./config/routes.ts";
import type { SmtpTimeouts } from "./config/smtp-timeouts.ts";
import { readTlsPair } from "./config/tls-pair.ts";
import { type Machine, type Variable, type VariableValues, variables } from "./config/variables.ts";

/** The doors Waxwing listens at. */
export type Door = "http" | "submission" | "submissions" | "inbound" | "imap" | "imaps" | "pop3" | "pop3s";

/** How talkative the log is. */
export type LogLevel = VariableValues["logLevel"];

/** The whole configuration, checked. Every variable is described in docs/configuration.md. */
export type Config = {
  /** null: embedded PostgreSQL in the data directory. */
  readonly databaseUrl: string | null;
  /** null: the queue runs on PostgreSQL. Take it apart with `parseRedisUrl`. */
  readonly redisUrl: string | null;
  /** Absolute. */
  readonly dataDir: string;
  /** null: the one in the data directory; likewise the two below. */
  readonly secretKey: string | null;
  readonly apiKey: string | null;
  readonly mailboxPassword: string | null;
  /** The bootstrap sending domain, lower case ASCII. */
  readonly domain: string;
  /** The name in EHLO and greetings. */
  readonly hostname: string;
  readonly listen: Readonly<Record<Door, ListenAddress | "off">>;
  /** Where recipients reach the HTTP door: an origin without the slash at its end. */
  readonly publicUrl: string;
  /** Least time between two logins to a mailbox over POP3; null: none. */
  readonly pop3LoginDelaySeconds: number | null;
  /** Who may log in without TLS. */
  readonly plaintextAuth: "never" | "loopback";
  /** PEM files, which exist and belong together; null: a self-signed certificate in the data directory. */
  readonly tls: { readonly certPath: string; readonly keyPath: string } | null;
  /** Whose tokens log in; null: nobody's but our own API keys. */
  readonly oauth: TokenIssuer | null;
  readonly routes: readonly StaticRoute[];
  /** null: as the way of starting says. */
  readonly simulatorDomain: string | null;
  /** null: the system chooses a port. */
  readonly simulatorListen: ListenAddress | "off" | null;
  /** null: the system's resolvers; else what `dns.Resolver#setServers` takes. */
  readonly dnsServers: readonly string[] | null;
  /** Who is believed to have checked DNSSEC; `auto`: the resolver in use, if it is on this machine. */
  readonly dnssecResolver: HostPort | "auto" | "off";
  /** The sender of reports on TLS (RFC 8460); null: there are none. */
  readonly tlsReports: string | null;
  /** Whether mail goes to internal addresses that the DNS gives. */
  readonly privateAddresses: "refuse" | "allow";
  /** Waits between attempts, at least one; the last one repeats. */
  readonly retryScheduleMs: readonly number[];
  readonly maxAgeMs: number;
  /** How long each stage of handing mail to another server may take. */
  readonly smtpTimeouts: SmtpTimeouts;
  /** null: everything is kept. */
  readonly retentionMs: number | null;
  readonly leaseMs: number;
  /** Requests per second of a key without a limit of its own; null: any number. */
  readonly rateLimit: number | null;
  /** Addresses and CIDR ranges whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly webhookPrivateAddresses: "refuse" | "allow";
  readonly logLevel: LogLevel;
};

/** One thing wrong with the environment. `value` is what was written, `(hidden)` for secrets, absent when unset. */
export type ConfigProblem = { readonly variable: string; readonly value?: string; readonly message: string };

/** The answer of {@link readConfig}. */
export type ConfigReading =
  | { readonly kind: "ok"; readonly config: Config }
  | { readonly kind: "invalid"; readonly problems: readonly ConfigProblem[] };

const rows: readonly Variable<unknown>[] = Object.values(variables);

/**
 * Reads the configuration from environment variables. Reports every problem at once; a value that cannot be read
 * never falls back to its default.
 *
 * @param env such as `process.env`; an empty value counts as unset
 * @param machine where relative paths start and what the machine is called
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  machine: Machine = { hostname: hostname(), cwd: process.cwd() },
): ConfigReading {
  const problems: ConfigProblem[] = [...unknownVariables(env)];

  function read<T>(row: Variable<T>): T | undefined {
    const text = env[row.name] ?? "";
    const parsed = text === "" ? row.whenUnset(machine) : row.parse(text, machine);
    if (parsed.kind === "ok") return parsed.value;
    problems.push({
      variable: row.name,
      ...(text === "" ? {} : { value: row.secret ? "(hidden)" : text }),
      message: parsed.message,
    });
    return undefined;
  }

  const values: Partial<Record<string, unknown>> = {};
  for (const [key, row] of Object.entries<Variable<unknown>>(variables)) values[key] = read(row);
  // Each key holds what its own row parsed, or a problem was recorded and the values are not used as a whole.
  const draft = values as Partial<VariableValues>;
  problems.push(...sharedPorts(draft), ...tlsProblems(draft), ...oauthProblems(draft));
  if (problems.length > 0) return { kind: "invalid", problems };
  return { kind: "ok", config: arrange(draft as VariableValues) };
}

function arrange(values: VariableValues): Config {
  const { http, submission, submissions, inbound, imap, imaps, pop3, pop3s, tlsCert, tlsKey, ...others } =
    values;
  const { oauthIssuer, oauthAudience, oauthJwksUri, ...rest } = others;
  return {
    ...rest,
    routes: values.routes ?? [loopbackRoute(inbound)],
    tlsReports: tlsReportsOf(values),
    publicUrl: values.publicUrl ?? publicUrlOf(http, values.hostname),
    listen: { http, submission, submissions, inbound, imap, imaps, pop3, pop3s },
    tls: tlsCert === null || tlsKey === null ? null : { certPath: tlsCert, keyPath: tlsKey },
    oauth:
      oauthIssuer === null || oauthAudience === null
        ? null
        : { issuer: oauthIssuer, audience: oauthAudience, jwksUri: oauthJwksUri },
  };
}

/** Nobody can write back to `.test` (RFC 6761 §6.2), which is what the domain is until the operator names one. */
function tlsReportsOf({ tlsReports, domain }: VariableValues): string | null {
  if (tlsReports === null) return domain.endsWith(".test") ? null : `tls-reports@${domain}`;
  return tlsReports === "off" ? null : tlsReports;
}

function unknownVariables(env: Readonly<Record<string, string | undefined>>): ConfigProblem[] {
  const known = rows.map((row) => row.name);
  return Object.keys(env)
    .filter(
      (name) => name.startsWith("WAXWING_") && !name.startsWith("WAXWING_TEST_") && !known.includes(name),
    )
    .map((variable) => {
      const nearest = nearestName(variable, known);
      return {
        variable,
        message: `is not a variable of Waxwing${nearest === null ? "" : `; did you mean ${nearest}?`}`,
      };
    });
}

function sharedPorts(values: Partial<VariableValues>): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const taken = new Map<string, string>();
  const doors = [
    "http",
    "submission",
    "submissions",
    "inbound",
    "imap",
    "imaps",
    "pop3",
    "pop3s",
  ] as const satisfies Door[];
  for (const door of doors) {
    const address = values[door];
    if (address === undefined || address === "off" || address.port === 0) continue;
    const { name } = variables[door];
    const place = `${address.host} port ${address.port}`;
    const other = taken.get(place);
    if (other !== undefined)
      problems.push({ variable: name, message: `listens on ${place}, and so does ${other}` });
    taken.set(place, name);
  }
  return problems;
}

function tlsProblems({ tlsCert, tlsKey }: Partial<VariableValues>): ConfigProblem[] {
  // undefined: already reported.
  if (tlsCert === undefined || tlsKey === undefined) return [];
  const { tlsCert: certRow, tlsKey: keyRow } = variables;
  if (tlsCert === null && tlsKey === null) return [];
  if (tlsCert === null) return [{ variable: certRow.name, message: `must be set when ${keyRow.name} is` }];
  if (tlsKey === null) return [{ variable: keyRow.name, message: `must be set when ${certRow.name} is` }];
  const check = readTlsPair(tlsCert, tlsKey);
  if (check.kind === "ok") return [];
  return check.about === "cert"
    ? [{ variable: certRow.name, value: tlsCert, message: check.message }]
    : [{ variable: keyRow.name, value: tlsKey, message: check.message }];
}

function oauthProblems(values: Partial<VariableValues>): ConfigProblem[] {
  const { oauthIssuer, oauthAudience, oauthJwksUri } = values;
  if (oauthIssuer === undefined || oauthAudience === undefined || oauthJwksUri === undefined) return [];
  const { oauthIssuer: issuer, oauthAudience: audience, oauthJwksUri: jwksUri } = variables;
  // A token for another service of the same issuer must not open this one.
  if (oauthIssuer !== null && oauthAudience === null)
    return [{ variable: audience.name, message: `must be set when ${issuer.name} is` }];
  if (oauthIssuer !== null) return [];
  return [audience, jwksUri]
    .filter(({ name }) => (name === audience.name ? oauthAudience : oauthJwksUri) !== null)
    .map(({ name }) => ({ variable: issuer.name, message: `must be set when ${name} is` }));
}

/** The problems as text for stderr, one line each. The process should then exit with 78 (EX_CONFIG, sysexits.h). */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(({ variable, value, message }) => {
    const shown = value === undefined ? variable : `${variable}=${printable(value, 120)}`;
    return `  ${shown}: ${printable(message, 400)}\n`;
  });
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `The configuration has ${count}:\n${lines.join("")}Every variable is described in docs/configuration.md.\n`;
}

/** Control characters could rewrite the terminal; messages repeat parts of values. */
function printable(text: string, longest: number): string {
  const plain = text.replace(/\p{Cc}/gu, "?");
  return plain.length > longest ? `${plain.slice(0, longest)}...` : plain;
}
