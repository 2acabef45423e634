import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { after, before, suite, test } from "node:test";
import { createClient } from "@waxwing/client";
import { newEvent } from "@waxwing/events";
import { createMetrics, newId } from "@waxwing/runtime";
import { announceEvents, appendEvents, hasHiddenEvents } from "@waxwing/store";
import { buildApi } from "../src/api.ts";
import { formatCursor } from "../src/event-cursor.ts";
import { type RunningApi, startApi } from "../src/index.ts";
import { type ApiFixture, openApiFixture, type Tenant } from "./api-fixture.ts";

suite("the event log is followed", { timeout: 60_000 }, () => {
  let fixture: ApiFixture;
  let api: RunningApi;
  before(async () => {
    fixture = await openApiFixture();
    api = await startApi({
      ...fixture.dependencies,
      metrics: createMetrics({ processMetrics: false }),
      listen: { host: "127.0.0.1", port: 0 },
    });
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    await fixture[Symbol.asyncDispose]();
    assert.deepEqual(
      fixture.logged.filter((line) => line.includes("event-watch.")),
      [],
    );
  });

  const happen = async (tenant: Tenant, email: string, tags: readonly string[] = [], messageId = newId()) => {
    const event = newEvent(
      { projectId: tenant.projectId, messageId, ordinal: 0 },
      "accepted",
      { email, tags },
      Date.now(),
    );
    await appendEvents(fixture.db, [event]);
    return event.id;
  };
  /** As what records events does, after the commit. */
  const announce = (tenant: Tenant) => announceEvents(fixture.db, [tenant.projectId]);
  const list = async (tenant: Tenant, query: string) => {
    const answer = await fixture.app.inject({ url: `/events${query}`, headers: tenant.headers });
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json() as { readonly events: { readonly id: string }[]; readonly next: string };
  };
  const settled = async (tenant: Tenant): Promise<void> => {
    while (await hasHiddenEvents(fixture.db, tenant.projectId));
  };
  const clientOf = (tenant: Tenant) =>
    createClient({ baseUrl: `http://127.0.0.1:${api.port}`, apiKey: tenant.key });

  test("a long poll is answered as soon as something happens, and not by what happens to others", async () => {
    const [tenant, other] = [await fixture.addTenant(), await fixture.addTenant()];
    const startedMs = performance.now();
    const polls = Array.from({ length: 50 }, () => list(tenant, "?wait=30"));
    await happen(other, "other@a.test");
    await announce(other);
    const id = await happen(tenant, "ann@a.test");
    await announce(tenant);
    for (const { events } of await Promise.all(polls))
      assert.deepEqual(
        events.map((event) => event.id),
        [id],
      );
    assert.ok(performance.now() - startedMs < 25_000);
  });

  test("what nobody announced is found all the same, and a poll that finds nothing ends", async () => {
    const tenant = await fixture.addTenant();
    const nothing = await list(tenant, "?wait=1");
    assert.deepEqual(nothing.events, []);
    const poll = list(tenant, `?wait=30&after=${nothing.next}`);
    const id = await happen(tenant, "ann@a.test");
    assert.deepEqual(
      (await poll).events.map((event) => event.id),
      [id],
    );
  });

  test("filters by type, message, recipient and tag; the cursor moves past what is not wanted", async () => {
    const tenant = await fixture.addTenant();
    const messageId = newId();
    const ann = await happen(tenant, "ann@a.test", ["orders"], messageId);
    const bob = await happen(tenant, "bob@a.test", ["news", "orders"]);
    await settled(tenant);
    const ids = async (query: string) => (await list(tenant, query)).events.map((event) => event.id);
    assert.deepEqual(await ids("?tag=orders"), [ann, bob]);
    assert.deepEqual(await ids("?tag=news"), [bob]);
    assert.deepEqual(await ids("?recipient=ann@a.test"), [ann]);
    assert.deepEqual(await ids(`?message=${messageId}`), [ann]);
    assert.deepEqual(await ids("?type=accepted,bounced&tag=orders&limit=1"), [ann]);
    const none = await list(tenant, "?type=delivered");
    assert.deepEqual(none.events, []);
    assert.deepEqual((await list(tenant, `?after=${none.next}`)).events, []);
    for (const [query, field] of [
      ["?type=delivered,nonsense", "type"],
      ["?message=x", "message"],
      ["?tag=%00", "tag"],
      ["?wait=61", "wait"],
    ] as const) {
      const answer = await fixture.app.inject({ url: `/events${query}`, headers: tenant.headers });
      assert.equal(answer.statusCode, 400, query);
      assert.equal(answer.json().errors[0].field, field);
    }
  });

  test("a cursor of which retention took what came next is refused, the beginning is not", async () => {
    const tenant = await fixture.addTenant();
    const old = formatCursor({ xact: 5n, id: newId(Date.UTC(2020, 0, 1)) });
    for (const path of ["/events", "/events/stream"]) {
      const answer = await fixture.app.inject({ url: `${path}?after=${old}`, headers: tenant.headers });
      assert.equal(answer.statusCode, 410, answer.body);
      assert.match(answer.json().type, /cursor-expired$/);
    }
    assert.deepEqual((await list(tenant, "")).events, []);
  });

  test("the client follows by waiting, and over a stream, from where it was", async () => {
    const tenant = await fixture.addTenant();
    const first = await happen(tenant, "ann@a.test", ["orders"]);
    await settled(tenant);
    const stop = new AbortController();
    const { events } = clientOf(tenant);
    const polled: string[] = [];
    const polling = (async () => {
      for await (const event of events.all({ waitSeconds: 20, signal: stop.signal })) {
        polled.push(event.id);
        if (polled.length === 2) return;
      }
    })();
    const beginning = await events.list({ limit: 1 });
    const stream = events.stream({ after: beginning.next, signal: stop.signal, filter: { tag: "orders" } });
    const streamed = stream.next();
    await happen(tenant, "bob@a.test");
    const third = await happen(tenant, "ann@a.test", ["orders"]);
    await announce(tenant);
    assert.equal((await streamed).value?.id, third);
    const fourth = await happen(tenant, "ann@a.test", ["orders"]);
    await announce(tenant);
    assert.equal((await stream.next()).value?.id, fourth);
    await polling;
    assert.equal(polled[0], first);
    stop.abort();
    await assert.rejects(stream.next());
  });

  test("Last-Event-ID goes before the cursor of the address, and a comment moves it past what is not wanted", async () => {
    const tenant = await fixture.addTenant();
    const first = await happen(tenant, "a@a.test");
    const second = await happen(tenant, "b@a.test");
    await settled(tenant);
    const { next } = await list(tenant, "?limit=1");
    const stop = new AbortController();
    const answer = await fetch(`http://127.0.0.1:${api.port}/events/stream?after=nonsense`, {
      headers: { ...tenant.headers, "last-event-id": next },
      signal: stop.signal,
    });
    assert.equal(answer.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    let text = "";
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes(second)) break;
    }
    stop.abort();
    assert.ok(!text.includes(first));
    assert.match(text, /^retry: 2000\nid: [\w-]+\n\nid: [\w-]+\nevent: accepted\ndata: \{.*\}\n\n$/);
  });

  test("a reader that takes nothing is cut off", async () => {
    const tenant = await fixture.addTenant();
    const filler = "x".repeat(200_000);
    const large = Array.from({ length: 100 }, () =>
      newEvent(
        { projectId: tenant.projectId, messageId: newId(), ordinal: 0 },
        "accepted",
        { email: "a@a.test", metadata: { filler } },
        Date.now(),
      ),
    );
    await appendEvents(fixture.db, large);
    await settled(tenant);
    const from = formatCursor({ xact: 1n, id: newId(Date.now()) });
    const app = await buildApi({
      ...fixture.dependencies,
      metrics: createMetrics({ processMetrics: false }),
      eventStallMs: 300,
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    const accepted = once(app.server, "connection") as Promise<[Socket]>;
    const reader = connect((app.server.address() as AddressInfo).port, "127.0.0.1").pause();
    reader.on("error", () => undefined);
    reader.write(
      `GET /events/stream?after=${from} HTTP/1.1\r\nHost: x\r\nAuthorization: ${tenant.headers.authorization}\r\n\r\n`,
    );
    const [connection] = await accepted;
    await once(connection, "close");
    assert.ok(connection.bytesWritten < 25_000_000, `${connection.bytesWritten} bytes`);
    reader.destroy();
    await app.close();
  });

  test("closing the API ends what waits, with an answer", async () => {
    const tenant = await fixture.addTenant();
    const second = await startApi({
      ...fixture.dependencies,
      metrics: createMetrics({ processMetrics: false }),
      listen: { host: "127.0.0.1", port: 0 },
    });
    const base = `http://127.0.0.1:${second.port}`;
    const poll = fetch(`${base}/events?wait=60`, { headers: tenant.headers });
    const stream = await fetch(`${base}/events/stream`, { headers: tenant.headers });
    await stream.body?.getReader().read();
    const startedMs = performance.now();
    await second[Symbol.asyncDispose]();
    assert.equal((await poll).status, 200);
    assert.ok(performance.now() - startedMs < 4_000);
  });
});
