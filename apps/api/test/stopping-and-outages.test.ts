import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { type Accept, createAcceptor } from "@waxwing/outbound";
import { createMetrics, systemClock } from "@waxwing/runtime";
import { openDatabase } from "@waxwing/store";
import { createFakeClock } from "@waxwing/testkit";
import { buildApi, startApi } from "../src/index.ts";
import { openApiFixture, validBody } from "./api-fixture.ts";

const listen = { host: "127.0.0.1", port: 0 };

test("stopping lets the request under way finish and takes no new connection", async () => {
  await using fixture = await openApiFixture();
  const tenant = await fixture.addTenant();
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const accept: Accept = async (submission) => {
    entered.resolve();
    await release.promise;
    return await fixture.dependencies.accept(submission);
  };
  const api = await startApi({
    ...fixture.dependencies,
    metrics: createMetrics({ processMetrics: false }),
    accept,
    listen,
  });
  const url = `http://127.0.0.1:${api.port}/send`;
  const request = {
    method: "POST",
    headers: { ...tenant.headers, "content-type": "application/json" },
    body: JSON.stringify(validBody(tenant)),
  };
  const underWay = fetch(url, request);
  await entered.promise;
  const stopped = api[Symbol.asyncDispose]();
  await assert.rejects(fetch(url, request));
  release.resolve();
  assert.equal((await underWay).status, 202);
  await stopped;
});

test("what has not finished by the deadline is cut off", async () => {
  const clock = createFakeClock(Date.now());
  await using fixture = await openApiFixture({ clock });
  const tenant = await fixture.addTenant();
  const metrics = createMetrics({ processMetrics: false });
  const api = await startApi({ ...fixture.dependencies, metrics, listen, stopDeadlineMs: 3_000 });
  const socket = connect(api.port, "127.0.0.1");
  socket.on("error", () => undefined);
  const closed = once(socket, "close");
  socket.write(
    `POST /send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tenant.key}\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`,
  );
  await once(socket, "data");
  const stopped = api[Symbol.asyncDispose]();
  await clock.whenSleeping();
  await clock.advance(3_000);
  await Promise.all([stopped, closed]);
});

test("an address in use is an error at start", async () => {
  await using fixture = await openApiFixture();
  const squatter = createServer().listen(0, "127.0.0.1");
  await once(squatter, "listening");
  const address = squatter.address();
  assert.ok(typeof address === "object" && address !== null);
  const metrics = createMetrics({ processMetrics: false });
  await assert.rejects(
    startApi({ ...fixture.dependencies, metrics, listen: { ...listen, port: address.port } }),
    {
      code: "EADDRINUSE",
    },
  );
  squatter.close();
});

test("with the database away everything that needs it is 503 and says when to come back", async () => {
  await using fixture = await openApiFixture();
  const { log, webhookQueue, secretBox } = fixture.dependencies;
  const tenant = await fixture.addTenant();
  // Nobody listens at port 1.
  await using db = openDatabase({ url: "postgresql://127.0.0.1:1/none", onError: () => undefined });
  const acceptor = createAcceptor({
    notify: () => undefined,
    db,
    lanes: fixture.lanes,
    clock: systemClock,
    log,
  });
  const metrics = createMetrics({ processMetrics: false });
  const away = await buildApi({
    ...fixture.dependencies,
    db,
    ...acceptor,
    webhookQueue,
    secretBox,
    clock: systemClock,
    log,
    metrics,
  });
  for (const [method, url] of [
    ["POST", "/send"],
    ["GET", "/events"],
    ["GET", "/health/ready"],
  ] as const) {
    const payload = method === "POST" ? { payload: validBody(tenant) } : {};
    const answer = await away.inject({ method, url, headers: tenant.headers, ...payload });
    assert.equal(answer.statusCode, 503, answer.body);
    assert.equal(answer.headers["retry-after"], "5");
    assert.doesNotMatch(answer.body, /ECONNREFUSED|127\.0\.0\.1/);
  }
  const ready = (await away.inject({ url: "/health/ready" })).json();
  assert.deepEqual(ready.errors, [{ field: "database", message: "is out of reach" }]);
  assert.equal((await away.inject({ url: "/health/live" })).statusCode, 200);
  await away.close();
});

test("a message that could not be stored is never a 202, and the answer tells nothing of the inside", async () => {
  await using fixture = await openApiFixture();
  const tenant = await fixture.addTenant();
  const send = () =>
    fixture.app.inject({ method: "POST", url: "/send", headers: tenant.headers, payload: validBody(tenant) });
  assert.equal((await send()).statusCode, 202);
  await fixture.db.pool.query("ALTER TABLE backlog RENAME TO backlog_away");
  const broken = await send();
  assert.equal(broken.statusCode, 500);
  assert.doesNotMatch(broken.body, /backlog/);
  const incident = broken.json().instance.replace("urn:uuid:", "");
  assert.ok(fixture.logged.some((line) => line.includes(incident) && line.includes("backlog")));
  assert.ok(!fixture.logged.some((line) => line.includes("Hi Ann")));
  await fixture.db.pool.query("ALTER TABLE backlog_away RENAME TO backlog");
  await fixture.db.pool.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  // Until the pool has noticed, a request may still be given a connection that has ended.
  let status = 503;
  while (status === 503) status = (await send()).statusCode;
  assert.equal(status, 202);
});
