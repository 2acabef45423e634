import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { connect, createServer } from "node:tls";
import { type Clock, createLogger, generateSelfSigned, openTlsMaterial } from "../src/index.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const dayMs = 86_400_000;

/** A clock whose sleepers wake only when they are aborted: the tests look at the files themselves. */
function clockAt(nowMs: number): Clock & { nowMs: number } {
  const clock = {
    nowMs,
    now: () => clock.nowMs,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  };
  return clock;
}

function capture() {
  const lines: string[] = [];
  return {
    lines,
    log: createLogger({ level: "info", name: "test", write: (line) => void lines.push(line) }),
  };
}

test("a self-signed certificate is made once, covers the names, and serves real TLS clients", async () => {
  await using directory = await temporaryDirectory();
  const source = {
    kind: "self-signed",
    dir: join(directory.path, "tls"),
    hostname: "mx.waxwing.test",
  } as const;
  const { log } = capture();
  await using material = await openTlsMaterial({ source, clock: clockAt(Date.now()), log });
  const pair = material.current();
  const certificate = new X509Certificate(pair.cert);
  for (const name of ["mx.waxwing.test", "localhost"]) assert.ok(certificate.checkHost(name), name);
  for (const address of ["127.0.0.1", "::1"]) assert.ok(certificate.checkIP(address), address);
  const validDays = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / dayMs;
  assert.equal(Math.round(validDays), 825);
  await using again = await openTlsMaterial({ source, clock: clockAt(Date.now()), log });
  assert.deepEqual(again.current(), pair);

  const server = createServer(pair, (socket) => void socket.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : assert.fail();
  const client = connect({ port, host: "127.0.0.1", ca: pair.cert, servername: "mx.waxwing.test" });
  const [chunk] = await once(client, "data");
  assert.equal(String(chunk), "hello");
  client.destroy();
  server.close();
});

test("an old self-signed certificate, or one for another host name, is replaced", async () => {
  await using directory = await temporaryDirectory();
  const { log } = capture();
  const clock = clockAt(Date.now());
  const source = { kind: "self-signed", dir: directory.path, hostname: "a.test" } as const;
  await using material = await openTlsMaterial({ source, clock, log });
  const first = material.current();
  const heard: string[] = [];
  const stopListening = material.onReplaced((pair) => void heard.push(pair.cert));
  clock.nowMs += 800 * dayMs;
  assert.equal(await material.refresh(), "unchanged");
  clock.nowMs += 20 * dayMs;
  assert.equal(await material.refresh(), "replaced");
  assert.notDeepEqual(material.current(), first);
  assert.deepEqual(heard, [material.current().cert]);
  stopListening();
  await using other = await openTlsMaterial({ source: { ...source, hostname: "b.test" }, clock, log });
  assert.ok(new X509Certificate(other.current().cert).checkHost("b.test"));
});

test("a bad or half-written new pair keeps the old one and is logged once", async () => {
  await using directory = await temporaryDirectory();
  const { log, lines } = capture();
  const clock = clockAt(Date.now());
  const source = {
    kind: "files",
    certPath: join(directory.path, "crt"),
    keyPath: join(directory.path, "key"),
  } as const;
  const [old, fresh] = await Promise.all([
    generateSelfSigned("a.test", clock.now()),
    generateSelfSigned("a.test", clock.now()),
  ]);
  await writeFile(source.certPath, old.cert);
  await writeFile(source.keyPath, old.key);
  await using material = await openTlsMaterial({ source, clock, log });
  assert.deepEqual(material.current(), old);

  await writeFile(source.certPath, fresh.cert);
  assert.equal(await material.refresh(), "kept");
  assert.equal(await material.refresh(), "kept");
  assert.deepEqual(material.current(), old);
  assert.equal(lines.filter((line) => line.includes("tls.reload_refused")).length, 1);

  await writeFile(source.keyPath, fresh.key);
  assert.equal(await material.refresh(), "replaced");
  assert.deepEqual(material.current(), fresh);
  assert.equal(await material.refresh(), "unchanged");
  for (const line of lines) assert.doesNotMatch(line, /BEGIN/);
});

test("without a usable pair to begin with there is an error", async () => {
  await using directory = await temporaryDirectory();
  const source = {
    kind: "files",
    certPath: join(directory.path, "none"),
    keyPath: join(directory.path, "none"),
  } as const;
  await assert.rejects(openTlsMaterial({ source, clock: clockAt(0), log: capture().log }), {
    name: "TlsMaterialError",
  });
});
