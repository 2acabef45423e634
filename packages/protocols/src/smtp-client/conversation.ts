import { SMTP_CLIENT_LIMITS } from "./limits.ts";
import { type HeardReply, linesOf, printable } from "./reply.ts";

/** What was said, to be read by people: each line with its time and `C:` (client), `S:` (server) or `*` (what happened). */
export interface Conversation {
  /** At most about 8 KB; what is too much is cut from the middle. Writing it costs microseconds, so ask only where it is kept. */
  text(): string;
}

/** A conversation being held. */
export interface ConversationLog extends Conversation {
  /** Command lines with their line ends; a secret must not be among them. */
  client(atMs: number, lines: string): void;
  server(reply: HeardReply): void;
  note(atMs: number, what: string): void;
}

interface Entry {
  readonly who: "C:" | "S:" | "*";
  readonly atMs: number;
  readonly said: string | Buffer;
}

const HALF = SMTP_CLIENT_LIMITS.conversationChars / 2;
/** One reply of up to 64 KB must not take the place of all the others, nor be kept alive by a list of them. */
const REPLY_KEPT = 1_024;

/**
 * Notes what is said and formats it only when asked: on the way of a message it costs an object for each command and reply.
 *
 * Invariant: what is kept is bounded, whatever the server sends: its first 4 KB, and of the rest the last 4 KB.
 *
 * @param startMs `performance.now()` that the times are relative to.
 * @param before a conversation that this one goes on from: its text comes first.
 */
export function createConversation(startMs: number, before?: Conversation): ConversationLog {
  const head: Entry[] = [];
  const tail: Entry[] = [];
  let headChars = 0;
  let tailChars = 0;
  let dropped = 0;

  const add = (entry: Entry): void => {
    if (headChars + entry.said.length <= HALF && tail.length === 0) {
      headChars += entry.said.length;
      head.push(entry);
      return;
    }
    tail.push(entry);
    tailChars += entry.said.length;
    while (tailChars > HALF && tail.length > 1) {
      tailChars -= tail.shift()?.said.length ?? 0;
      dropped += 1;
    }
  };

  const format = ({ who, atMs, said }: Entry): string => {
    const time = `${(atMs - startMs).toFixed(0).padStart(6)} ms`;
    const lines = typeof said === "string" ? said.trimEnd().split("\r\n").map(printable) : linesOf(said);
    return lines.map((line) => `${time} ${who} ${line}\n`).join("");
  };

  return {
    client: (atMs, lines) => add({ who: "C:", atMs, said: cut(lines) }),
    server: ({ atMs, octets }) =>
      add({
        who: "S:",
        atMs,
        said: octets.length <= REPLY_KEPT ? octets : cut(octets.toString("utf8").trimEnd()),
      }),
    note: (atMs, what) => add({ who: "*", atMs, said: cut(what) }),
    text: () =>
      [
        before?.text() ?? "",
        ...head.map(format),
        dropped === 0 ? "" : `          * ${dropped} more, left out here\n`,
        ...tail.map(format),
      ].join(""),
  };
}

// A text of UTF-16 units and a buffer of octets are both counted by their length, which is near enough.
function cut(said: string): string {
  if (said.length <= REPLY_KEPT) return said;
  return `${said.slice(0, REPLY_KEPT)} ... (${said.length - REPLY_KEPT} more)`;
}
