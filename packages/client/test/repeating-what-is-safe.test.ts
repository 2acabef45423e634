import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { suite, test } from "node:test";
import { type Client, type ClientOptions, createClient, WaxwingError } from "../src/index.ts";

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A server that answers with these replies, one by one; `hang-up` closes the connection, `silent` says nothing. */
async function scripted(
  replies: readonly (Reply | "hang-up" | "silent")[],
  options: Partial<ClientOptions> = {},
): Promise<
  AsyncDisposable & {
    readonly client: Client;
    readonly seen: { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  }
> {
  const seen: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    const reply = replies[seen.length] ?? "hang-up";
    seen.push({ url: request.url ?? "", headers: request.headers });
    request.resume().once("end", () => {
      if (reply === "hang-up") request.socket.destroy();
      else if (reply !== "silent") response.writeHead(reply.status, reply.headers).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    client: createClient({ baseUrl: `http://127.0.0.1:${port}/`, apiKey: "SG.a.b", ...options }),
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const json = (status: number, body: object): Reply => ({ status, body: JSON.stringify(body) });
const refusal = (status: number, retryAfter?: string): Reply => ({
  status,
  headers: {
    "content-type": "application/problem+json",
    ...(retryAfter !== undefined && { "retry-after": retryAfter }),
  },
  body: JSON.stringify({
    type: "urn:waxwing:problem:unavailable",
    title: "Busy",
    status,
    detail: "later",
    errors: [],
  }),
});
const message = { from: "a@b.test", to: "c@d.test", subject: "x", text: "y" };
const ofStatus = (status: number) => (error: unknown) =>
  error instanceof WaxwingError && error.status === status;

suite("the client repeats what is safe to repeat", { timeout: 60_000 }, () => {
  test("sending survives a 503 and a broken connection, with one key for all attempts", async () => {
    await using api = await scripted([refusal(503, "0"), "hang-up", json(202, { id: "1", recipients: [] })]);
    assert.deepEqual(await api.client.send(message), { id: "1", recipients: [] });
    const keys = api.seen.map(({ headers }) => headers["idempotency-key"]);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
    assert.match(keys[0] as string, /^[0-9a-f-]{36}$/);
  });

  test("a key of one's own is sent as it is", async () => {
    await using api = await scripted([json(202, { id: "1", recipients: [] })]);
    await api.client.send(message, { idempotencyKey: "order-42" });
    assert.equal(api.seen[0]?.headers["idempotency-key"], "order-42");
  });

  test("what has no key and changes something is not repeated after a 503", async () => {
    await using api = await scripted([refusal(503, "0")]);
    await assert.rejects(api.client.domains.create({ name: "x.test" }), ofStatus(503));
    assert.equal(api.seen.length, 1);
  });

  test("a 429 has done nothing, so everything is repeated after it", async () => {
    await using api = await scripted([refusal(429, "0"), json(201, { id: "1" })]);
    assert.deepEqual(await api.client.domains.create({ name: "x.test" }), { id: "1" });
  });

  test("it gives up after the retries, and at once when it would have to wait for long", async () => {
    await using short = await scripted([refusal(429, "0"), refusal(429, "0")], { retries: 1 });
    await assert.rejects(short.client.send(message), ofStatus(429));
    assert.equal(short.seen.length, 2);
    await using long = await scripted([refusal(429, "3600")]);
    await assert.rejects(
      long.client.send(message),
      (error: unknown) => error instanceof WaxwingError && error.retryAfterMs === 3_600_000,
    );
  });

  test("a refusal that would come again is not asked for again", async () => {
    await using api = await scripted([refusal(400), refusal(400)]);
    await assert.rejects(api.client.send(message), ofStatus(400));
    assert.equal(api.seen.length, 1);
  });

  test("a server that does not answer is given up, and a signal ends a call and its waiting", async () => {
    await using silent = await scripted(["silent"], { timeoutMs: 50, retries: 0 });
    await assert.rejects(silent.client.messages.get("1"), { name: "TimeoutError" });
    await using busy = await scripted([refusal(503, "30")]);
    const stop = new AbortController();
    const call = busy.client.messages.get("1", { signal: stop.signal });
    const ended = assert.rejects(call, /enough/);
    stop.abort(new Error("enough"));
    await ended;
  });

  test("an answer of a proxy becomes an error with its status and words", async () => {
    await using api = await scripted([{ status: 418, body: "<h1>teapot</h1>" }]);
    await assert.rejects(
      api.client.messages.get("a/b c"),
      (error: unknown) =>
        error instanceof WaxwingError && error.status === 418 && error.problem.detail === "<h1>teapot</h1>",
    );
    assert.equal(api.seen[0]?.url, "/messages/a%2Fb%20c");
  });
});
