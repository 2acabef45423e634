import { once } from "node:events";
import { createServer, type Socket } from "node:net";

/** A server of LMTP (RFC 2033) that takes everything. */
export interface LmtpSink extends AsyncDisposable {
  readonly port: number;
  /** What has arrived, in its order. */
  readonly mail: readonly Buffer[];
}

const END = Buffer.from("\r\n.\r\n");

/** Opens one on a free port of 127.0.0.1. It knows no pipelining: its client waits for each answer. */
export async function openLmtpSink(): Promise<LmtpSink> {
  const mail: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    socket.write("220 sink LMTP\r\n");
    let chunks: Buffer[] = [];
    let inData = false;
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      const tail = Buffer.concat(chunks.slice(-5)).subarray(-END.length);
      if (inData ? !tail.equals(END) : !tail.toString("latin1").endsWith("\n")) return;
      const said = Buffer.concat(chunks);
      chunks = [];
      if (inData) mail.push(unstuffed(said));
      const verb = inData ? "" : said.toString("latin1", 0, 4).toUpperCase();
      inData = verb === "DATA";
      if (inData) socket.write("354 go\r\n");
      else socket.write(verb === "LHLO" ? "250-sink\r\n250 8BITMIME\r\n" : "250 ok\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    mail,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function unstuffed(said: Buffer): Buffer {
  const text = said.toString("latin1", 0, said.length - 3);
  return Buffer.from(text.replaceAll(/^\.\./gm, "."), "latin1");
}
