import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPublicKey, randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import {
  createSigningKey,
  createSigningThreads,
  generateSigningKey,
  type SigningKey,
  signMessage,
} from "../src/index.ts";

const makeKey = async (algorithm: "rsa-2048" | "ed25519"): Promise<SigningKey> =>
  createSigningKey({
    domain: "sender.test",
    selector: algorithm,
    privateKey: (await generateSigningKey(algorithm)).privateKeyPem,
  });
const rsa = await makeKey("rsa-2048");
const ed25519 = await makeKey("ed25519");
const onError = (error: Error): void => assert.ifError(error);
const now = new Date("2026-03-01T12:00:00Z");

const request = (n: number, keys: readonly SigningKey[] = [rsa, ed25519]) => ({
  header: Buffer.from(`From: a@sender.test\r\nSubject: ${n} \u00e9\r\nTo: b${n}@receiver.test\r\n`),
  body: n % 3 === 0 ? Buffer.alloc(0) : randomBytes(n * 50),
  keys,
  now,
});

/** Threads that are started while `work` goes on. */
async function startedDuring(work: (threads: readonly Worker[]) => Promise<void>): Promise<void> {
  const threads: Worker[] = [];
  const add = (thread: Worker): void => void threads.push(thread);
  process.on("worker", add);
  try {
    await work(threads);
  } finally {
    process.off("worker", add);
  }
}

suite("threads that sign", { timeout: 60_000 }, () => {
  test("sign as the event loop's own process does, to the letter", async () => {
    const sign = createSigningThreads({ threads: 2, onError });
    const requests = Array.from({ length: 60 }, (_, n) =>
      request(n, [[rsa, ed25519], [ed25519, rsa], [ed25519], [rsa]][n % 4]),
    );
    const signed = await Promise.all(requests.map(sign));
    assert.deepEqual(signed, await Promise.all(requests.map(signMessage)));
    const empty = { ...request(0), header: Buffer.alloc(0) };
    assert.equal(await sign(empty), await signMessage(empty));
  });

  test("a message that cannot be signed says why, and the others are signed", async () => {
    const sign = createSigningThreads({ threads: 1, onError });
    const broken: SigningKey = { ...rsa, privateKey: createPublicKey(rsa.privateKey) };
    const [before, failed, after] = await Promise.allSettled([
      sign(request(1)),
      sign(request(2, [broken])),
      sign(request(4)),
    ]);
    assert.equal(before?.status, "fulfilled");
    assert.equal(after?.status, "fulfilled");
    assert.equal(failed?.status, "rejected");
    assert.equal(failed.reason.code, "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE");
  });

  test("what is with a thread that ends is signed all the same, and the next by a new one", async () => {
    await startedDuring(async (threads) => {
      const sign = createSigningThreads({ threads: 1, onError });
      assert.equal(threads.length, 0, "no thread before there is something to sign");
      await sign(request(1));
      assert.equal(threads.length, 1);
      const many = Array.from({ length: 200 }, (_, n) => request(n));
      const signing = Promise.all(many.map(sign));
      await new Promise((resolve) => setImmediate(resolve));
      await threads[0]?.terminate();
      assert.deepEqual(await signing, await Promise.all(many.map(signMessage)));
      const last = request(7);
      assert.equal(await sign(last), await signMessage(last));
      assert.equal(threads.length, 2);
    });
  });

  test("a process ends with them when it has nothing else to do, and not before it is signed", async () => {
    const program = `
      import { createSigningKey, createSigningThreads, generateSigningKey } from "${new URL("../src/index.ts", import.meta.url)}";
      const { privateKeyPem: privateKey } = await generateSigningKey("ed25519");
      const keys = [createSigningKey({ domain: "a.test", selector: "s", privateKey })];
      const sign = createSigningThreads({ threads: 1, onError: console.error });
      sign({ header: Buffer.from("From: a@a.test\\r\\n"), body: Buffer.alloc(0), keys, now: new Date() }).then((fields) => console.log(fields));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "--eval",
      program,
    ]);
    assert.match(stdout, /^DKIM-Signature: v=1; a=ed25519-sha256;/);
  });
});
