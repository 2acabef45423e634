import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { suite, test } from "node:test";
import { createMetrics } from "@waxwing/runtime";
import fc from "fast-check";
import { startApi } from "../src/index.ts";
import { openApiFixture, validBody } from "./api-fixture.ts";

const SEED = Number(process.env.WAXWING_FUZZ_SEED ?? 20_261_123);
const CLIENTS = 200;
const AT_ONCE = 20;
const BUDGET_BYTES = 1_000_000;

suite("clients that go away leave nothing", { timeout: 120_000 }, () => {
  test("a connection cut at any byte stores nothing, and gives its part of the memory back", async () => {
    await using fixture = await openApiFixture();
    const tenant = await fixture.addTenant();
    await using api = await startApi({
      ...fixture.dependencies,
      metrics: createMetrics({ processMetrics: false }),
      maxBodyBytesAtOnce: BUDGET_BYTES,
      listen: { host: "127.0.0.1", port: 0 },
    });
    const request = (url: string, body: string, framing: string) =>
      Buffer.from(
        `POST ${url} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${tenant.key}\r\nContent-Type: application/json\r\n${framing}\r\n\r\n${body}`,
      );
    const message = JSON.stringify({ ...validBody(tenant), text: "é".repeat(20_000) });
    const batch = `[${message},${message}]`;
    const length = (body: string) => `Content-Length: ${Buffer.byteLength(body)}`;
    const chunk = (body: string) => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const wholes = [
      request("/send", message, length(message)),
      request("/send/batch", batch, length(batch)),
      request("/send", chunk(message), "Transfer-Encoding: chunked"),
      request("/send", message, `${length(message)}\r\nIdempotency-Key: the-same`),
    ];

    const cuts = fc.sample(
      fc.record({
        whole: fc.constantFrom(...wholes),
        // Half of them in the header, where a uniform choice would hardly ever cut.
        at: fc.oneof(
          fc.double({ min: 0, max: 0.01, noNaN: true }),
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        ),
        farewell: fc.constantFrom("reset", "end", "destroy"),
        pieces: fc.integer({ min: 1, max: 3 }),
      }),
      { numRuns: CLIENTS, seed: SEED },
    );
    for (let at = 0; at < cuts.length; at += AT_ONCE) {
      await Promise.all(
        cuts.slice(at, at + AT_ONCE).map(async ({ whole, at: share, farewell, pieces }) => {
          const part = whole.subarray(0, Math.floor(share * (whole.length - 1)));
          const socket = connect(api.port, "127.0.0.1");
          const closed = once(socket, "close");
          socket.on("error", () => undefined).resume();
          await once(socket, "connect");
          const step = Math.ceil(part.length / pieces);
          for (let from = 0; from < part.length; from += step) {
            await new Promise((resolve) => socket.write(part.subarray(from, from + step), resolve));
          }
          if (farewell === "reset") socket.resetAndDestroy();
          else if (farewell === "end") socket.end();
          else socket.destroy();
          await closed;
        }),
      );
    }

    const send = async (body: string): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${api.port}/send`, {
        method: "POST",
        headers: { ...tenant.headers, "content-type": "application/json" },
        body,
      });
      await answer.arrayBuffer();
      return answer.status;
    };
    // Alone a body is always taken, so only with another one does it show whether everything was put back.
    const half = JSON.stringify({ ...validBody(tenant), text: "x".repeat(BUDGET_BYTES / 2 - 1_000) });
    let statuses: readonly number[] = [];
    // The server hears of the last connections' end later than we do.
    while (!statuses.every((status) => status === 202) || statuses.length === 0) {
      statuses = await Promise.all([send(half), send(half)]);
      assert.ok(
        statuses.every((status) => status === 202 || status === 503),
        statuses.join(),
      );
    }
    const { rows } = await fixture.db.pool.query(
      "SELECT count(DISTINCT content_hash)::int AS contents, count(*) FILTER (WHERE size_bytes < 200000)::int AS cut FROM messages",
    );
    assert.deepEqual(rows, [{ contents: 1, cut: 0 }]);
    const keys = await fixture.db.pool.query("SELECT count(*)::int AS n FROM idempotency_keys");
    assert.equal(keys.rows[0].n, 0);
    assert.deepEqual(
      fixture.logged.filter((line) => /"level":(50|60)/.test(line)),
      [],
    );
  });
});
