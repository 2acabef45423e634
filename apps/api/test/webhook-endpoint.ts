import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** One post that an endpoint got. */
export interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
}

/** An endpoint for webhooks on a free port, which keeps what it got. */
export interface WebhookEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly posts: Posted[];
}

/** @param status of every answer */
export async function openWebhookEndpoint(status = 204): Promise<WebhookEndpoint> {
  const posts: Posted[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      posts.push({ headers: request.headers, raw: Buffer.concat(chunks).toString() });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    posts,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
