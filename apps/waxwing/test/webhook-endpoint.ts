import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A webhook as it arrived, its signature already checked. */
export interface ReceivedWebhook {
  readonly id: string;
  readonly type: string;
  readonly message_id: string | null;
  readonly recipient_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An application's endpoint. Give it the secret with `trust` once the API has told it; events before that are kept unchecked. */
export async function openWebhookEndpoint(): Promise<
  AsyncDisposable & {
    readonly url: string;
    readonly received: readonly ReceivedWebhook[];
    readonly badSignatures: () => number;
    readonly trust: (secret: string) => void;
  }
> {
  const received: ReceivedWebhook[] = [];
  const arrived: {
    readonly raw: string;
    readonly id: string;
    readonly timestamp: string;
    readonly signature: string;
  }[] = [];
  let secret = "";
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks).toString();
      const header = (name: string): string => String(request.headers[name]);
      arrived.push({
        raw,
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
      });
      received.push(JSON.parse(raw));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/events`,
    received,
    trust: (told) => {
      secret = told;
    },
    badSignatures: () =>
      arrived.filter(({ raw, id, timestamp, signature }) => {
        const key = Buffer.from(secret.replace("whsec_", ""), "base64");
        return (
          signature !== `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${raw}`).digest("base64")}`
        );
      }).length,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
