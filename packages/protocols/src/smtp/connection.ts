import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { SMTPServer, SMTPServerAuthentication, SMTPServerDataStream } from "smtp-server";
import { SMTPConnection } from "smtp-server/lib/smtp-connection.js";
import { createWriteGatherer } from "../wire/gather-writes.ts";
import type { BearerHint } from "../wire/sasl-bearer.ts";
import type { SmtpBackend, SmtpCredentials, SmtpSession } from "./backend.ts";
import { type BearerMechanism, exchangeBearer, parseBearerAuth } from "./bearer-exchange.ts";
import { createDataCollector, type DataCollector } from "./data-collector.ts";
import { createDiscipline, type Discipline } from "./discipline.ts";
import type { SmtpOffers, SmtpRecipient } from "./envelope.ts";
import { withEnhancedCode } from "./library-reply.ts";
import { parseMailCommand } from "./mail-command.ts";
import { type ConnectionPolicy, ehloKeywords, mechanismsOf, offersOf } from "./policy.ts";
import { parseRcptCommand } from "./rcpt-command.ts";
import { checkedRefusal, type Refusal, type Reply, replies, replyError, replyLine } from "./reply.ts";
import { isLoopback, tlsFacts, transmissionType } from "./session.ts";
import { createTransaction, type Transaction } from "./transaction.ts";

type Done = () => void;
type SaslCallback = (error: Error | null, response?: { user: true }) => void;
type DataCallback = (error?: Error | null, message?: string) => void;

/**
 * One SMTP connection. smtp-server reads lines, finds the end of DATA, upgrades to TLS and speaks SASL; what the
 * commands mean is decided here, through three seams of its class: `handler_<VERB>`, `send`, `_resetSession`.
 *
 * Invariants:
 *  - every reply goes through `send`, which gives it an enhanced status code, counts errors and arms the deadline;
 *  - at most one deadline is armed, and it counts only while the client owes us input;
 *  - the backend sees a message only after its final CRLF.CRLF and only whole;
 *  - the envelope here and the library's own copy are reset together, in `_resetSession`;
 *  - the memory of a message is given back when the backend has decided, or before that when the socket is gone;
 *  - a draining connection starts no new transaction, finishes the one under way, then says 421.
 */
export class GuardedConnection<P> extends SMTPConnection {
  readonly #policy: ConnectionPolicy<P>;
  readonly #transaction: Transaction;
  readonly #discipline: Discipline;
  readonly #writes = createWriteGatherer();
  #principal: { readonly value: P } | null = null;
  #backendDecides = false;
  #draining: Refusal | null = null;
  #arriving: DataCollector | null = null;

  constructor(
    server: SMTPServer,
    socket: Socket | TLSSocket,
    options: ConstructorParameters<typeof SMTPConnection>[2],
    policy: ConnectionPolicy<P>,
  ) {
    super(server, socket, options);
    this.#policy = policy;
    this.#transaction = createTransaction(policy.maxRecipients);
    this.#discipline = createDiscipline(
      { ...policy.limits, maxRecipients: policy.maxRecipients },
      () => this._handlerPending || this.#backendDecides,
      () => this.#reply(replies.tooSlow),
      (how) => (how === "end" ? this.drain(replies.sessionOver) : this.interrupt(replies.sessionOver)),
    );
  }

  /** Greets at once: the library waits 100 ms for early talkers, longer than a whole delivery may take here. */
  override init(): void {
    this._setListeners(() => {
      const crowded = this._server.connections.size > this.#policy.maxConnections;
      const entry = crowded ? replies.tooManyConnections : this.#policy.clients.enter(this.remoteAddress);
      if (entry.kind === "refuse") return this.#reply(entry);
      this.#discipline.begin(entry.visit);
      this.connectionReady();
    });
  }

  /** The snapshot that backend calls receive. */
  snapshot(): SmtpSession<P> {
    const tls = tlsFacts(this._socket, this.secure);
    const principal = this.#login()?.value ?? null;
    return {
      id: this.id,
      remoteAddress: this.remoteAddress,
      remotePort: this.remotePort,
      helo: this.hostNameAppearsAs || null,
      protocol: transmissionType({
        extended: this.openingCommand === "EHLO",
        smtpUtf8: this.#transaction.sender()?.smtpUtf8 ?? false,
        tls: tls !== null,
        authenticated: principal !== null,
      }),
      tls,
      principal,
    };
  }

  /** The TLS session stands: the handshake's deadline is over, the client's next command is due. */
  secured(): void {
    this.#discipline.await("command");
  }

  /** Is a mail transaction, or a call of the backend, under way? */
  inTransaction(): boolean {
    return this.#transaction.sender() !== null || this._handlerPending || this.#backendDecides;
  }

  /** Ends the connection with 421 as soon as no transaction is under way. */
  drain(why: Refusal = replies.shuttingDown): void {
    this.#draining = why;
    if (!this._closing && !this.inTransaction()) this.#reply(why);
  }

  /** Says 421 whatever is under way. */
  interrupt(why: Refusal = replies.shuttingDown): void {
    this.#draining = why;
    this.#reply(why);
  }

  /** Drops the socket without another word. */
  cut(): void {
    this._socket.destroy();
  }

  /** The socket is gone. */
  released(): void {
    this.#discipline.end();
    // A message that the backend has is still there.
    if (!this.#backendDecides) this.#arriving?.release();
  }

  /** AUTH has read its credentials. */
  authenticate(auth: SMTPServerAuthentication, callback: SaslCallback): void {
    const refused = (refusal: Refusal): void => callback(replyError(refusal));
    const { method } = auth;
    const foreign =
      (auth.authzid ?? "") !== "" && (auth.authcid ?? "") !== "" && auth.authzid !== auth.authcid;
    // RFC 4616 §2: acting as someone else needs a permission that nobody has here.
    if ((method !== "PLAIN" && method !== "LOGIN") || foreign) {
      refused(replies.badCredentials);
      return;
    }
    this.#logIn({
      mechanism: method,
      username: auth.username ?? "",
      password: auth.password ?? "",
      remoteAddress: this.remoteAddress,
      sessionId: this.id,
    })
      .then((refusal) => (refusal === null ? callback(null, { user: true }) : refused(refusal)))
      .catch(() => refused(replies.localError));
  }

  /** DATA has begun: collects the stream, asks the backend, gives the library its reply. */
  receive(stream: SMTPServerDataStream, callback: DataCallback): void {
    const { limits, sizeLimitBytes, backend, memory } = this.#policy;
    const limit = { sizeBytes: sizeLimitBytes, lineOctets: limits.lineOctets };
    const collector = createDataCollector(limit, memory);
    this.#arriving = collector;
    const session = this.snapshot();
    const envelope = this.#transaction.envelope();
    stream.on("data", (chunk: Buffer) => collector.push(chunk));
    // A client that leaves in the middle destroys the stream: no "end", and nothing was received.
    stream.once("end", () => {
      this.#discipline.pause();
      this.#backendDecides = true;
      const data = collector.finish();
      const answer =
        data.kind === "refuse"
          ? Promise.resolve(data)
          : this.#ask("message", () => backend.message(session, envelope, data.raw));
      answer
        .then((result) => {
          this.#backendDecides = false;
          collector.release();
          if (result.kind === "ok") {
            this.#discipline.accepted();
            callback(null, `2.0.0 Ok: queued as ${result.queueId}`);
          } else callback(replyError(result));
        })
        .catch((error: unknown) => this._onError(error instanceof Error ? error : new Error(String(error))));
    });
  }

  /** Asks the backend whether to talk to this peer at all. */
  welcome(): Promise<{ readonly kind: "ok" } | Refusal> {
    return this.#ask(
      "connect",
      () => this.#policy.backend.connect?.(this.snapshot()) ?? { kind: "ok" as const },
    );
  }

  /** The one way out. See the invariants at the head. */
  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    // RFC 2920 §3.2: replies to commands that came together go out together. After all others something else may follow: TLS, the end.
    if (code === 250 || code === 354) this.#writes.gather(this._socket);
    else this.#writes.release();
    super.send(code, withEnhancedCode(code, data, context), false);
    if (code === 421 || this._closing) return;
    const tooMany = this.#discipline.replied(code);
    if (tooMany !== null) this.#reply(tooMany);
    else if (code === 354) this.#discipline.await("data");
    else this.#discipline.await(code === 220 && context !== false ? "handshake" : "command");
    // Once the command is over: replies are written before the library resets the transaction.
    const why = this.#draining;
    if (why !== null) setImmediate(() => this.drain(why));
  }

  override _onCommand(command: Buffer, callback?: Done): void {
    if (this.#discipline.command()) super._onCommand(command, callback);
    else this.#reply(replies.tooManyCommands);
  }

  /** RSET, EHLO, STARTTLS and the end of DATA all come through here. */
  override _resetSession(): void {
    super._resetSession();
    this.#transaction.reset();
  }

  override handler_EHLO(command: Buffer, callback: Done): void {
    if (!this.#greet(command)) {
      callback();
      return;
    }
    const keywords = ehloKeywords(this.#offers(), {
      secure: this.secure,
      mechanisms: this.#mayAuthenticate() && this.#login() === null ? mechanismsOf(this.#policy) : [],
      maxRecipients: this.#policy.maxRecipients,
    });
    this.send(250, [`${this.name} at your service, [${this.remoteAddress}]`, ...keywords], false);
    callback();
  }

  override handler_HELO(command: Buffer, callback: Done): void {
    if (this.#greet(command)) this.send(250, `${this.name} at your service, [${this.remoteAddress}]`, false);
    callback();
  }

  override handler_AUTH(command: Buffer, callback: Done): void {
    const refusal = this.#authRefusal();
    const bearer = parseBearerAuth(command.toString("latin1"));
    if (refusal !== null) {
      this.#reply(refusal);
      callback();
    } else if (bearer === null || this.#policy.bearer === null || this.#login() !== null) {
      super.handler_AUTH(command, callback);
    } else {
      const hint = this.#policy.bearer;
      this.#run(callback, () => this.#bearer(bearer.mechanism, bearer.initial, hint));
    }
  }

  #bearer(mechanism: BearerMechanism, initial: string | undefined, hint: BearerHint): Promise<void> {
    return exchangeBearer(mechanism, initial, hint, {
      reply: (reply) => this.#reply(reply),
      challenge: (text, next) => {
        this._nextHandler = (line, done) => this.#run(done, () => next(String(line ?? "").trim()));
        this.send(334, Buffer.from(text).toString("base64"));
      },
      logIn: async (login) => {
        const facts = { remoteAddress: this.remoteAddress, sessionId: this.id };
        const refusal = await this.#logIn({ mechanism, ...login, ...facts });
        if (refusal === null) this.session.user = true;
        return refusal;
      },
    });
  }

  async #logIn(credentials: SmtpCredentials): Promise<Refusal | null> {
    const answer = await this.#ask(
      "authenticate",
      () => this.#policy.backend.authenticate?.(credentials) ?? replies.badCredentials,
    );
    if (answer.kind === "refuse") return answer;
    this.#principal = { value: answer.principal };
    return null;
  }

  override handler_MAIL(command: Buffer, callback: Done): void {
    this.#settle(callback, async () => {
      const parsed = this.#mailRefusal() ?? parseMailCommand(command, this.#offers());
      if (parsed.kind === "refuse") return parsed;
      const { sender } = parsed;
      const answer = await this.#ask("mailFrom", () =>
        this.#policy.backend.mailFrom(this.snapshot(), sender),
      );
      if (answer.kind === "refuse") return answer;
      this.#transaction.begin(sender);
      this.session.envelope.mailFrom = { address: sender.address, args: false };
      return replies.senderOk;
    });
  }

  override handler_RCPT(command: Buffer, callback: Done): void {
    this.#settle(callback, async () => {
      const sender = this.#transaction.sender();
      if (sender === null) return replies.needMail;
      const parsed =
        this.#discipline.admit("recipient") ?? parseRcptCommand(command, this.#offers(), sender.smtpUtf8);
      const refusal = parsed.kind === "refuse" ? parsed : await this.#acceptRecipient(parsed.recipient);
      if (refusal === null) return replies.recipientOk;
      this.#transaction.refused();
      return refusal;
    });
  }

  override handler_DATA(command: Buffer, callback: Done): void {
    const bare = /^\S+\s*$/.test(command.toString("latin1"));
    const refusal = bare ? this.#transaction.dataRefusal() : replies.noArguments;
    if (refusal === null) {
      super.handler_DATA(command, callback);
      return;
    }
    this.#reply(refusal);
    callback();
  }

  #authRefusal(): Refusal | null {
    if (!this.#offers().auth) return replies.authNotOffered;
    if (!this.#mayAuthenticate()) return replies.encryptionRequiredForAuth;
    return this.#transaction.sender() === null ? null : replies.authInTransaction;
  }

  #mailRefusal(): Refusal | null {
    if (this.#draining !== null) return this.#draining;
    if (this.#policy.kind === "submission" && this.#login() === null) {
      return this.#mayAuthenticate() ? replies.authenticationRequired : replies.startTlsFirst;
    }
    return this.#transaction.sender() === null ? this.#discipline.admit("message") : replies.nestedMail;
  }

  async #acceptRecipient(recipient: SmtpRecipient): Promise<Refusal | null> {
    if (!this.#transaction.hasRoomFor(recipient)) return replies.tooManyRecipients;
    const answer = await this.#ask("rcptTo", () =>
      this.#policy.backend.rcptTo(this.snapshot(), recipient, this.#transaction.envelope()),
    );
    if (answer.kind === "refuse") return answer;
    this.#transaction.add(recipient);
    this.session.envelope.rcptTo.push({ address: recipient.address, args: false });
    return null;
  }

  #greet(command: Buffer): boolean {
    const name = /^\S+ +([!-~]{1,255}) *$/.exec(command.toString("latin1"))?.[1];
    if (name === undefined) {
      this.#reply(replies.badHelo);
      return false;
    }
    this.hostNameAppearsAs = name;
    this._resetSession(); // RFC 5321 §4.1.4: as RSET does
    return true;
  }

  #offers(): SmtpOffers {
    return offersOf(this.#policy, this.secure);
  }

  #mayAuthenticate(): boolean {
    return this.secure || (this.#policy.plaintextAuth === "loopback" && isLoopback(this.remoteAddress));
  }

  // RFC 3207 §4.2: STARTTLS forgets who logged in before it; the library clears session.user there.
  #login(): { readonly value: P } | null {
    return this.session.user ? this.#principal : null;
  }

  #reply(reply: Reply): void {
    this.send(reply.code, replyLine(reply));
  }

  /** Runs a command to its one reply. A bug in it is the peer's 451, never a crash. */
  #settle(callback: Done, run: () => Promise<Reply>): void {
    this.#run(callback, async () =>
      this.#reply(
        await run().catch((error: unknown) => {
          this._onError(error instanceof Error ? error : new Error(String(error)));
          return replies.localError;
        }),
      ),
    );
  }

  /** Runs what replies for itself. */
  #run(callback: Done, run: () => Promise<void>): void {
    run()
      .then(callback)
      .catch((error: unknown) => this._onError(error instanceof Error ? error : new Error(String(error))));
  }

  /** A call of the backend: what it throws becomes 451 4.3.0 for the peer and an event for us. */
  async #ask<T extends { readonly kind: "ok" }>(
    call: keyof SmtpBackend<P>,
    run: () => Promise<T | Refusal> | T | Refusal,
  ): Promise<T | Refusal> {
    try {
      const answer = await run();
      return answer.kind === "refuse" ? checkedRefusal(answer) : answer;
    } catch (error) {
      this.#policy.report({ kind: "backend", error, call, sessionId: this.id });
      return replies.localError;
    }
  }
}
