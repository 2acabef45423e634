import { connect, type Socket } from "node:net";

/** One keep-alive connection that posts one request at a time. */
export interface HttpClient {
  /** Resolves with the status and the body. @throws when the connection breaks, or nothing comes for `timeoutMs` */
  readonly post: (body: Buffer) => Promise<{ readonly status: number; readonly body: Buffer }>;
  readonly close: () => void;
}

const HEADER_END = Buffer.from("\r\n\r\n");

/**
 * Opens a connection to `url`, http. It reads of an answer what measuring needs, the status and the length, and shares its core with
 * what it measures: Node's own client costs twice as much.
 */
export async function openHttpClient(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<HttpClient> {
  const socket = await open(url, timeoutMs);
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n${fields.join("")}Content-Length: `;
  let waiting: PromiseWithResolvers<{ readonly status: number; readonly body: Buffer }> | null = null;
  let received = Buffer.alloc(0);
  const fail = (error: Error): void => waiting?.reject(error);
  socket.on("error", fail);
  socket.on("close", () => fail(new Error(`${url.pathname}: the connection was closed`)));
  socket.on("timeout", () =>
    socket.destroy(new Error(`${url.pathname} has not answered within ${timeoutMs / 1_000} s`)),
  );
  socket.on("data", (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const headerEnd = received.indexOf(HEADER_END);
    if (headerEnd === -1) return;
    const header = received.toString("latin1", 0, headerEnd);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(header)?.[1] ?? 0);
    const bodyStart = headerEnd + HEADER_END.length;
    if (received.length < bodyStart + length) return;
    const body = received.subarray(bodyStart, bodyStart + length);
    received = Buffer.alloc(0);
    waiting?.resolve({ status: Number(header.slice(9, 12)), body });
    waiting = null;
  });
  return {
    post: (body) => {
      waiting = Promise.withResolvers();
      socket.write(Buffer.concat([Buffer.from(`${head}${body.length}\r\n\r\n`), body]));
      return waiting.promise;
    },
    close: () => socket.destroy(),
  };
}

function open(url: URL, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true, timeout: timeoutMs });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
