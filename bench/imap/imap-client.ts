import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

/** A client that costs as little as one can: it looks for the end of an answer and parses nothing else. */
export interface ImapClient {
  /** Sends a command and resolves with the octets of its answer. @throws when it is not OK */
  readonly ask: (command: string) => Promise<number>;
  /** Sends commands at once and waits for all of them. Literals are non-synchronising (RFC 7888). */
  readonly pipeline: (commands: readonly (string | Buffer)[][]) => Promise<void>;
  /** The answer of a command as text. */
  readonly read: (command: string) => Promise<string>;
  /** Begins IDLE; `heard` is called with every line that comes. */
  readonly idle: (heard: (line: string) => void) => Promise<void>;
  readonly close: () => void;
}

/** The tagged line of an answer fits into this, capabilities included. */
const TAIL_CHARS = 4_096;
const GIVE_UP_MS = 300_000;

/** Connects to 127.0.0.1 and reads the greeting. Whose certificate it is does not matter here. */
export async function connectImap(
  port: number,
  signal: AbortSignal,
  security: "none" | "tls" = "none",
): Promise<ImapClient> {
  const to = { port, host: "127.0.0.1", noDelay: true };
  const socket = security === "none" ? connect(to) : connectTls({ ...to, rejectUnauthorized: false });
  socket.setEncoding("latin1");
  let onData: (chunk: string) => void = () => {};
  let onEnd: (error: Error) => void = () => {};
  socket.on("data", (chunk: string) => onData(chunk));
  for (const event of ["error", "close"] as const)
    socket.on(event, () => onEnd(new Error(`the server closed the connection at port ${port}`)));
  await once(socket, security === "none" ? "connect" : "secureConnect", { signal });
  await untilLine((line) => line.startsWith("* "));
  let tags = 0;

  /** Resolves when a line makes `isEnd` true. */
  function untilLine(isEnd: (line: string) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      let rest = "";
      onEnd = reject;
      onData = (chunk) => {
        const lines = (rest + chunk).split("\r\n");
        rest = lines.pop() ?? "";
        if (lines.some(isEnd)) resolve();
      };
    });
  }

  function untilTag(tag: string, keep: boolean): Promise<{ readonly octets: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
      let octets = 0;
      let tail = "";
      const kept: string[] = [];
      const timer = setTimeout(() => reject(new Error(`no answer within ${GIVE_UP_MS} ms`)), GIVE_UP_MS);
      onEnd = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      onData = (chunk) => {
        octets += chunk.length;
        if (keep) kept.push(chunk);
        tail = (tail + chunk).slice(-TAIL_CHARS);
        if (!tail.endsWith("\r\n")) return;
        const last = tail.slice(tail.lastIndexOf("\r\n", tail.length - 3) + 2);
        const start = tail.length < TAIL_CHARS && !tail.slice(0, -2).includes("\r\n") ? tail : last;
        if (!start.startsWith(`${tag} `)) return;
        clearTimeout(timer);
        if (start.startsWith(`${tag} OK`)) resolve({ octets, text: kept.join("") });
        else reject(new Error(start.trim()));
      };
    });
  }

  return {
    async ask(command) {
      const tag = `a${++tags}`;
      const answer = untilTag(tag, false);
      socket.write(`${tag} ${command}\r\n`);
      return (await answer).octets;
    },
    async read(command) {
      const tag = `a${++tags}`;
      const answer = untilTag(tag, true);
      socket.write(`${tag} ${command}\r\n`);
      return (await answer).text;
    },
    async pipeline(commands) {
      let tag = "";
      let answer: Promise<unknown> = Promise.resolve();
      tag = `a${tags + commands.length}`;
      answer = untilTag(tag, false);
      for (const pieces of commands) {
        socket.cork();
        socket.write(`a${++tags} `);
        for (const piece of pieces) socket.write(piece);
        socket.write("\r\n");
        socket.uncork();
        if (socket.writableNeedDrain) await once(socket, "drain", { signal });
      }
      await answer;
    },
    async idle(heard) {
      socket.write(`a${++tags} IDLE\r\n`);
      await untilLine((line) => line.startsWith("+"));
      onData = (chunk) => {
        for (const line of chunk.split("\r\n")) if (line !== "") heard(line);
      };
    },
    close: () => {
      onEnd = () => {};
      socket.destroy();
    },
  };
}
