import assert from "node:assert/strict";
import type { lookup } from "node:dns";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { suite, test } from "node:test";
import { createWebhookPoster } from "../src/index.ts";
import { readRetryAfter } from "../src/webhook-post.ts";

async function listen<Listener extends Server>(server: Listener) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A look-up that answers with these addresses, in turn. */
function answering(...answers: readonly (readonly string[])[]): typeof lookup {
  let asked = 0;
  const resolve = (_name: string, _options: unknown, callback: (...given: unknown[]) => void) => {
    const addresses = answers[Math.min(asked++, answers.length - 1)] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return resolve as unknown as typeof lookup;
}

/** One address of each family that must not be reached, as a URL may write it. */
const INTERNAL = {
  loopback: ["127.0.0.1", "127.8.8.8", "[::1]", "localhost", "2130706433", "0x7f.1", "017700000001"],
  "this host": ["0.0.0.0", "[::]", "0"],
  private: ["10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1"],
  "link-local and cloud metadata": ["169.254.169.254", "[fe80::1]", "[fd00:ec2::254]"],
  "unique local": ["[fc00::1]", "[fd12:3456::1]"],
  "mapped and compatible": ["[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[::127.0.0.1]"],
  NAT64: ["[64:ff9b::7f00:1]", "[64:ff9b:1::a00:1]"],
  "6to4 and Teredo": ["[2002:7f00:1::]", "[2001:0:53aa:64c::1]"],
  "multicast and reserved": ["224.0.0.1", "255.255.255.255", "[ff02::1]", "240.0.0.1", "198.18.0.1"],
} as const;

suite("endpoints may be hostile", { timeout: 60_000 }, () => {
  for (const [family, hosts] of Object.entries(INTERNAL)) {
    test(`refused: ${family}, also by a name that leads there`, async () => {
      for (const host of hosts) {
        await using poster = createWebhookPoster({ privateAddresses: "refuse" });
        const result = await poster.post(`http://${host}:9/`, {}, "{}");
        assert.equal(result.status, null, host);
        assert.match(result.error ?? "", /public address/, host);
        const address = host.replace(/[[\]]/g, "");
        if (!/^[\d.]{7,}$|:/.test(address)) continue;
        await using named = createWebhookPoster({
          privateAddresses: "refuse",
          resolve: answering([address]),
        });
        const byName = await named.post("http://endpoint.example/", {}, "{}");
        assert.match(byName.error ?? "", /no public address/, `a name of ${host}`);
      }
    });
  }

  test("a name that changes its address between look and connection is connected where it was looked at", async () => {
    let connections = 0;
    await using victim = await listen(createTcpServer(() => connections++));
    // TEST-NET is refused too, so a public address stands in; nothing is there, and the post must fail rather than be led inside.
    await using poster = createWebhookPoster({
      privateAddresses: "refuse",
      timeoutMs: 300,
      resolve: answering(["192.88.99.1"], ["127.0.0.1"]),
    });
    const url = `http://rebinding.example:${victim.port}/`;
    const first = await poster.post(url, {}, "{}");
    const second = await poster.post(url, {}, "{}");
    assert.equal(first.status, null);
    assert.match(second.error ?? "", /no public address/);
    assert.equal(connections, 0);
  });

  test("of several addresses of a name only the public ones are tried", async () => {
    let connections = 0;
    await using victim = await listen(createTcpServer(() => connections++));
    await using poster = createWebhookPoster({
      privateAddresses: "refuse",
      timeoutMs: 300,
      resolve: answering(["127.0.0.1", "192.88.99.1", "::1"]),
    });
    await poster.post(`http://mixed.example:${victim.port}/`, {}, "{}");
    assert.equal(connections, 0);
  });

  test("redirects are not followed", async () => {
    let reached = 0;
    await using inside = await listen(createServer((_request, response) => response.end(String(++reached))));
    for (const status of [301, 302, 307, 308]) {
      await using outside = await listen(
        createServer((_request, response) =>
          response.writeHead(status, { location: `http://127.0.0.1:${inside.port}/` }).end(),
        ),
      );
      await using poster = createWebhookPoster({ privateAddresses: "allow" });
      const result = await poster.post(`http://127.0.0.1:${outside.port}/`, {}, "{}");
      assert.equal(result.status, status);
      assert.equal(result.error, `the endpoint answered ${status}`);
    }
    assert.equal(reached, 0);
  });

  test("an endpoint that never answers, or never ends its answer, is left after the time limit", async () => {
    for (const said of ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "HTTP/1.1 200 OK\r\nX: "]) {
      await using silent = await listen(createTcpServer((socket) => void socket.write(said)));
      await using poster = createWebhookPoster({ privateAddresses: "allow", timeoutMs: 200 });
      const result = await poster.post(`http://127.0.0.1:${silent.port}/`, {}, "{}");
      assert.notEqual(result.error, null);
      assert.ok(result.durationMs < 5_000, `${result.durationMs} ms`);
    }
  });

  test("an answer without an end is read up to a limit, and its beginning kept", async () => {
    let sentBytes = 0;
    const chunk = Buffer.alloc(16 * 1024, "a");
    await using endless = await listen(
      createServer((_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) sentBytes += chunk.length;
        };
        response.on("drain", more);
        more();
      }),
    );
    await using poster = createWebhookPoster({ privateAddresses: "allow" });
    const result = await poster.post(`http://127.0.0.1:${endless.port}/`, {}, "{}");
    assert.equal(result.status, 200);
    assert.equal(result.answer, "a".repeat(1_024));
    assert.ok(sentBytes < 64 * 1024 * 1024, `${sentBytes} bytes`);
  });

  test("headers without an end, garbage and a reset are failures like others", async () => {
    for (const said of [
      `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(20_000)}`,
      "\0\x01\x02 garbage\r\n\r\n",
      null,
    ]) {
      await using broken = await listen(
        createTcpServer((socket) => {
          socket.on("error", () => undefined);
          if (said === null) socket.resetAndDestroy();
          else socket.write(said);
        }),
      );
      await using poster = createWebhookPoster({ privateAddresses: "allow", timeoutMs: 2_000 });
      const result = await poster.post(`http://127.0.0.1:${broken.port}/`, {}, "{}");
      assert.equal(result.status, null);
      assert.notEqual(result.error, null);
    }
  });

  test("posts that hang at a host take nothing away from others to the same host", async () => {
    await using host = await listen(
      createServer((request, response) => {
        if (request.url === "/quick") response.end();
      }),
    );
    await using poster = createWebhookPoster({ privateAddresses: "allow", timeoutMs: 1_500 });
    const hanging = Array.from({ length: 100 }, () =>
      poster.post(`http://127.0.0.1:${host.port}/slow`, {}, "{}"),
    );
    const quick = await poster.post(`http://127.0.0.1:${host.port}/quick`, {}, "{}");
    assert.equal(quick.status, 200);
    assert.ok((await Promise.all(hanging)).every(({ status }) => status === null));
  });

  for (const [value, expected] of [
    ["120", 120_000],
    ["0", 0],
    ["Mon, 23 Nov 2026 12:00:10 GMT", 10_000],
    ["Mon, 23 Nov 2026 11:00:00 GMT", 0],
    ["-1", null],
    ["soon", null],
    ["1e9", null],
    ["99999999999999", null],
    [undefined, null],
  ] as const) {
    test(`Retry-After: ${value} is ${expected} ms`, () => {
      assert.equal(readRetryAfter(value, Date.UTC(2026, 10, 23, 12)), expected);
    });
  }
});
