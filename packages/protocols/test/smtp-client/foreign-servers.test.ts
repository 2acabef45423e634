import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { suite, type TestContext, test } from "node:test";
import { startSmtpSink } from "@waxwing/testkit";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { firstCertificate } from "../smtp/test-certificates.ts";
import { brief, connected, OPPORTUNISTIC, RAW, send } from "./open-for-test.ts";

const tls = { cert: String(firstCertificate.cert), key: String(firstCertificate.key) };

async function startServer(t: TestContext, options: SMTPServerOptions): Promise<{ readonly port: number }> {
  const server = new SMTPServer({
    logger: false,
    closeTimeout: 100,
    disableReverseLookup: true,
    ...tls,
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

suite("servers of others", { concurrency: 4, timeout: 60_000 }, () => {
  for (const encrypted of [false, true]) {
    test(`nodemailer's server ${encrypted ? "with" : "without"} STARTTLS: the bytes arrive as they are`, async (t) => {
      await using sink = await startSmtpSink(encrypted ? { tls } : {});
      const connection = await connected(t, sink, { tls: OPPORTUNISTIC });
      assert.equal(connection.tls !== null, encrypted);
      const large = Buffer.from(`Subject: large\r\n\r\n${".dots and text\r\n".repeat(40_000)}`);
      const results = await Promise.all([
        send(connection, ["ann@sink.test"]),
        send(connection, ["bob@sink.test"], large),
        send(connection, ["bounce550@sink.test"]),
        send(connection, ["data554@sink.test"]),
        send(connection, ["ann@sink.test", "bounce550@sink.test"]),
      ]);
      assert.deepEqual(results.flat().map(brief), [
        "accepted 250",
        "accepted 250",
        "refused rcpt 550",
        "refused content 554",
        "accepted 250",
        "refused rcpt 550",
      ]);
      assert.ok(sink.messages[0]?.raw.equals(RAW));
      assert.ok(sink.messages[1]?.raw.equals(large));
      assert.equal(sink.messages.length, 3);
      assert.equal(sink.connections, 1);
    });
  }

  for (const method of ["PLAIN", "LOGIN", "XOAUTH2"]) {
    test(`nodemailer's server on an implicit TLS port, with AUTH ${method}`, async (t) => {
      const { port } = await startServer(t, {
        secure: true,
        authMethods: [method],
        onAuth: (auth, _session, callback) => {
          const known = auth.username === "änn" && (auth.password ?? auth.accessToken) === "sécret";
          callback(known ? null : new Error("wrong"), { user: "änn" });
        },
        onData: (stream, _session, callback) => {
          stream.resume().once("end", () => callback());
        },
      });
      const login =
        method === "XOAUTH2"
          ? ({ kind: "token", user: "änn", token: "sécret" } as const)
          : ({ kind: "password", user: "änn", password: "sécret" } as const);
      const connection = await connected(t, { port }, { implicitTls: true, login });
      assert.equal(brief((await send(connection))[0]), "accepted 250");
      connection.close();
    });
  }

  test("Postfix's smtp-sink takes a hundred messages over one connection", async (t) => {
    const program = ["smtp-sink", "/usr/sbin/smtp-sink"].find(
      (path) => spawnSync(path, ["-?"]).error === undefined,
    );
    if (program === undefined) {
      assert.ok(!process.env.CI, "smtp-sink is not installed, and CI must have it");
      console.error(`NOT TESTED: smtp-sink is not installed ("${t.name}")`);
      t.skip("smtp-sink is not installed");
      return;
    }
    const port = await freePort();
    const asRoot = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
    const sink = spawn(program, [...asRoot, `127.0.0.1:${port}`, "16"], { stdio: "ignore" });
    t.after(() => sink.kill());
    await t.waitFor(
      async () => {
        const probe = connect(port, "127.0.0.1");
        await once(probe, "connect").finally(() => probe.destroy());
      },
      { interval: 20, timeout: 10_000 },
    );
    const connection = await connected(t, { port }, { tls: OPPORTUNISTIC });
    const results = await Promise.all(Array.from({ length: 100 }, () => send(connection)));
    assert.deepEqual(new Set(results.flat().map(brief)), new Set(["accepted 250"]));
    connection.close();
  });
});
