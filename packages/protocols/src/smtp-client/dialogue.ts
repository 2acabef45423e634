import type { Socket } from "node:net";
import { createDeadline } from "./deadline.ts";
import { fault, type SmtpFault, socketFault } from "./fault.ts";
import { type HeardReply, printable } from "./reply.ts";
import { createReplyParser } from "./reply-parser.ts";

/** The end of a dialogue. `reply` is what the server said unasked before or instead of hanging up, a 421 as a rule. */
export interface Lost {
  readonly kind: "lost";
  readonly fault: SmtpFault;
  readonly reply: HeardReply | null;
}

/** The stream to a server, seen as commands that go out and replies that come back in their order. */
export interface Dialogue {
  /** Hands bytes to the socket; `owed` replies will answer them. A text is sent as UTF-8. */
  say(bytes: string | Buffer, owed: number): void;
  /** The server speaks first: its greeting is owed. */
  oweGreeting(): void;
  /** Says STARTTLS: of what arrives after a 220 to it nothing is looked at until {@link moveTo}. */
  sayStartTls(): void;
  /** The next reply, or why there will be none. Replies that came before the end are handed out first. */
  hear(timeoutMs: number): HeardReply | Lost | Promise<HeardReply | Lost>;
  /** Waits until the system has taken what was said, or the dialogue is lost: also by what the server says meanwhile. */
  drained(timeoutMs: number): Promise<void>;
  /** The dialogue goes on over another socket (TLS); what was heard and not yet asked for is forgotten. */
  moveTo(socket: Socket): void;
  /** Lets go of the socket, for TLS to be put over it; only its errors still end the dialogue. */
  release(): Socket;
  /** Why it is over; null while it is not. */
  lost(): Lost | null;
  /** Ends it from our side, without a word. */
  end(why: SmtpFault): void;
  /** Says QUIT and ends it when that is answered, or after `timeoutMs`; does not keep the process alive meanwhile. */
  quit(timeoutMs: number): void;
  /** Runs `task` when it is over, at once if it is. */
  onEnd(task: () => void): void;
}

/**
 * Invariants:
 * - one reply for each command: a reply that nobody is owed ends the dialogue, because all later ones would be taken for answers to
 *   the wrong question;
 * - what was written in clear text behind the 220 to STARTTLS is never read, neither before TLS nor as if it had come through it
 *   (injection, CVE-2011-0411 seen from the client's side);
 * - once lost it stays lost, the socket is destroyed, and whoever waits is told.
 */
export function createDialogue(first: Socket): Dialogue {
  let socket = first;
  let owed = 0;
  const heard: HeardReply[] = [];
  let waiting: ((answer: HeardReply | Lost) => void) | null = null;
  let draining: (() => void) | null = null;
  let lost: Lost | null = null;
  let startingTls = false;
  let deaf = false;
  let quitting = false;
  let onEnd: (() => void)[] = [];

  const lose = (why: SmtpFault, reply: HeardReply | null = null): void => {
    if (lost !== null) return;
    lost = { kind: "lost", fault: why, reply };
    deadline[Symbol.dispose]();
    socket.destroy();
    const [hearer, drainer, tasks] = [waiting, draining, onEnd];
    waiting = null;
    draining = null;
    onEnd = [];
    hearer?.(lost);
    drainer?.();
    for (const task of tasks) task();
  };

  const deadline = createDeadline(() => lose(fault("timeout", "the server took too long")));

  const parser = createReplyParser(
    (code, octets) => {
      if (deaf) return;
      const reply: HeardReply = { kind: "reply", code, octets, atMs: performance.now() };
      if (owed === 0) {
        const said = printable(octets.toString("utf8", 0, 200).trimEnd());
        lose(
          code >= 400
            ? fault("closed", `the server said goodbye: ${said}`) // RFC 5321 §3.8 has 421; 451 and 554 have been seen
            : fault("nonsense", `a reply to nothing: ${said}`),
          reply,
        );
        return;
      }
      owed -= 1;
      deaf = startingTls && code === 220;
      startingTls = false;
      if (quitting && owed === 0) lose(fault("closed", "said goodbye"));
      else if (waiting === null) heard.push(reply);
      else {
        const hearer = waiting;
        waiting = null;
        deadline.clear();
        hearer(reply);
      }
    },
    (what) => {
      if (!deaf) lose(fault("nonsense", what));
    },
  );

  const onData = (chunk: Buffer): void => parser.push(chunk);
  const onClose = (): void => lose(fault("closed", "the server closed the connection"));
  const onError = (error: Error): void => lose(socketFault(error));
  const onDrain = (): void => {
    const drainer = draining;
    draining = null;
    deadline.clear();
    drainer?.();
  };
  const listen = (): void => {
    socket.on("data", onData);
    socket.on("end", onClose);
    socket.on("close", onClose);
    socket.on("error", onError);
    socket.on("drain", onDrain);
  };
  const forget = (): void => {
    parser.reset();
    heard.length = 0;
    owed = 0;
    deaf = false;
  };
  listen();

  return {
    say: (bytes, replies) => {
      if (lost !== null) return;
      owed += replies;
      socket.write(bytes);
    },
    oweGreeting: () => {
      owed += 1;
    },
    sayStartTls: () => {
      if (lost !== null) return;
      startingTls = true;
      owed += 1;
      socket.write("STARTTLS\r\n");
    },
    hear: (timeoutMs) => {
      const reply = heard.shift() ?? lost;
      if (reply !== null) return reply;
      deadline.set(timeoutMs);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    drained: (timeoutMs) => {
      if (lost !== null || !socket.writableNeedDrain) return Promise.resolve();
      deadline.set(timeoutMs);
      return new Promise((resolve) => {
        draining = resolve;
      });
    },
    release: () => {
      socket.off("data", onData);
      socket.off("end", onClose);
      socket.off("close", onClose);
      socket.off("drain", onDrain);
      forget();
      return socket;
    },
    moveTo: (next) => {
      socket.off("error", onError);
      // The socket below the new one reports to it, but an error with no listener would end the process.
      socket.on("error", () => undefined);
      socket = next;
      forget();
      listen();
    },
    lost: () => lost,
    end: (why) => {
      // What came before is answers to questions that nobody has any more.
      heard.length = 0;
      lose(why);
    },
    quit: (timeoutMs) => {
      if (lost !== null || quitting) return;
      quitting = true;
      owed += 1;
      socket.write("QUIT\r\n");
      deadline.set(timeoutMs);
      socket.unref();
    },
    onEnd: (task) => {
      if (lost === null) onEnd.push(task);
      else task();
    },
  };
}
