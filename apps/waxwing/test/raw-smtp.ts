import { connect } from "node:net";
import { createInterface } from "node:readline";

/** Says MAIL FROM to a server, and returns what it answers. */
export async function sayMailFrom(port: number, from: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const last = async (): Promise<string> => {
    for (;;) {
      const { value = "", done } = await lines.next();
      if (done === true || /^\d{3} /.test(value)) return value;
    }
  };
  try {
    await last();
    socket.write("EHLO mail.example.test\r\n");
    await last();
    socket.write(`MAIL FROM:<${from}>\r\n`);
    return await last();
  } finally {
    socket.destroy();
  }
}
