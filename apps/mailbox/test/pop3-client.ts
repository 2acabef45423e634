import { once } from "node:events";
import { createInterface } from "node:readline";
import { connect } from "node:tls";
import { ANN, type Process } from "./mailbox-house.ts";

/** A POP3 client that sends a line and returns the first line of the answer. */
export async function connectPop3(process: Process) {
  const socket = connect({ host: "127.0.0.1", port: process.ports.pop3s, rejectUnauthorized: false });
  socket.on("error", () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const read = async () => String((await lines.next()).value);
  await read();
  const ask = async (line: string) => {
    socket.write(`${line}\r\n`);
    return await read();
  };
  return {
    read,
    ask,
    async logIn(pass: string = ANN.pass) {
      await ask(`USER ${ANN.user}`);
      return await ask(`PASS ${pass}`);
    },
    async cut() {
      if (socket.closed) return;
      const closed = once(socket, "close");
      socket.destroy();
      await closed;
    },
  };
}
