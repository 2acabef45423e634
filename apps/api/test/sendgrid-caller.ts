import sendgrid from "@sendgrid/client";
import type { ApiFixture } from "./api-fixture.ts";

/** What SendGrid's client made of an answer. */
export interface SendgridAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** One of its own for each caller; the types name only the one that the module makes. */
const SendgridClient = sendgrid.constructor as new () => typeof sendgrid;

/** Asks by SendGrid's own client, with a path below `/v3`; refusals are answers, too. */
export type SendgridCaller = (
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  body?: object,
  query?: object,
) => Promise<SendgridAnswer>;

/** Makes the API of a fixture listen, and clients that talk to it over real sockets. */
export async function listenForSendgrid(fixture: ApiFixture): Promise<(key: string) => SendgridCaller> {
  const baseUrl = `${await fixture.app.listen({ port: 0, host: "127.0.0.1" })}/`;
  return (key) => {
    const client = new SendgridClient();
    // In this order: setApiKey sets the address of SendGrid.
    client.setApiKey(key);
    client.setDefaultRequest("baseUrl", baseUrl);
    return async (method, path, body, query) => {
      const asked = client.request({
        method,
        url: `/v3${path}`,
        ...(body !== undefined && { body }),
        ...(query !== undefined && { qs: query }),
      });
      const [{ statusCode, headers }, answered] = await asked.catch(refused);
      return { status: statusCode, headers, body: answered };
    };
  };
}

/** The client throws for a status from 400 on. */
function refused(error: unknown): [{ statusCode: number; headers: Record<string, string> }, unknown] {
  const { code, response } = error as {
    code: number;
    response?: { headers: Record<string, string>; body: unknown };
  };
  if (response === undefined) throw error;
  return [{ statusCode: code, headers: response.headers }, response.body];
}
