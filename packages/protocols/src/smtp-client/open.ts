import { authenticate, type SmtpLogin } from "./authenticate.ts";
import { createSmtpConnection, type SmtpConnection } from "./connection.ts";
import { type Conversation, type ConversationLog, createConversation } from "./conversation.ts";
import { dial } from "./dial.ts";
import { createDialogue, type Dialogue, type Lost } from "./dialogue.ts";
import { NO_EXTENSIONS, readExtensions, type SmtpExtensions } from "./extensions.ts";
import { fault, type SmtpFault } from "./fault.ts";
import { type HeardReply, isPositive, readReply, type SmtpReply } from "./reply.ts";
import { type SmtpTlsFacts, type SmtpTlsPolicy, secure } from "./secure.ts";
import { RFC_5321_TIMEOUTS, type SmtpClientTimeouts } from "./timeouts.ts";

/** Which server, as whom and how. */
export interface SmtpConnectOptions {
  /** Its name (or address): for SNI and the certificate, and looked up by the system when `addresses` is absent. */
  readonly host: string;
  readonly port: number;
  /** Its addresses, resolved, in the order to try them: the next one when one cannot be reached or does not greet with 220. */
  readonly addresses?: readonly string[];
  /** The source address. */
  readonly localAddress?: string;
  /** Our name in EHLO (RFC 5321 §4.1.1.1). */
  readonly helo: string;
  readonly tls: SmtpTlsPolicy;
  /** TLS from the first octet on (port 465, RFC 8314), whatever `tls.mode` says. */
  readonly implicitTls?: boolean;
  /** For smarthosts; only ever said over TLS. */
  readonly login?: SmtpLogin;
  /** Those of RFC 5321 by default. */
  readonly timeouts?: SmtpClientTimeouts;
  /** Aborted, it cuts the connection in whatever state it is, for all its life; what is under way fails with `aborted`. */
  readonly signal: AbortSignal;
}

/** How far the opening came. A failure at `tls` says nothing about a new connection without TLS. */
export type OpenStage = "connect" | "greeting" | "hello" | "starttls" | "tls" | "auth";

/** A connection, or why there is none: the server's own words (`refused`), or a fault. */
export type SmtpOpening =
  | { readonly kind: "open"; readonly connection: SmtpConnection }
  | ({ readonly kind: "refused"; readonly reply: SmtpReply } & OpeningEnd)
  | ({ readonly kind: "failed"; readonly fault: SmtpFault } & OpeningEnd);

/** Where an opening ended. */
interface OpeningEnd {
  readonly stage: OpenStage;
  /** The address that was reached; null if none was. */
  readonly remoteAddress: string | null;
  readonly conversation: Conversation;
}

/**
 * Opens a connection that takes messages: TCP, greeting, EHLO (HELO where the server knows nothing else), STARTTLS, EHLO again, AUTH.
 * Never throws. Opportunistic TLS whose handshake breaks is a failure at stage `tls`: it is the caller who may open another connection
 * with mode `none`, because what is left of this one is of no use.
 */
export async function openSmtpConnection(options: SmtpConnectOptions): Promise<SmtpOpening> {
  const [first = options.host, ...others] = options.addresses ?? [];
  let opening = await openAt(first, options);
  for (const address of others) {
    // A server that speaks has spoken for its name; one that cannot be reached or is busy has not.
    if (opening.kind === "open" || (opening.stage !== "connect" && opening.stage !== "greeting")) break;
    if (options.signal.aborted) break;
    opening = await openAt(address, options, opening.conversation);
  }
  return opening;
}

async function openAt(
  address: string,
  options: SmtpConnectOptions,
  before?: Conversation,
): Promise<SmtpOpening> {
  const { port, localAddress, signal, timeouts = RFC_5321_TIMEOUTS } = options;
  const startMs = performance.now();
  const log = createConversation(startMs, before);
  const target = { host: address, port, ...(localAddress === undefined ? {} : { localAddress }) };
  const dialed = await dial(target, timeouts.connectMs, signal);
  if (dialed.kind === "failed") {
    log.note(performance.now(), `no connection to ${address} port ${port}: ${dialed.fault.message}`);
    return {
      kind: "failed",
      stage: "connect",
      fault: dialed.fault,
      remoteAddress: null,
      conversation: log,
    };
  }
  const remoteAddress = dialed.socket.remoteAddress ?? null;
  log.note(performance.now(), `connected to ${remoteAddress ?? address} port ${port}`);

  const dialogue = createDialogue(dialed.socket);
  const onAbort = (): void => dialogue.end(fault("aborted", "stopped from our side"));
  signal.addEventListener("abort", onAbort, { once: true });
  dialogue.onEnd(() => signal.removeEventListener("abort", onAbort));
  if (signal.aborted) onAbort();

  const introduced = await introduce({ dialogue, log, timeouts, options });
  if (introduced.kind === "stopped") {
    const { stage, answer } = introduced;
    const end = { stage, remoteAddress, conversation: log };
    if (answer.kind === "reply") {
      dialogue.quit(timeouts.quitMs); // RFC 5321 §3.1, §4.1.1.10
      return { kind: "refused", reply: readReply(answer), ...end };
    }
    log.note(performance.now(), answer.message);
    dialogue.end(answer);
    return { kind: "failed", fault: answer, ...end };
  }
  const { extensions, tls } = introduced;
  return {
    kind: "open",
    connection: createSmtpConnection({ dialogue, extensions, tls, remoteAddress, timeouts, opening: log }),
  };
}

interface Introduction {
  readonly dialogue: Dialogue;
  readonly log: ConversationLog;
  readonly timeouts: SmtpClientTimeouts;
  readonly options: SmtpConnectOptions;
}

/** The server's answer that stopped us, or a fault. */
interface Stopped {
  readonly kind: "stopped";
  readonly stage: OpenStage;
  readonly answer: HeardReply | SmtpFault;
}

const stopped = (stage: OpenStage, answer: HeardReply | Lost | SmtpFault): Stopped => ({
  kind: "stopped",
  stage,
  answer: answer.kind === "lost" ? (answer.reply ?? answer.fault) : answer,
});

/** A server that hangs up at STARTTLS, or answers it with no reply, fails at TLS like one that does so a moment later. */
const brokenOff = ({ fault: why }: Lost): SmtpFault =>
  why.code === "aborted" ? why : fault("tls-handshake", `at STARTTLS: ${why.message}`);

/** Everything between the TCP connection and the first MAIL. */
async function introduce(
  introduction: Introduction,
): Promise<
  | { readonly kind: "introduced"; readonly extensions: SmtpExtensions; readonly tls: SmtpTlsFacts | null }
  | Stopped
> {
  const { dialogue, log, timeouts, options } = introduction;
  const { tls: policy, login } = options;
  let tls: SmtpTlsFacts | null = null;

  if (options.implicitTls === true) {
    const secured = await startTls(introduction);
    if (secured.kind === "fault") return stopped("tls", secured);
    tls = secured.facts;
  }

  dialogue.oweGreeting();
  const greeting = await dialogue.hear(timeouts.greetingMs);
  if (greeting.kind === "reply") log.server(greeting);
  if (greeting.kind === "lost" || greeting.code !== 220) return stopped("greeting", greeting); // RFC 5321 §4.2

  let hello = await sayHello(introduction);
  if (hello.kind === "stopped") return hello;

  if (tls === null && policy.mode !== "none") {
    const asked = hello.extensions.startTls ? await askForTls(introduction) : null;
    if (asked?.kind === "lost") return stopped("tls", brokenOff(asked));
    if (asked !== null && asked.code === 220) {
      const secured = await startTls(introduction);
      if (secured.kind === "fault") return stopped("tls", secured);
      tls = secured.facts;
      // RFC 3207 §4.2: what the server said before TLS counts no more.
      hello = await sayHello(introduction);
      if (hello.kind === "stopped") return hello;
    } else if (policy.mode === "required") {
      return stopped("starttls", asked ?? fault("tls-not-offered", "the server does not offer STARTTLS"));
    } else if (asked !== null && asked.code === 421) return stopped("starttls", asked);
  }

  const { extensions } = hello;
  if (login !== undefined) {
    if (tls === null) return stopped("auth", fault("auth-impossible", "a password is not said without TLS"));
    const { auth: mechanisms } = extensions;
    const answer = await authenticate({ dialogue, log, login, mechanisms, timeoutMs: timeouts.commandMs });
    if (answer.kind === "refused") return stopped("auth", answer.reply);
    if (answer.kind === "failed") return stopped("auth", answer.fault);
  }
  return { kind: "introduced", extensions, tls };
}

/** EHLO, and HELO if that is all the server knows (RFC 5321 §3.2). */
async function sayHello({
  dialogue,
  log,
  timeouts,
  options,
}: Introduction): Promise<{ readonly kind: "hello"; readonly extensions: SmtpExtensions } | Stopped> {
  const ask = async (verb: string): Promise<HeardReply | Lost> => {
    dialogue.say(`${verb} ${options.helo}\r\n`, 1);
    log.client(performance.now(), `${verb} ${options.helo}`);
    const answer = await dialogue.hear(timeouts.commandMs);
    if (answer.kind === "reply") log.server(answer);
    return answer;
  };
  const extended = await ask("EHLO");
  if (extended.kind === "lost") return stopped("hello", extended);
  if (isPositive(extended.code)) return { kind: "hello", extensions: readExtensions(extended) };
  // RFC 5321 §4.1.4 has 500 and 502; servers that dislike EHLO say other things of the kind as well.
  if (extended.code < 500) return stopped("hello", extended);
  const plain = await ask("HELO");
  if (plain.kind === "lost" || !isPositive(plain.code)) return stopped("hello", plain);
  return { kind: "hello", extensions: NO_EXTENSIONS };
}

async function askForTls({ dialogue, log, timeouts }: Introduction): Promise<HeardReply | Lost> {
  dialogue.sayStartTls();
  log.client(performance.now(), "STARTTLS");
  const answer = await dialogue.hear(timeouts.commandMs);
  if (answer.kind === "reply") log.server(answer);
  return answer;
}

async function startTls({
  dialogue,
  log,
  timeouts,
  options,
}: Introduction): Promise<{ readonly kind: "secured"; readonly facts: SmtpTlsFacts } | SmtpFault> {
  const secured = await secure(dialogue.release(), {
    host: options.host,
    policy: options.tls,
    timeoutMs: timeouts.handshakeMs,
    signal: options.signal,
  });
  if (secured.kind === "failed") return secured.fault;
  dialogue.moveTo(secured.socket);
  const { version, cipher, problem } = secured.facts;
  log.note(
    performance.now(),
    `${version} ${cipher}, ${problem === null ? "certificate verified" : `certificate not verified: ${problem}`}`,
  );
  return { kind: "secured", facts: secured.facts };
}
