import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import type { Accept } from "@waxwing/outbound";
import { createMetrics } from "@waxwing/runtime";
import { findMessage } from "@waxwing/store";
import { type RunningApi, startApi } from "../src/index.ts";
import { type ApiFixture, openApiFixture, type Tenant, validBody } from "./api-fixture.ts";

let fixture: ApiFixture;
let api: RunningApi;
let tenant: Tenant;

before(async () => {
  fixture = await openApiFixture();
  tenant = await fixture.addTenant();
  // Metrics of the instance inside the fixture are registered already.
  api = await startApi({
    ...fixture.dependencies,
    metrics: createMetrics({ processMetrics: false }),
    maxBodyBytesAtOnce: 2_000_000,
    listen: { host: "127.0.0.1", port: 0 },
  });
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await fixture[Symbol.asyncDispose]();
});

/** Everything the server says until it closes the connection. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => undefined);
  if (!socket.closed) await once(socket, "close");
  return text;
}

async function dial(): Promise<Socket> {
  const socket = connect(api.port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function firstAnswer(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, "data");
  return String(chunk);
}

const head = (more: string) =>
  `POST /send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tenant.key}\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;

async function sendText(chars: number, port = api.port): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/send`, {
    method: "POST",
    headers: { ...tenant.headers, "content-type": "application/json" },
    body: JSON.stringify({ ...validBody(tenant), text: "x".repeat(chars) }),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** The server hears of a connection's end later than the client. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}

async function stillServes(): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${api.port}/send`, {
    method: "POST",
    headers: { ...tenant.headers, "content-type": "application/json" },
    body: JSON.stringify(validBody(tenant)),
  });
  assert.equal(answer.status, 202, await answer.clone().text());
  const { id } = (await answer.json()) as { id: string };
  assert.notEqual(await findMessage(fixture.db, tenant.projectId, id), null);
}

test("a client that goes away in the middle of its body leaves nothing behind", async () => {
  const count = async () =>
    (await fixture.db.pool.query("SELECT count(*)::int AS n FROM messages")).rows[0].n;
  const before = await count();
  for (let round = 0; round < 20; round++) {
    const socket = await dial();
    socket.write(`${head("Content-Length: 1900000")}{"from":"`);
    // Before its key is looked up, while it is, and after.
    if (round % 2 === 0) socket.resetAndDestroy();
    else setImmediate(() => socket.resetAndDestroy());
    await untilClosed(socket);
  }
  // Were the part of one of them not put back, a body that takes all of the budget would be refused for ever.
  await until(async () => (await sendText(1_950_000)) === 202);
  await stillServes();
  assert.equal(await count(), before + 2);
});

test("bodies beyond the budget are told to come back, and taken when there is room", async () => {
  const first = await dial();
  first.write(`${head("Content-Length: 1900000\r\nExpect: 100-continue")}`);
  // The 100 shows that its headers were read; its body is accounted for from then on.
  assert.match(await firstAnswer(first), /^HTTP\/1\.1 100/);
  const second = await dial();
  second.write(`${head("Content-Length: 200000")}`);
  const refusal = await firstAnswer(second);
  assert.match(refusal, /^HTTP\/1\.1 503[\s\S]*retry-after: 1/i);
  first.destroy();
  second.destroy();
  await Promise.all([untilClosed(first), untilClosed(second)]);
  await until(async () => (await sendText(1_950_000)) === 202);
});

test("a client that hangs up after its body keeps its part of the budget until its message is stored", async () => {
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const accept: Accept = async (submission) => {
    entered.resolve();
    await release.promise;
    return await fixture.dependencies.accept(submission);
  };
  const metrics = createMetrics({ processMetrics: false });
  await using slow = await startApi({
    ...fixture.dependencies,
    accept,
    metrics,
    maxBodyBytesAtOnce: 2_000_000,
    listen: { host: "127.0.0.1", port: 0 },
  });
  const body = JSON.stringify({ ...validBody(tenant), text: "x".repeat(1_900_000) });
  const socket = connect(slow.port, "127.0.0.1");
  socket.write(`${head(`Content-Length: ${body.length}`)}${body}`);
  await entered.promise;
  socket.resetAndDestroy();
  await untilClosed(socket);
  assert.equal(await sendText(200_000, slow.port), 503);
  release.resolve();
  await until(async () => (await sendText(200_000, slow.port)) === 202);
});

test("a body that is announced too large is refused before it is sent", async () => {
  const socket = await dial();
  socket.write(head(`Content-Length: ${10 * 1024 ** 3}`));
  const answer = await untilClosed(socket);
  assert.match(answer, /^HTTP\/1\.1 413/);
  assert.match(answer, /urn:waxwing:problem:too-large/);
});

test("without a key no byte of a body is waited for", async () => {
  const socket = await dial();
  socket.write(
    "POST /send HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n",
  );
  assert.match(await firstAnswer(socket), /^HTTP\/1\.1 401/);
  socket.destroy();
  await untilClosed(socket);
});

test("garbage after a good request on a kept connection gets a 400 and the door", async () => {
  const socket = await dial();
  const body = JSON.stringify(validBody(tenant));
  socket.write(`${head(`Content-Length: ${Buffer.byteLength(body)}`)}${body}`);
  assert.match(await firstAnswer(socket), /^HTTP\/1\.1 202/);
  socket.write("\x16\x03\x01garbage\0\r\n\r\n");
  const answer = await untilClosed(socket);
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request/);
  assert.match(answer, /urn:waxwing:problem:malformed-request/);
  await stillServes();
});

test("requests that two servers could read differently are refused (request smuggling)", async () => {
  const body = JSON.stringify(validBody(tenant));
  const cases = [
    head(`Content-Length: ${body.length}\r\nContent-Length: 1`),
    head(`Content-Length: ${body.length}\r\nTransfer-Encoding: chunked`),
    head("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
    head("Content-Length: -1"),
    head("Content-Length : 5"),
    head("X-Foo: a\rb"),
    "GET / HTTP/1.1\r\nHost: x\r\n X: folded\r\n\r\n",
    "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
  ];
  for (const request of cases) {
    const socket = await dial();
    socket.write(request + body);
    socket.end();
    assert.match(await untilClosed(socket), /^HTTP\/1\.1 400/, request);
  }
  await stillServes();
});

test("headers up to 64 KiB are taken, more is 431", async () => {
  const ask = async (chars: number) => {
    const socket = await dial();
    socket.write(
      `GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ${"x".repeat(chars)}\r\n\r\n`,
    );
    return await untilClosed(socket);
  };
  const taken = await ask(60_000);
  assert.match(taken, /^HTTP\/1\.1 200/);
  assert.doesNotMatch(taken, /x-long/i);
  const refused = await ask(70_000);
  assert.match(refused, /^HTTP\/1\.1 431/);
  assert.match(refused, /urn:waxwing:problem:headers-too-large/);
});

test("a body sent in chunks works, and one that never ends is cut off at the limit", async () => {
  const body = JSON.stringify(validBody(tenant));
  const good = await dial();
  good.write(
    `${head("Transfer-Encoding: chunked\r\nConnection: close")}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  );
  assert.match(await untilClosed(good), /^HTTP\/1\.1 202/);

  const endless = await dial();
  const finished = untilClosed(endless);
  endless.write(
    `POST /webhooks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tenant.key}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const chunk = `4000\r\n${" ".repeat(0x4000)}\r\n`;
  const timer = setInterval(() => endless.writable && endless.write(chunk), 1);
  try {
    assert.match(await finished, /^HTTP\/1\.1 413/);
  } finally {
    clearInterval(timer);
  }
});
