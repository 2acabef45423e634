import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A client that sends what it likes. */
export interface RawClient extends Disposable {
  readonly socket: Socket;
  send(bytes: string | Buffer): void;
  /** Everything received until `pattern` matches; rejects if the connection ends first. */
  until(pattern: RegExp): Promise<string>;
  /** Everything received until the server closed the connection or reset it. */
  toEnd(): Promise<string>;
}

/** Connects to a door and starts reading; `paused` reads nothing until the socket is resumed. */
export async function connectRaw(port: number, paused = false): Promise<RawClient> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let received = "";
  let ended = false;
  let wake = () => {};
  const finish = () => {
    ended = true;
    wake();
  };
  if (!paused) {
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      wake();
    });
  }
  for (const event of ["end", "close", "error"]) socket.on(event, finish);
  const more = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  return {
    socket,
    send: (bytes) => void socket.write(bytes),
    async until(pattern) {
      while (!pattern.test(received)) {
        if (ended) throw new Error(`closed before ${pattern}; got ${JSON.stringify(received.slice(-500))}`);
        await more();
      }
      const all = received;
      received = "";
      return all;
    },
    async toEnd() {
      while (!ended) await more();
      return received;
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}
