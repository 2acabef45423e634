import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { createLogger, generateSelfSigned, openTlsMaterial, systemClock } from "@waxwing/runtime";
import { openDatabase } from "@waxwing/store";
import { createTestDatabase } from "@waxwing/testkit";
import { startMailbox } from "../src/index.ts";

const anywhere = { host: "127.0.0.1", port: 0 };
const listen = {
  http: "off",
  submission: "off",
  submissions: "off",
  inbound: "off",
  imap: "off",
  imaps: anywhere,
  pop3: "off",
  pop3s: anywhere,
} as const;

/** Connects and reads the greeting. */
async function open(port: number) {
  const socket: TLSSocket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  socket.on("error", () => {});
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  await lines.next();
  return {
    fingerprint: socket.getPeerCertificate().fingerprint256,
    async ask(line: string) {
      socket.write(`${line}\r\n`);
      return String((await lines.next()).value);
    },
    async end() {
      const closed = once(socket, "close");
      socket.destroy();
      await closed;
    },
  };
}

test("files that are swapped are shown to new connections, and old ones live on", {
  timeout: 60_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "waxwing-tls-"));
  stack.defer(() => rm(dir, { recursive: true }));
  const source = { kind: "files", certPath: join(dir, "cert.pem"), keyPath: join(dir, "key.pem") } as const;
  const writePair = async () => {
    const { cert, key } = await generateSelfSigned("localhost", Date.now());
    await writeFile(source.keyPath, String(key));
    await writeFile(source.certPath, String(cert));
  };
  await writePair();
  const log = createLogger({ level: "silent", name: "test" });
  const database = stack.use(await createTestDatabase());
  const db = stack.use(openDatabase({ url: database.url, onError: () => undefined }));
  const tls = stack.use(await openTlsMaterial({ source, clock: systemClock, log, pollMs: 3_600_000 }));
  const config = { plaintextAuth: "never", listen } as const;
  const { ports } = stack.use(await startMailbox({ config, db, tls, log, clock: systemClock }));
  for (const [door, noop, answer] of [
    ["imaps", "a NOOP", /^a OK/],
    ["pop3s", "QUIT", /^\+OK/],
  ] as const) {
    const old = await open(ports[door] ?? 0);
    await writePair();
    assert.equal(await tls.refresh(), "replaced");
    const next = await open(ports[door] ?? 0);
    assert.notEqual(next.fingerprint, old.fingerprint);
    // What is there now cannot be used: the doors keep what they have.
    await writeFile(source.certPath, "half a certif");
    assert.equal(await tls.refresh(), "kept");
    const later = await open(ports[door] ?? 0);
    assert.equal(later.fingerprint, next.fingerprint);
    assert.match(await old.ask(noop), answer);
    for (const client of [old, next, later]) await client.end();
  }
});
