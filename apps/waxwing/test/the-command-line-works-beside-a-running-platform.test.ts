import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { startSmtpSink } from "@waxwing/testkit";
import {
  API_KEY,
  clientOf,
  freePort,
  runWaxwing,
  startWaxwing,
  temporaryDataDir,
  until,
  type WaxwingProcess,
} from "./waxwing-process.ts";

const PROJECT = "00000000-0000-7000-8000-000000000001";

suite("the command line beside a running platform", { timeout: 240_000 }, () => {
  let sink: Awaited<ReturnType<typeof startSmtpSink>>;
  let dataDir: Awaited<ReturnType<typeof temporaryDataDir>>;
  let platform: WaxwingProcess;
  let env: Record<string, string>;

  before(async () => {
    sink = await startSmtpSink();
    dataDir = await temporaryDataDir();
    env = {
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_API_KEY: API_KEY,
      WAXWING_HOSTNAME: "mail.waxwing.test",
      WAXWING_ROUTES: `*=127.0.0.1:${sink.port}`,
      // Nobody answers there.
      WAXWING_DNS_SERVERS: `127.0.0.1:${await freePort()}`,
    };
    platform = await startWaxwing(env);
  });
  after(async () => {
    await platform[Symbol.asyncDispose]();
    await sink.close();
    await dataDir[Symbol.asyncDispose]();
  });

  const run = (...argv: string[]) => runWaxwing(argv, env);
  const done = async (...argv: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...argv);
    assert.equal(code, 0, `${argv.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
  const send = async (to: string, more: object = {}): Promise<string> =>
    (await clientOf(platform.doors).send({ from: "shop@waxwing.test", to, subject: "s", text: "t", ...more }))
      .id;
  const stateOf = async (id: string) =>
    (await clientOf(platform.doors).messages.get(id)).recipients.map(({ state }) => state).join();

  test("holds mail back, says why it waits, and lets it go", async () => {
    assert.match(
      await done("queue", "suspend", "project", PROJECT, "--reason", "a look first"),
      /is held until/,
    );
    const id = await send("ann@held.example");
    assert.match(await done("queue"), /SITE +POOL +WAITING/);
    const { lanes } = JSON.parse(await done("queue", "list", "--json"));
    assert.equal(lanes[0].depth, 1);
    assert.match(await done("queue", "holds"), /a look first/);
    assert.match(
      await done("explain", "ann@held.example"),
      /would wait: The project .* is held \(a look first\)/,
    );
    assert.equal(await stateOf(id), "queued");
    assert.match(
      await done("message", id),
      /queued, held by project .* until it is resumed \(a look first\)/,
    );
    await done("queue", "resume", "project", PROJECT);
    await until(
      "the delivery",
      () => stateOf(id),
      (state) => state === "delivered",
    );
    const shown = await done("message", id);
    assert.match(shown, /attempt 1: delivered at 127\.0\.0\.1/);
    assert.match(shown, /\+\d+\.\d{3}s {2}delivered/);
    assert.equal((await run("queue", "resume", "project", PROJECT)).code, 1);
  });

  test("requeues and bounces what was put off", async () => {
    const id = await send("defer451-9@later.example", { tags: ["later"] });
    await until(
      "the first attempt",
      () => stateOf(id),
      (state) => state === "deferred",
    );
    assert.match(await done("queue", "requeue", "tag", "later", "--dry-run"), /^1 recipients would/);
    assert.match(await done("queue", "requeue", "tag", "later"), /^1 of 1/);
    await until(
      "the second attempt",
      () => clientOf(platform.doors).messages.get(id),
      ({ recipients }) => recipients[0]?.attempts.length === 2 && recipients[0].state === "deferred",
    );
    assert.match(await done("queue", "bounce", "message", id, "--reason", "by hand"), /^1 of 1/);
    assert.equal(await stateOf(id), "bounced");
    assert.match(await done("message", id), /bounced +defer451-9@later\.example: by hand/);
  });

  test("sends a test message and shows what became of it", async () => {
    assert.match(await done("send", "ann@hand.example"), /attempt 1: delivered/);
    const refused = await run("send", "bounce550@hand.example", "--json");
    assert.deepEqual([refused.code, JSON.parse(refused.stdout).recipients[0].state], [1, "bounced"]);
    const unverified = await run("send", "ann@hand.example", "--from", "me@elsewhere.example");
    assert.match(unverified.stderr, /elsewhere\.example is not verified/);
    assert.equal((await run("send", "nobody")).code, 64);
  });

  test("shows what can become of mail", async () => {
    const shown = await done("demo", "--wait", "90");
    for (const fate of [
      "bounced +invalid-recipient",
      "deferred +greylisted",
      "complained",
      "replied +person",
    ])
      assert.match(shown, new RegExp(`ms +${fate}`));
    assert.equal((await run("demo", "now")).code, 64);
    const { port } = JSON.parse(await readFile(join(dataDir.path, "simulator.json"), "utf8"));
    assert.match(
      await done("explain", "bounce@simulator.test"),
      new RegExp(`127\\.0\\.0\\.1:${port}`),
      "the way that the worker takes, though the port is another with each start",
    );
  });

  test("makes and deletes keys and adds domains", async () => {
    const made = JSON.parse(await done("key", "create", "shop", "--scope", "send", "--json"));
    const ask = () =>
      fetch(`http://127.0.0.1:${platform.doors.http}/send`, {
        method: "POST",
        headers: { authorization: `Bearer ${made.key}`, "content-type": "application/json" },
        body: "{}",
      });
    assert.equal((await ask()).status, 400, "the key is known");
    const listed = await done("key", "list");
    assert.match(listed, /shop +send/);
    assert.ok(!listed.includes(made.key));
    await done("key", "delete", made.id);
    assert.doesNotMatch(await done("key"), /shop/);
    assert.match(
      (await run("key", "create", "x", "--scope", "everything")).stderr,
      /there is no scope everything/,
    );

    assert.match(await done("domain", "add", "Shop.example"), /wax1\._domainkey\.shop\.example {2}TXT/);
    assert.match(await done("domain", "list"), /shop\.example +not verified/);
    const verdict = await run("domain", "verify", "shop.example");
    assert.deepEqual([verdict.code, /is not verified/.test(verdict.stdout)], [1, true]);
  });

  test("says what is wrong, with the exit code for it", async () => {
    const checked = await run("doctor", "--offline");
    assert.match(checked.stdout, /ok +database +PostgreSQL/);
    assert.match(checked.stdout, /WARN +certificate +self-signed/);
    assert.equal((await run("queue", "suspend", "planet", "mars")).code, 64);
    assert.equal((await run("message", "x")).code, 64);
    assert.equal((await run("queue", "--no-such-option")).code, 64);
    assert.equal((await run("queue", "--project", "x")).code, 1);
    assert.match((await run("help", "queue")).stdout, /waxwing queue bounce tag/);
    const redisIsAway = { ...env, REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
    assert.match((await runWaxwing(["doctor", "--offline"], redisIsAway)).stdout, /BAD +queue/);
    const held = await runWaxwing(["queue", "suspend", "tag", "x"], redisIsAway);
    assert.deepEqual([held.code, /does not answer/.test(held.stderr)], [0, true]);
    await done("queue", "resume", "tag", "x");
    await using empty = await temporaryDataDir();
    const nowhere = await runWaxwing(["queue"], { WAXWING_DATA_DIR: empty.path });
    assert.deepEqual([nowhere.code, /is not running/.test(nowhere.stderr)], [78, true]);
  });
});
