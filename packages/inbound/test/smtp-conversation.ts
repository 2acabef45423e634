import { connect } from "node:net";

/** What goes over the wire for one message. */
export interface Delivery {
  readonly from?: string;
  readonly to: readonly string[];
  /** Lines are joined with CRLF; a Buffer goes as it is. */
  readonly message: string | Buffer;
  readonly helo?: string;
  /** Behind MAIL FROM:<...>, such as SMTPUTF8. */
  readonly parameters?: string;
}

/** The last reply to each step. */
export interface Answers {
  readonly mail: string;
  readonly rcpt: readonly string[];
  readonly data: string;
}

/** Delivers one message over a connection of its own, command by command, and reports the replies. */
export const deliver = async (port: number, delivery: Delivery): Promise<Answers> => {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.setNoDelay(true);
  const replies = readReplies(socket);
  const ask = async (line: string): Promise<string> => {
    socket.write(`${line}\r\n`);
    return (await replies.next()).value ?? "<closed>";
  };
  try {
    await replies.next();
    await ask(`EHLO ${delivery.helo ?? "mail.example.test"}`);
    const parameters = delivery.parameters === undefined ? "" : ` ${delivery.parameters}`;
    const mail = await ask(`MAIL FROM:<${delivery.from ?? "ann@example.test"}>${parameters}`);
    const rcpt: string[] = [];
    for (const address of delivery.to) rcpt.push(await ask(`RCPT TO:<${address}>`));
    let data = await ask("DATA");
    if (data.startsWith("354")) {
      const { message } = delivery;
      socket.write(
        typeof message === "string" ? message.replace(/\r?\n/g, "\r\n").replace(/^\./gm, "..") : message,
      );
      data = await ask("\r\n.");
    }
    return { mail, rcpt, data };
  } finally {
    socket.end("QUIT\r\n");
  }
};

async function* readReplies(socket: AsyncIterable<Buffer>): AsyncGenerator<string, string> {
  let received = "";
  for await (const chunk of socket) {
    received += chunk.toString();
    for (;;) {
      const whole = /^((?:\d{3}-[^\r\n]*\r\n)*\d{3} [^\r\n]*)\r\n/.exec(received);
      if (whole?.[1] === undefined) break;
      received = received.slice(whole[0].length);
      yield whole[1];
    }
  }
  return "<closed>";
}
