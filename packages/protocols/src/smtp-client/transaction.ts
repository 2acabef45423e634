import type { ConversationLog } from "./conversation.ts";
import type { Dialogue, Lost } from "./dialogue.ts";
import { endOfData, stuffDots } from "./dot-stuffing.ts";
import type { EnvelopeCommands, Unsendable } from "./envelope.ts";
import { fault, type SmtpFault } from "./fault.ts";
import { SMTP_CLIENT_LIMITS } from "./limits.ts";
import { type HeardReply, isPositive, readReply, type SmtpReply } from "./reply.ts";
import type { SmtpClientTimeouts } from "./timeouts.ts";

/** The command a transaction ended at; `content` is the answer to the final dot. */
export type SendStage = "reset" | "mail" | "rcpt" | "data" | "content";

/**
 * What became of one recipient.
 *
 * - `accepted`: the server has the message for it;
 * - `refused`: the server said no, for now (4yz) or for good (5yz); any other code is a server that does not know the protocol;
 * - `unsendable`: this server cannot be given the message;
 * - `failed`: no answer came. `sent` is how much of the message had gone out: after `nothing` and `partly` the server cannot have it,
 *   after `all` nobody knows.
 */
export type RecipientResult =
  | ({ readonly kind: "accepted" } & SmtpReply)
  | ({ readonly kind: "refused"; readonly stage: SendStage } & SmtpReply)
  | Unsendable
  | {
      readonly kind: "failed";
      readonly stage: SendStage;
      readonly fault: SmtpFault;
      readonly sent: "nothing" | "partly" | "all";
    };

/** One message on its way through a connection. */
export interface Transaction {
  readonly commands: EnvelopeCommands;
  readonly raw: Buffer;
  readonly log: ConversationLog;
  /** Its commands have gone out behind the final dot of the one before. */
  begun: boolean;
}

/** What the transactions of a connection share. */
export interface TransactionRoom {
  readonly dialogue: Dialogue;
  readonly pipelining: boolean;
  readonly timeouts: SmtpClientTimeouts;
  /** The server has a transaction open that came to nothing: RSET comes before the next MAIL. */
  needsReset: boolean;
  /** The transaction that will follow, if its commands may go out with this one's final dot (RFC 2920 §3.1); it is then begun. */
  takeNext(): Transaction | null;
}

const RSET = "RSET\r\n";
const DATA = "DATA\r\n";

/** All commands up to DATA, as one group (RFC 2920 §3.1). */
const groupOf = ({ mail, rcpt }: EnvelopeCommands): string =>
  rcpt.length === 1 ? `${mail}${rcpt[0]}${DATA}` : `${mail}${rcpt.join("")}${DATA}`;

/**
 * One mail transaction (RFC 5321 §3.3), to its end: results in the order of the recipients.
 *
 * Invariant: when it ends, every reply it is owed was heard, or the dialogue is over.
 */
export async function transact(
  room: TransactionRoom,
  transaction: Transaction,
): Promise<readonly RecipientResult[]> {
  const { dialogue, pipelining, timeouts } = room;
  const { commands, log } = transaction;
  const count = commands.rcpt.length;
  const forAll = (result: RecipientResult): readonly RecipientResult[] =>
    Array.from({ length: count }, () => result);

  const ask = async (line: string, timeoutMs: number, grouped: boolean): Promise<HeardReply | Lost> => {
    if (!grouped) {
      dialogue.say(line, 1);
      log.client(performance.now(), line);
    }
    const answer = await dialogue.hear(timeoutMs);
    if (answer.kind === "reply") log.server(answer);
    else log.note(performance.now(), answer.fault.message);
    return answer;
  };

  const reset = room.needsReset;
  if (pipelining && !transaction.begun) {
    const group = reset ? RSET + groupOf(commands) : groupOf(commands);
    dialogue.say(group, count + (reset ? 3 : 2));
    log.client(performance.now(), group);
  }

  if (reset) {
    room.needsReset = false;
    const answer = await ask(RSET, timeouts.commandMs, pipelining);
    if (answer.kind === "lost") return forAll(failed("reset", answer, "nothing"));
    if (!isPositive(answer.code)) {
      const why = fault("nonsense", `RSET was refused: ${answer.octets.toString("utf8", 0, 200).trim()}`);
      dialogue.end(why);
      return forAll({ kind: "failed", stage: "reset", fault: why, sent: "nothing" });
    }
  }

  const mail = await ask(commands.mail, timeouts.mailMs, pipelining);
  if (mail.kind === "lost") return forAll(failed("mail", mail, "nothing"));
  const mailRefused = isPositive(mail.code) ? null : refused("mail", mail);
  if (mailRefused !== null && (!pipelining || endsDialogue(mail)))
    return forAll(over(room, mail, mailRefused));

  const results: (RecipientResult | null)[] = [];
  for (const line of commands.rcpt) {
    const rcpt = await ask(line, timeouts.rcptMs, pipelining);
    if (rcpt.kind === "lost") {
      const rest = mailRefused ?? failed("rcpt", rcpt, "nothing");
      return complete(results, count, rest);
    }
    results.push(mailRefused ?? (isPositive(rcpt.code) ? null : refused("rcpt", rcpt)));
    if (endsDialogue(rcpt))
      return complete(results, count, over(room, rcpt, mailRefused ?? refused("rcpt", rcpt)));
  }

  const anyAccepted = results.includes(null);
  if (!anyAccepted && !pipelining) {
    room.needsReset = true;
    return complete(results, count, null);
  }

  const data = await ask(DATA, timeouts.dataMs, pipelining);
  if (data.kind === "lost") return complete(results, count, failed("data", data, "nothing"));
  if (data.code !== 354) {
    room.needsReset = mailRefused === null;
    return complete(results, count, over(room, data, refused("data", data)));
  }
  if (!anyAccepted) {
    // RFC 2920 §3.1: a 354 although nobody was accepted; what follows is an empty message, which the server must refuse.
    await ask(".\r\n", timeouts.dataEndMs, false);
    return complete(results, count, null);
  }
  return complete(results, count, await sendContent(room, transaction));
}

/** The message and its final dot. */
async function sendContent(room: TransactionRoom, transaction: Transaction): Promise<RecipientResult> {
  const { dialogue, timeouts } = room;
  const { raw, log } = transaction;
  const stuffed = stuffDots(raw);
  const { blockBytes } = SMTP_CLIENT_LIMITS;
  let at = 0;
  while (stuffed.length - at > blockBytes && dialogue.lost() === null) {
    dialogue.say(stuffed.subarray(at, at + blockBytes), 0);
    at += blockBytes;
    await dialogue.drained(timeouts.dataBlockMs);
  }
  const lost = dialogue.lost();
  if (lost !== null) {
    log.note(performance.now(), `${lost.fault.message} after ${at} bytes of the message`);
    // The server may refuse before it has heard all of it.
    if (lost.reply !== null && lost.reply.code >= 400) return refused("content", lost.reply);
    return failed("content", lost, at === 0 ? "nothing" : "partly");
  }
  const nowMs = performance.now();
  const next = room.takeNext();
  const end = endOfData(raw);
  log.client(nowMs, `<message, ${raw.length} bytes>\r\n.\r\n`);
  if (next === null) dialogue.say(joined(stuffed.subarray(at), end), 1);
  else {
    const group = groupOf(next.commands);
    next.begun = true;
    next.log.client(nowMs, group);
    dialogue.say(joined(stuffed.subarray(at), end + group), 1 + next.commands.rcpt.length + 2);
  }
  const answer = await dialogue.hear(timeouts.dataEndMs);
  if (answer.kind === "lost") {
    log.note(performance.now(), answer.fault.message);
    return failed("content", answer, "all");
  }
  log.server(answer);
  if (!isPositive(answer.code)) return over(room, answer, refused("content", answer));
  return { kind: "accepted", ...readReply(answer) };
}

/** One buffer is one write and one system call; copying a block costs less than a second one. */
function joined(block: Buffer, tail: string): Buffer {
  const whole = Buffer.allocUnsafe(block.length + Buffer.byteLength(tail));
  block.copy(whole);
  whole.write(tail, block.length, "utf8");
  return whole;
}

/** After 421 the server closes (RFC 5321 §3.8); after a code that cannot stand here nobody knows what it takes the next line for. */
const endsDialogue = ({ code }: HeardReply): boolean => code === 421 || (code < 400 && !isPositive(code));

function over(room: TransactionRoom, reply: HeardReply, result: RecipientResult): RecipientResult {
  const { code } = reply;
  if (endsDialogue(reply) || isPositive(code))
    room.dialogue.end(
      code === 421
        ? fault("closed", "the server said 421")
        : fault("nonsense", `the server said ${code} where it cannot`),
    );
  return result;
}

const refused = (stage: SendStage, reply: HeardReply): RecipientResult => ({
  kind: "refused",
  stage,
  ...readReply(reply),
});

const failed = (stage: SendStage, lost: Lost, sent: "nothing" | "partly" | "all"): RecipientResult => ({
  kind: "failed",
  stage,
  fault: lost.fault,
  sent,
});

/** What is known of each recipient, and `rest` for the others. */
function complete(
  results: readonly (RecipientResult | null)[],
  count: number,
  rest: RecipientResult | null,
): readonly RecipientResult[] {
  return Array.from({ length: count }, (_, index) => {
    const result = results[index] ?? rest;
    if (result === null) throw new Error("a recipient without a result");
    return result;
  });
}
