import { type Conversation, createConversation } from "./conversation.ts";
import type { Dialogue } from "./dialogue.ts";
import { type OutgoingEnvelope, writeEnvelope } from "./envelope.ts";
import type { SmtpExtensions } from "./extensions.ts";
import { fault } from "./fault.ts";
import type { SmtpTlsFacts } from "./secure.ts";
import type { SmtpClientTimeouts } from "./timeouts.ts";
import { type RecipientResult, type Transaction, type TransactionRoom, transact } from "./transaction.ts";

/** What became of a message. */
export interface SendResult {
  /** In the order of the envelope's recipients. */
  readonly recipients: readonly RecipientResult[];
  /** How the connection was opened, and this transaction. */
  readonly conversation: Conversation;
}

/** An open connection to one server. */
export interface SmtpConnection {
  readonly remoteAddress: string | null;
  readonly tls: SmtpTlsFacts | null;
  readonly extensions: SmtpExtensions;
  /**
   * Sends one message. Messages wait for each other in the order of the calls; with PIPELINING the commands of a waiting one go out
   * with the final dot of the one before. Never throws for anything a server does.
   *
   * @param raw lines end with CRLF; dots are stuffed here
   */
  send(envelope: OutgoingEnvelope, raw: Buffer): Promise<SendResult>;
  /** False once it takes no more messages: it broke, the server said goodbye, or has taken as many as it said it would (RFC 9422). */
  usable(): boolean;
  /** Says QUIT once nothing is under way, and hangs up when that is answered or soon after. */
  close(): void;
}

interface Job {
  readonly transaction: Transaction;
  readonly resolve: (recipients: readonly RecipientResult[]) => void;
  readonly reject: (bug: unknown) => void;
}

/**
 * Invariants:
 * - transactions run one after the other, in the order of `send`; at most one more has its commands out ahead;
 * - a message that waits when the connection is lost fails with `sent: "nothing"`.
 */
export function createSmtpConnection(options: {
  readonly dialogue: Dialogue;
  readonly extensions: SmtpExtensions;
  readonly tls: SmtpTlsFacts | null;
  readonly remoteAddress: string | null;
  readonly timeouts: SmtpClientTimeouts;
  readonly opening: Conversation;
}): SmtpConnection {
  const { dialogue, extensions, tls, remoteAddress, timeouts, opening } = options;
  const waiting: Job[] = [];
  let running = false;
  let closing = false;
  let transactions = 0;

  const room: TransactionRoom = {
    dialogue,
    timeouts,
    pipelining: extensions.pipelining,
    needsReset: false,
    takeNext: () => (extensions.pipelining ? (waiting[0]?.transaction ?? null) : null),
  };

  const run = async (): Promise<void> => {
    running = true;
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      try {
        job.resolve(await transact(room, job.transaction));
      } catch (bug) {
        // Nobody knows where in the dialogue we are.
        dialogue.end(fault("aborted", "an error of our own"));
        job.reject(bug);
      }
    }
    running = false;
    if (closing) dialogue.quit(timeouts.quitMs);
  };

  return {
    remoteAddress,
    tls,
    extensions,
    usable: () =>
      !closing &&
      dialogue.lost() === null &&
      (extensions.mailMax === null || transactions < extensions.mailMax),
    close: () => {
      closing = true;
      if (!running) dialogue.quit(timeouts.quitMs);
    },
    send: async (envelope, raw) => {
      const commands = writeEnvelope(envelope, raw.length, extensions, tls !== null);
      const log = createConversation(performance.now(), opening);
      if (commands.kind === "unsendable") {
        log.note(performance.now(), `not sent: ${commands.text}`);
        return { recipients: envelope.recipients.map(() => commands), conversation: log };
      }
      transactions += 1;
      log.note(performance.now(), `message ${transactions} on this connection, times from here`);
      const recipients = await new Promise<readonly RecipientResult[]>((resolve, reject) => {
        waiting.push({ transaction: { commands, raw, log, begun: false }, resolve, reject });
        if (!running) run().catch(reject);
      });
      return { recipients, conversation: log };
    },
  };
}
