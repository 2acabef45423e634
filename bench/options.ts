import { parseArgs } from "node:util";

export type BackendName = "redis" | "postgres";

/** What can be measured, and with how many messages where nothing is said. */
const MODES = {
  loop: { messages: 5_000 },
  accept: { messages: 5_000 },
  outbound: { messages: 5_000 },
  isolation: { messages: 100_000 },
  backlog: { messages: 1_000_000 },
  imap: { messages: 10_000 },
  idle: { messages: 5_000 },
  inbound: { messages: 3_000 },
  webhooks: { messages: 20_000 },
} as const;

type Mode = keyof typeof MODES;

/** The command line, checked. */
export interface BenchOptions {
  readonly mode: Mode;
  readonly messages: number;
  readonly connections: number;
  /** Destination domains the recipients are spread over. */
  readonly domains: number;
  readonly runs: number;
  readonly backends: readonly BackendName[];
  readonly profile: boolean;
}

export type ReadOptions =
  | { readonly kind: "options"; readonly options: BenchOptions }
  | { readonly kind: "help" }
  | { readonly kind: "invalid"; readonly reason: string };

export const USAGE = `Usage: npm run bench -- [loop|accept|outbound|isolation|backlog|imap|idle|inbound|webhooks] [options]

  loop                from POST /send to recorded delivery (the default)
  accept              the 202 alone, beside a bare route that inserts one row, and a thousand messages in one request
  outbound            Waxwing, over HTTP and over SMTP, beside Postfix with OpenDKIM (Debian's packages, started as root) and Haraka
                      (from npm, into the temporary directory); what is missing is left out
  isolation           latency to a healthy site while so many messages wait for a dead one, and a fifth as many for a slow one
  backlog             what a message costs while 1,000, 10,000 and so on up to so many wait
  imap                a mailbox over IMAP, beside Dovecot (Debian's package, started as root); it has so many messages
  idle                memory for IMAP sessions that idle over TLS, and how soon they hear of mail; --messages says how many
  inbound             mail that arrives, checked and filed, beside Postfix with OpenDKIM, OpenDMARC and Dovecot's LMTP (Debian's
                      packages, started as root)
  webhooks            events told to one webhook, in both formats; --messages says how many events
  --messages N        messages per run (5000; isolation: 100000; backlog: 1000000; imap: 10000; idle: 5000; inbound: 3000; webhooks: 20000)
  --connections N     keep-alive connections of the client, one request each at a time (50)
  --domains N         recipient domains; one server takes mail for all, so they share its lane (10)
  --runs N            measured runs per backend (3)
  --backend B         redis, postgres or both (both)
  --profile           run Waxwing under the CPU profiler and print where its main thread spends the time
`;

const BACKENDS: Readonly<Record<string, readonly BackendName[]>> = {
  both: ["redis", "postgres"],
  redis: ["redis"],
  postgres: ["postgres"],
};

/** Reads the arguments after the program's name. */
export function readOptions(argv: readonly string[]): ReadOptions {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        messages: { type: "string" },
        connections: { type: "string", default: "50" },
        domains: { type: "string", default: "10" },
        runs: { type: "string", default: "3" },
        backend: { type: "string", default: "both" },
        profile: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { kind: "help" };
    const [mode = "loop", ...rest] = positionals;
    if (!isMode(mode) || rest.length > 0) throw new RangeError(`unknown: ${positionals.join(" ")}`);
    const backends = BACKENDS[values.backend];
    if (backends === undefined) throw new RangeError("--backend is redis, postgres or both");
    return {
      kind: "options",
      options: {
        mode,
        backends,
        messages: wholeNumber("messages", values.messages ?? String(MODES[mode].messages), 1_000_000),
        connections: wholeNumber("connections", values.connections, 10_000),
        domains: wholeNumber("domains", values.domains, 100_000),
        runs: wholeNumber("runs", values.runs, 1_000),
        profile: values.profile,
      },
    };
  } catch (error) {
    if (error instanceof RangeError || (error instanceof TypeError && "code" in error))
      return { kind: "invalid", reason: error.message };
    throw error;
  }
}

const isMode = (name: string): name is Mode => Object.hasOwn(MODES, name);

function wholeNumber(name: string, text: string, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > max)
    throw new RangeError(`--${name} is a whole number from 1 to ${max}`);
  return value;
}
