import assert from "node:assert/strict";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DataDirError, openDataDir } from "../src/index.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const nothing = { secretKey: null, apiKey: null, mailboxPassword: null };

test("the first start makes the secrets, the next one finds them", async () => {
  await using directory = await temporaryDirectory();
  const dataDir = join(directory.path, "a", "b");
  const first = await openDataDir({ dataDir, ...nothing });
  assert.equal(first.created, true);
  assert.match(first.apiKey, /^SG\.[\w-]{22}\.[\w-]{43}$/);
  assert.equal(first.secretKey.length, 32);
  assert.ok(first.mailboxPassword.length >= 20);
  assert.deepEqual(await openDataDir({ dataDir, ...nothing }), { ...first, created: false });
  assert.equal((await stat(dataDir)).mode & 0o777, 0o700);
  assert.deepEqual((await readdir(dataDir)).sort(), ["api-key", "mailbox-password", "secret-key"]);
  for (const file of await readdir(dataDir))
    assert.equal((await stat(join(dataDir, file))).mode & 0o777, 0o600);
});

test("processes that start at once agree on the secrets", async () => {
  await using directory = await temporaryDirectory();
  const opened = await Promise.all(
    Array.from({ length: 8 }, () => openDataDir({ dataDir: directory.path, ...nothing })),
  );
  assert.equal(new Set(opened.map(({ apiKey }) => apiKey)).size, 1);
  assert.equal(new Set(opened.map(({ secretKey }) => secretKey.toString("hex"))).size, 1);
});

test("the configuration overrides the files and is not written to them", async () => {
  await using directory = await temporaryDirectory();
  const configured = { secretKey: "ab".repeat(32), apiKey: "mine", mailboxPassword: "pw" };
  const opened = await openDataDir({ dataDir: directory.path, ...configured });
  assert.equal(opened.apiKey, "mine");
  assert.equal(opened.secretKey.toString("hex"), configured.secretKey);
  assert.equal(opened.created, false);
  assert.deepEqual(await readdir(directory.path), []);
});

test("damaged and empty files are refused, never replaced", async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, "secret-key"), "not a key\n");
  await assert.rejects(openDataDir({ dataDir: directory.path, ...nothing }), DataDirError);
  await writeFile(join(directory.path, "secret-key"), "\n");
  await assert.rejects(openDataDir({ dataDir: directory.path, ...nothing }), /secret-key is empty/);
  await assert.rejects(
    openDataDir({ dataDir: join(directory.path, "secret-key"), ...nothing }),
    DataDirError,
  );
});
