import {
  createSmtpServer,
  openSmtpConnection,
  refuse,
  type SmtpBackend,
  type SmtpServerOptions,
} from "@waxwing/protocols";
import { type Clock, type Logger, newId } from "@waxwing/runtime";
import type { ReturnPaths } from "@waxwing/seal";
import { type Answer, answerTo } from "./answers.ts";
import { readScenario, type Scenario } from "./scenario.ts";

/** The simulator while it listens. Disposing it drops what it has not answered yet. */
export interface Simulator extends AsyncDisposable {
  readonly domain: string;
  readonly port: number;
  /** Where our inbound server listens. Answers wait until it is known. */
  readonly answerAt: (inbound: { readonly host: string; readonly port: number }) => void;
}

const ok = { kind: "ok" } as const;
/** Recipients whose tries are remembered; after that the oldest are forgotten and begin anew. */
const MAX_REMEMBERED = 10_000;
/** Answers on their way. More than that is a load test, which has other tools. */
const MAX_ANSWERS = 1_000;
/** An answer that comes before the delivery is recorded is refused for now (451), and tried again. */
const ANSWER_TRIES = 20;
const ANSWER_WAIT_MS = 250;
const SIZE_LIMIT_BYTES = 35 * 1024 * 1024;
const MAX_CONNECTIONS = 100;

const notFromHere = refuse(550, "5.7.1", "The simulator takes only mail that this platform has sent");
const unknownWord = refuse(550, "5.1.1", "No such simulation; docs/simulator.md has them all");
const wrongDomain = refuse(550, "5.7.1", "Relaying denied: this is the simulator");
const hangUp = refuse(421, "4.3.2", "Closing the connection, as simulated");
const tooMany = refuse(451, "4.3.2", "Too many answers are on their way");

/**
 * A mail server on which delivery can be tried: the local part says what becomes of a message.
 *
 * Invariants: it takes mail only with a return path of ours, whose MAC holds, so nobody else's mail and no report; it sends mail only
 * to our own inbound server, which takes only what is for our domains. So it is neither a relay nor a source of backscatter. What it
 * remembers is bounded and lost when it stops.
 */
export async function startSimulator(options: {
  readonly domain: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly secureContext: SmtpServerOptions<never>["secureContext"];
  readonly returnPaths: ReturnPaths;
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<Simulator> {
  const { domain, returnPaths, clock, log } = options;
  const tries = new Map<string, number>();
  const stopping = new AbortController();
  const { promise: inboundKnown, resolve: answerAt } = Promise.withResolvers<{
    readonly host: string;
    readonly port: number;
  }>();
  let answers = 0;

  const countTry = (key: string): number => {
    const count = (tries.get(key) ?? 0) + 1;
    tries.delete(key);
    tries.set(key, count);
    const [oldest] = tries.keys();
    if (tries.size > MAX_REMEMBERED && oldest !== undefined) tries.delete(oldest);
    return count;
  };

  const scenarioOf = (address: string): Scenario | null | "elsewhere" => {
    const at = address.lastIndexOf("@");
    if (address.slice(at + 1).toLowerCase() !== domain) return "elsewhere";
    return readScenario(address.slice(0, at));
  };

  const deliver = async (answer: Answer): Promise<void> => {
    const inbound = await inboundKnown;
    let [address, ...others] = answer.to;
    for (let attempt = 0; address !== undefined && attempt < ANSWER_TRIES; attempt++) {
      await clock.sleep(ANSWER_WAIT_MS, stopping.signal);
      const opening = await openSmtpConnection({
        ...inbound,
        helo: `mx.${domain}`,
        tls: { mode: "none", verify: { kind: "none" } },
        signal: stopping.signal,
      });
      if (opening.kind !== "open") continue;
      const envelope = { reversePath: answer.reversePath, recipients: [{ address }], body8bit: true };
      const { recipients } = await opening.connection.send(envelope, answer.raw);
      opening.connection.close();
      const [result] = recipients;
      if (result?.kind === "accepted") return;
      if (result?.kind === "refused" && result.code >= 500) [address, ...others] = others;
    }
    log.warn({ event: "simulator.answer-not-taken", to: answer.to });
  };

  const send = (answer: Answer): void => {
    answers++;
    void deliver(answer)
      .catch((err: unknown) => {
        if (!stopping.signal.aborted) log.error({ event: "simulator.answer-failed", err });
      })
      .finally(() => {
        answers--;
      });
  };

  const backend: SmtpBackend<never> = {
    mailFrom: async (_session, { address }) =>
      returnPaths.recipientOf(address.slice(0, Math.max(0, address.lastIndexOf("@")))) === null
        ? notFromHere
        : ok,
    rcptTo: async (_session, { address }, { sender }) => {
      const scenario = scenarioOf(address);
      if (scenario === "elsewhere") return wrongDomain;
      switch (scenario?.kind) {
        case undefined:
          return unknownWord;
        case "bounce":
          return { kind: "refuse", ...scenario.reply };
        case "defer":
          return countTry(`${sender.address} ${address}`) > scenario.times
            ? ok
            : { kind: "refuse", ...scenario.reply };
        case "drop":
          return hangUp;
        case "slow":
          await clock.sleep(scenario.delayMs, stopping.signal).catch(() => undefined);
          return ok;
        default:
          return ok;
      }
    },
    message: async (_session, { sender, recipients }, raw) => {
      const nowMs = clock.now();
      if (answers >= MAX_ANSWERS) return tooMany;
      for (const { address } of recipients) {
        const scenario = scenarioOf(address);
        if (scenario === null || scenario === "elsewhere") continue;
        const id = newId(nowMs);
        const about = { recipient: address, reversePath: sender.address, raw, domain, id, nowMs };
        const answer = answerTo(scenario, about);
        if (answer !== null) send(answer);
      }
      return { kind: "ok", queueId: newId(nowMs) };
    },
  };

  const server = createSmtpServer<never>({
    kind: "inbound",
    tls: "starttls",
    secureContext: options.secureContext,
    plaintextAuth: "never",
    sizeLimitBytes: SIZE_LIMIT_BYTES,
    maxRecipients: 100,
    maxConnections: MAX_CONNECTIONS,
    hostname: `mx.${domain}`,
    dsn: false,
    backend,
    onError: (event) => log.debug({ event: `simulator.${event.kind}`, err: event.error }),
  });
  const { port } = await server.listen(options.listen.port, options.listen.host);
  log.info({ event: "smtp.listening", door: "simulator", host: options.listen.host, port });
  return {
    domain,
    port,
    answerAt,
    [Symbol.asyncDispose]: async () => {
      stopping.abort();
      await server.close(0);
    },
  };
}
