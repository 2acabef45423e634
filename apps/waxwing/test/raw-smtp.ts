import { connect } from "node:net";
import { createInterface } from "node:readline";

/** Says MAIL FROM to a server, and returns what it answers. */
export function sayMailFrom(port: number, from: string): Promise<string> {
  return converse(port, async (ask) => await ask(`MAIL FROM:<${from}>`));
}

/** Hands over a message, whose lines end in CRLF and do not begin with a dot, and returns the last answer. */
export function sayMail(
  port: number,
  mail: { readonly from: string; readonly to: string; readonly message: string },
): Promise<string> {
  return converse(port, async (ask) => {
    for (const line of [`MAIL FROM:<${mail.from}>`, `RCPT TO:<${mail.to}>`, "DATA"]) {
      const answer = await ask(line);
      if (!/^[23]/.test(answer)) return answer;
    }
    return await ask(`${mail.message}.`);
  });
}

async function converse(
  port: number,
  talk: (ask: (line: string) => Promise<string>) => Promise<string>,
): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const last = async (): Promise<string> => {
    for (;;) {
      const { value = "", done } = await lines.next();
      if (done === true || /^\d{3} /.test(value)) return value;
    }
  };
  const ask = (line: string): Promise<string> => {
    socket.write(`${line}\r\n`);
    return last();
  };
  try {
    await last();
    await ask("EHLO mail.example.test");
    return await talk(ask);
  } finally {
    socket.destroy();
  }
}
