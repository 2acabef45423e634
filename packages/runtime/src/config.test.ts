import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { renderConfigReference } from "./config/reference.ts";
import { type Config, type ConfigProblem, formatProblems, readConfig } from "./config.ts";
import { generateSelfSigned } from "./tls-material.ts";

const machine = { hostname: "build-7", cwd: "/srv/waxwing" };

function configOf(env: Record<string, string>): Config {
  const reading = readConfig(env, machine);
  assert.equal(reading.kind, "ok", JSON.stringify(reading));
  return reading.kind === "ok" ? reading.config : assert.fail();
}

function problemsOf(env: Record<string, string>): readonly ConfigProblem[] {
  const reading = readConfig(env, machine);
  return reading.kind === "invalid" ? reading.problems : assert.fail("the configuration was accepted");
}

test("an empty environment gives the defaults of the contract", () => {
  const config = configOf({ HOME: "/root", PATH: "/bin" });
  assert.deepEqual(config, {
    databaseUrl: null,
    redisUrl: null,
    dataDir: "/srv/waxwing/.waxwing",
    secretKey: null,
    apiKey: null,
    mailboxPassword: null,
    domain: "waxwing.test",
    hostname: "waxwing.test",
    publicUrl: "http://127.0.0.1:8080",
    listen: {
      http: { host: "127.0.0.1", port: 8080 },
      submission: { host: "127.0.0.1", port: 2587 },
      submissions: { host: "127.0.0.1", port: 2465 },
      inbound: { host: "127.0.0.1", port: 2525 },
      imap: { host: "127.0.0.1", port: 2143 },
      imaps: { host: "127.0.0.1", port: 2993 },
      pop3: { host: "127.0.0.1", port: 2110 },
      pop3s: { host: "127.0.0.1", port: 2995 },
    },
    pop3LoginDelaySeconds: null,
    plaintextAuth: "never",
    tls: null,
    oauth: null,
    routes: [{ pattern: { kind: "below", parent: "test" }, nextHop: { host: "127.0.0.1", port: 2525 } }],
    simulatorDomain: null,
    simulatorListen: null,
    dnsServers: null,
    dnssecResolver: "auto",
    tlsReports: null,
    privateAddresses: "refuse",
    retryScheduleMs: [60, 300, 900, 1800, 3600, 7200, 14400, 28800].map((seconds) => seconds * 1000),
    maxAgeMs: 259_200_000,
    smtpTimeouts: {
      connectMs: 30_000,
      greetingMs: 300_000,
      commandMs: 300_000,
      handshakeMs: 60_000,
      mailMs: 300_000,
      rcptMs: 300_000,
      dataMs: 120_000,
      dataBlockMs: 180_000,
      dataEndMs: 600_000,
      quitMs: 5_000,
    },
    retentionMs: null,
    leaseMs: 60_000,
    rateLimit: null,
    trustedProxies: [],
    webhookPrivateAddresses: "refuse",
    logLevel: "info",
  } satisfies Config);
});

test("a host name with a dot becomes the name in EHLO", () => {
  const reading = readConfig({}, { ...machine, hostname: "MX1.Example.org" });
  assert.equal(reading.kind === "ok" && reading.config.hostname, "mx1.example.org");
});

test("reports on TLS come from the bootstrap domain, unless that is nobody's", () => {
  const from = (env: Readonly<Record<string, string>>) => configOf(env).tlsReports;
  assert.equal(from({}), null);
  assert.equal(from({ WAXWING_DOMAIN: "example.org" }), "tls-reports@example.org");
  assert.equal(from({ WAXWING_DOMAIN: "example.org", WAXWING_TLS_REPORTS: "off" }), null);
  assert.equal(from({ WAXWING_TLS_REPORTS: "tls@Example.org" }), "tls@example.org");
});

test("a stage of SMTP that is not named keeps its time", () => {
  const { smtpTimeouts: usual } = configOf({});
  assert.deepEqual(configOf({ WAXWING_SMTP_TIMEOUTS: "tls=10s, data-end=15m" }).smtpTimeouts, {
    ...usual,
    handshakeMs: 10_000,
    dataEndMs: 900_000,
  });
});

test("a resolver for DNSSEC is an address", () => {
  const resolver = (text: string) => configOf({ WAXWING_DNSSEC_RESOLVER: text }).dnssecResolver;
  assert.deepEqual(resolver("[::1]:5353"), { host: "::1", port: 5353 });
  assert.deepEqual(resolver("10.0.0.53"), { host: "10.0.0.53", port: 53 });
  assert.deepEqual([resolver("auto"), resolver("off"), resolver("")], ["auto", "off", "auto"]);
});

test("an empty value counts as unset, and the tests' own variables are left alone", () => {
  assert.equal(configOf({ REDIS_URL: "", WAXWING_TEST_DATABASE_URL: "x" }).redisUrl, null);
});

test("every problem is reported at once, secrets hidden, and nothing falls back", () => {
  const problems = problemsOf({
    WAXWING_MAX_AGE: "forever",
    WAXWING_SECRET_KEY: "hunter2",
    WAXWING_HTTP_LISTN: "127.0.0.1:80",
    WAXWING_PLAINTEXT_AUTH: "yes",
    DATABASE_URL: "mysql://root:hunter2@db/mail",
    REDIS_URL: "memcached://:hunter2@cache",
  });
  assert.deepEqual(problems.map(({ variable }) => variable).sort(), [
    "DATABASE_URL",
    "REDIS_URL",
    "WAXWING_HTTP_LISTN",
    "WAXWING_MAX_AGE",
    "WAXWING_PLAINTEXT_AUTH",
    "WAXWING_SECRET_KEY",
  ]);
  const text = formatProblems(problems);
  assert.match(text, /did you mean WAXWING_HTTP_LISTEN\?/);
  assert.match(text, /WAXWING_PLAINTEXT_AUTH=yes: must be one of: never, loopback/);
  assert.doesNotMatch(text, /hunter2/);
});

test("what is written to the terminal cannot drive it", () => {
  const text = formatProblems(problemsOf({ WAXWING_DOMAIN: `a\x1b[2J${"x".repeat(500)}` }));
  assert.ok(!text.includes("\x1b"));
  assert.ok(text.length < 800);
});

describe("refused values", () => {
  const refused: readonly (readonly [name: string, value: string])[] = [
    ["WAXWING_HTTP_LISTEN", "8080"],
    ["WAXWING_HTTP_LISTEN", ":8080"],
    ["WAXWING_HTTP_LISTEN", "127.0.0.1:65536"],
    ["WAXWING_HTTP_LISTEN", "127.0.0.999:80"],
    ["WAXWING_HTTP_LISTEN", "[127.0.0.1]:80"],
    ["WAXWING_HTTP_LISTEN", "::1:80"],
    ["WAXWING_HTTP_LISTEN", "OFF"],
    ["WAXWING_MAX_AGE", "72"],
    ["WAXWING_MAX_AGE", "1.5h"],
    ["WAXWING_MAX_AGE", "0s"],
    ["WAXWING_MAX_AGE", "-1h"],
    ["WAXWING_MAX_AGE", "400d"],
    ["WAXWING_RETRY_SCHEDULE", "1m,,5m"],
    ["WAXWING_SMTP_TIMEOUTS", "30s"],
    ["WAXWING_SMTP_TIMEOUTS", "greeting=30"],
    ["WAXWING_SMTP_TIMEOUTS", "greeting=30s,greeting=1m"],
    ["WAXWING_SMTP_TIMEOUTS", "data-end=2h"],
    ["WAXWING_SMTP_TIMEOUTS", "constructor=1s"],
    ["WAXWING_ROUTES", "example.org"],
    ["WAXWING_ROUTES", ".test=127.0.0.1"],
    ["WAXWING_ROUTES", ".test=127.0.0.1:0"],
    ["WAXWING_ROUTES", ".test=a:1,.test=b:2"],
    ["WAXWING_ROUTES", "*.example.org=a:1"],
    ["WAXWING_DNS_SERVERS", "dns.example"],
    ["WAXWING_DNS_SERVERS", "dns.example:53"],
    ["WAXWING_DNSSEC_RESOLVER", "dns.example"],
    ["WAXWING_DNSSEC_RESOLVER", "127.0.0.1:0"],
    ["WAXWING_TLS_REPORTS", "on"],
    ["WAXWING_TLS_REPORTS", "a b@example.org"],
    ["WAXWING_RATE_LIMIT", "0"],
    ["WAXWING_RATE_LIMIT", "1.5"],
    ["WAXWING_RATE_LIMIT", "1000001"],
    ["WAXWING_PUBLIC_URL", "mail.example.com"],
    ["WAXWING_PUBLIC_URL", "ftp://mail.example.com"],
    ["WAXWING_PUBLIC_URL", "https://mail.example.com/waxwing"],
    ["WAXWING_PUBLIC_URL", "https://me@mail.example.com"],
    ["WAXWING_TRUSTED_PROXIES", "proxy.example"],
    ["WAXWING_TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0"],
    ["WAXWING_TRUSTED_PROXIES", "::/0"],
    ["WAXWING_DOMAIN", "localhost"],
    ["WAXWING_DOMAIN", "10.0.0.1"],
    ["WAXWING_DOMAIN", "-a.test"],
    ["WAXWING_DOMAIN", "a..test"],
    ["WAXWING_HOSTNAME", "mail"],
    ["WAXWING_LOG_LEVEL", "verbose"],
    ["WAXWING_API_KEY", "two words"],
    ["WAXWING_MAILBOX_PASSWORD", "a\nb"],
    ["WAXWING_SECRET_KEY", "00".repeat(31)],
    ["DATABASE_URL", "postgresql://host"],
    ["REDIS_URL", "redis-sentinel://a:1,b:2"],
    ["REDIS_URL", "redis-cluster://a:1,b:2/3"],
    ["REDIS_URL", "redis://a:99999"],
  ];
  for (const [name, value] of refused) {
    test(`${name}=${JSON.stringify(value)}`, () => {
      assert.deepEqual(
        problemsOf({ [name]: value }).map(({ variable }) => variable),
        [name],
      );
    });
  }
});

describe("accepted values", () => {
  const accepted: readonly (readonly [
    name: string,
    value: string,
    pick: (config: Config) => unknown,
    expected: unknown,
  ])[] = [
    ["WAXWING_IMAP_LISTEN", "[::1]:0", (config) => config.listen.imap, { host: "::1", port: 0 }],
    ["WAXWING_IMAP_LISTEN", "off", (config) => config.listen.imap, "off"],
    ["WAXWING_RATE_LIMIT", "50", (config) => config.rateLimit, 50],
    [
      "WAXWING_PUBLIC_URL",
      "HTTPS://Mail.Example.com/",
      (config) => config.publicUrl,
      "https://mail.example.com",
    ],
    ["WAXWING_HTTP_LISTEN", "[::1]:80", (config) => config.publicUrl, "http://[::1]"],
    ["WAXWING_HTTP_LISTEN", "0.0.0.0:81", (config) => config.publicUrl, "http://waxwing.test:81"],
    ["WAXWING_TRUSTED_PROXIES", "10.0.0.0/8, ::1", (config) => config.trustedProxies, ["10.0.0.0/8", "::1"]],
    [
      "WAXWING_IMAP_LISTEN",
      "localhost:143",
      (config) => config.listen.imap,
      { host: "localhost", port: 143 },
    ],
    [
      "WAXWING_RETRY_SCHEDULE",
      "500ms, 30s,3d",
      (config) => config.retryScheduleMs,
      [500, 30_000, 259_200_000],
    ],
    ["WAXWING_DNS_SERVERS", "9.9.9.9, [::1]:5353", (config) => config.dnsServers, ["9.9.9.9", "[::1]:5353"]],
    ["WAXWING_DOMAIN", "Bücher.example", (config) => config.domain, "xn--bcher-kva.example"],
    ["WAXWING_DATA_DIR", "../data", (config) => config.dataDir, "/srv/data"],
    ["WAXWING_SECRET_KEY", "ab".repeat(32), (config) => config.secretKey, "ab".repeat(32)],
    [
      "DATABASE_URL",
      "postgres://u:p@/d?host=/run/pg",
      (config) => config.databaseUrl,
      "postgres://u:p@/d?host=/run/pg",
    ],
    [
      "DATABASE_URL",
      "postgresql://u:p@%2Frun%2Fpg:5432/d",
      (config) => config.databaseUrl,
      "postgresql://u:p@%2Frun%2Fpg:5432/d",
    ],
    ["REDIS_URL", "redis-cluster://a:1,b:2", (config) => config.redisUrl, "redis-cluster://a:1,b:2"],
  ];
  for (const [name, value, pick, expected] of accepted) {
    test(`${name}=${value}`, () => assert.deepEqual(pick(configOf({ [name]: value })), expected));
  }
});

test("two doors cannot share an address, but any number can ask for a free port", () => {
  const shared = { WAXWING_IMAP_LISTEN: "127.0.0.1:143", WAXWING_POP3_LISTEN: "127.0.0.1:143" };
  assert.match(
    formatProblems(problemsOf(shared)),
    /WAXWING_POP3_LISTEN: listens on .*so does WAXWING_IMAP_LISTEN/,
  );
  configOf({ WAXWING_IMAP_LISTEN: "127.0.0.1:0", WAXWING_POP3_LISTEN: "127.0.0.1:0" });
});

test("certificate and key come together, exist and match", async () => {
  const dir = mkdtempSync(join(tmpdir(), "waxwing-config-"));
  try {
    const [one, two] = await Promise.all([
      generateSelfSigned("a.test", Date.now()),
      generateSelfSigned("b.test", Date.now()),
    ]);
    const at = (name: string, text: string) => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    };
    const cert = at("one.crt", one.cert);
    const key = at("one.key", one.key);
    assert.deepEqual(configOf({ WAXWING_TLS_CERT: cert, WAXWING_TLS_KEY: key }).tls, {
      certPath: cert,
      keyPath: key,
    });
    const cases: readonly (readonly [env: Record<string, string>, variable: string, message: RegExp])[] = [
      [{ WAXWING_TLS_CERT: cert }, "WAXWING_TLS_KEY", /must be set/],
      [{ WAXWING_TLS_KEY: key }, "WAXWING_TLS_CERT", /must be set/],
      [{ WAXWING_TLS_CERT: cert, WAXWING_TLS_KEY: join(dir, "none") }, "WAXWING_TLS_KEY", /cannot be read/],
      [{ WAXWING_TLS_CERT: key, WAXWING_TLS_KEY: key }, "WAXWING_TLS_CERT", /not a PEM certificate/],
      [
        { WAXWING_TLS_CERT: cert, WAXWING_TLS_KEY: at("two.key", two.key) },
        "WAXWING_TLS_KEY",
        /does not belong/,
      ],
    ];
    for (const [env, variable, message] of cases) {
      const [problem, ...others] = problemsOf(env);
      assert.deepEqual(others, []);
      assert.equal(problem?.variable, variable);
      assert.match(problem?.message ?? "", message);
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("docs/configuration.md is what the table renders", async () => {
  const { readFile } = await import("node:fs/promises");
  const committed = await readFile(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
  assert.equal(committed, renderConfigReference(), "run node packages/runtime/generate.ts");
});

describe("an issuer of tokens", () => {
  const issuer = { WAXWING_OAUTH_ISSUER: "https://id.example.com/", WAXWING_OAUTH_AUDIENCE: "mail,smtp" };
  test("is kept as written", () => {
    assert.deepEqual(configOf(issuer).oauth, {
      issuer: "https://id.example.com/",
      audience: ["mail", "smtp"],
      jwksUri: null,
    });
  });
  const wrong: readonly (readonly [title: string, env: Record<string, string>, variable: string])[] = [
    ["needs an audience", { WAXWING_OAUTH_ISSUER: "https://id.example.com" }, "WAXWING_OAUTH_AUDIENCE"],
    ["is needed by an audience", { WAXWING_OAUTH_AUDIENCE: "mail" }, "WAXWING_OAUTH_ISSUER"],
    ["speaks TLS", { ...issuer, WAXWING_OAUTH_ISSUER: "http://id.example.com" }, "WAXWING_OAUTH_ISSUER"],
    ["is a URL", { ...issuer, WAXWING_OAUTH_JWKS_URI: "keys.json" }, "WAXWING_OAUTH_JWKS_URI"],
  ];
  for (const [title, env, variable] of wrong) {
    test(title, () =>
      assert.deepEqual(
        problemsOf(env).map((problem) => problem.variable),
        [variable],
      ),
    );
  }
});

test("mail for .test comes back to wherever inbound mail is taken in", () => {
  const hops = ["127.0.0.2:26", "0.0.0.0:26", "[::1]:26", "127.0.0.1:0", "off"].map((listen) => {
    const reading = readConfig({ WAXWING_INBOUND_LISTEN: listen }, { hostname: "h", cwd: "/" });
    return reading.kind === "ok" ? reading.config.routes[0]?.nextHop : reading.problems;
  });
  assert.deepEqual(hops, [
    { host: "127.0.0.2", port: 26 },
    { host: "127.0.0.1", port: 26 },
    { host: "::1", port: 26 },
    { host: "127.0.0.1", port: 2525 },
    { host: "127.0.0.1", port: 2525 },
  ]);
});
