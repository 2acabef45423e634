import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

/** A raw SMTP client: it sends what it is told, right or wrong, and reads whole replies. */
export interface Dialogue {
  readonly socket: () => Socket | TLSSocket;
  /** Writes and yields until the server, in this same process, had the chance to read. */
  send(octets: string | Buffer): Promise<void>;
  /** The next whole reply, its lines joined with "\n"; `"<closed>"` when the server closed instead. */
  reply(): Promise<string>;
  /** Sends a line with CRLF and reads the reply. */
  ask(line: string): Promise<string>;
  /** Upgrades after a 220 to STARTTLS. */
  upgrade(): Promise<void>;
  /** Resolves when the connection is gone. */
  closed(): Promise<void>;
  end(): void;
}

const wholeReply = /^((?:\d{3}-[^\r\n]*\r\n)*\d{3}(?: [^\r\n]*)?)\r\n/;

/** Lets the event loop run a few turns, so that what was written is read before the next write. */
export const turns = async (count = 3): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Connects, in clear text or TLS. The greeting is the first `reply()`. */
export const openDialogue = async (port: number, tls = false): Promise<Dialogue> => {
  let received = "";
  let gone = false;
  let wake: () => void = () => undefined;
  const watch = (socket: Socket): void => {
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      gone = true;
      wake();
    });
  };
  let socket: Socket | TLSSocket = tls
    ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false })
    : connectTcp({ port, host: "127.0.0.1" });
  socket.setNoDelay(true);
  watch(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once(tls ? "secureConnect" : "connect", resolve);
    socket.once("error", reject);
  });
  const changed = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const dialogue: Dialogue = {
    socket: () => socket,
    send: async (octets) => {
      socket.write(octets);
      await turns();
    },
    reply: async () => {
      for (;;) {
        const whole = wholeReply.exec(received);
        if (whole !== null) {
          received = received.slice(whole[0].length);
          return (whole[1] ?? "").replaceAll("\r\n", "\n");
        }
        if (gone) return "<closed>";
        await changed();
      }
    },
    ask: async (line) => {
      socket.write(`${line}\r\n`);
      return dialogue.reply();
    },
    upgrade: async () => {
      const plain = socket;
      plain.removeAllListeners("data");
      const secure = connectTls({ socket: plain, rejectUnauthorized: false });
      watch(secure);
      socket = secure;
      await new Promise<void>((resolve, reject) => {
        secure.once("secureConnect", resolve);
        secure.once("error", reject);
      });
    },
    closed: async () => {
      while (!gone) await changed();
    },
    end: () => socket.destroy(),
  };
  return dialogue;
};
