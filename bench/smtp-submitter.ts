import { connect, type Socket } from "node:net";

/** One connection that submits one message at a time. */
export interface SmtpSubmitter {
  /** Resolves when the message is accepted. @throws when it is not, the connection breaks, or nothing comes for `timeoutMs` */
  readonly submit: (from: string, to: string, message: string) => Promise<void>;
  readonly close: () => void;
}

/** Any command, while no more than one reply is waited for, and the last line of a reply (RFC 5321 §4.2.1). */
const LAST_LINE = /^(\d{3})(?: .*)?\r$/;

/**
 * Opens a connection to a submission server on 127.0.0.1, without TLS. It pipelines the envelope (RFC 2920) and shares its core with
 * what it measures, so it knows nothing else.
 *
 * @param login for AUTH PLAIN; null for servers that trust this machine
 */
export async function openSmtpSubmitter(
  port: number,
  login: { readonly user: string; readonly password: string } | null,
  timeoutMs: number,
): Promise<SmtpSubmitter> {
  const socket = await open(port, timeoutMs);
  let unread = "";
  let wanted: (PromiseWithResolvers<readonly string[]> & { readonly replies: number }) | null = null;
  let heard: string[] = [];
  socket.setEncoding("latin1");
  const fail = (error: Error): void => wanted?.reject(error);
  socket.on("error", fail);
  socket.on("close", () => fail(new Error(`the server at port ${port} closed the connection`)));
  socket.on("timeout", () =>
    socket.destroy(new Error(`port ${port} has not answered within ${timeoutMs / 1_000} s`)),
  );
  const take = (): void => {
    if (wanted === null || heard.length < wanted.replies) return;
    const { resolve } = wanted;
    wanted = null;
    const replies = heard;
    heard = [];
    resolve(replies);
  };
  socket.on("data", (chunk: string) => {
    const lines = (unread + chunk).split("\n");
    unread = lines.pop() ?? "";
    for (const line of lines) if (LAST_LINE.test(line)) heard.push(line.trimEnd());
    take();
  });
  const say = async (text: string, expected: readonly string[]): Promise<void> => {
    wanted = { ...Promise.withResolvers<readonly string[]>(), replies: expected.length };
    const { promise } = wanted;
    if (text !== "") socket.write(text, "latin1");
    take();
    const replies = await promise;
    const at = expected.findIndex((code, index) => replies[index]?.startsWith(code) !== true);
    if (at !== -1) throw new Error(`port ${port} answered "${replies[at]}" instead of ${expected[at]}`);
  };
  await say("", ["220"]);
  await say("EHLO load.waxwing.test\r\n", ["250"]);
  if (login !== null) {
    const secret = Buffer.from(`\0${login.user}\0${login.password}`).toString("base64");
    await say(`AUTH PLAIN ${secret}\r\n`, ["235"]);
  }
  return {
    submit: async (from, to, message) => {
      await say(`MAIL FROM:<${from}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`, ["250", "250", "354"]);
      await say(`${message}\r\n.\r\n`, ["250"]);
    },
    close: () => socket.end("QUIT\r\n"),
  };
}

function open(port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true, timeout: timeoutMs });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
