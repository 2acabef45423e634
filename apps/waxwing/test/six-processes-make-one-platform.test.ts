import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { createTestDatabase } from "@waxwing/testkit";
import { ImapFlow } from "imapflow";
import {
  clientOf,
  freePort,
  MAILBOX_PASSWORD,
  runWaxwing,
  startWaxwing,
  temporaryDataDir,
  until,
} from "./waxwing-process.ts";

const redisUrl = process.env.WAXWING_TEST_REDIS_URL;
if (redisUrl === undefined && process.env.CI !== undefined)
  throw new Error("CI must set WAXWING_TEST_REDIS_URL");
const needsRedis = redisUrl === undefined ? "set WAXWING_TEST_REDIS_URL to test on Redis too" : false;

suite("six processes make one platform", { timeout: 300_000 }, () => {
  for (const backend of ["PostgreSQL", "Redis"] as const) {
    test(`with the queue on ${backend}`, { skip: backend === "Redis" && needsRedis }, async () => {
      await using database = await createTestDatabase();
      const inbound = await freePort();
      await using stack = new AsyncDisposableStack();
      const common = {
        DATABASE_URL: database.url,
        ...(backend === "Redis" && redisUrl !== undefined && { REDIS_URL: databaseOf(redisUrl) }),
        WAXWING_SECRET_KEY: randomBytes(32).toString("base64"),
        WAXWING_ROUTES: `.test=127.0.0.1:${inbound}`,
        WAXWING_INBOUND_LISTEN: `127.0.0.1:${inbound}`,
      };
      assert.equal((await runWaxwing(["migrate"], common)).code, 0);
      const start = async (role: string) => {
        const dataDir = stack.use(await temporaryDataDir());
        return stack.use(await startWaxwing({ ...common, WAXWING_DATA_DIR: dataDir.path }, role));
      };
      const [api, , , mailbox] = await Promise.all([
        start("api"),
        start("submission"),
        start("receiver"),
        start("mailbox"),
        start("worker"),
        start("worker"),
      ]);
      assert.ok(api && mailbox);
      const { id } = await clientOf(api.doors).send({
        from: "shop@waxwing.test",
        to: "inbox@waxwing.test",
        subject: "Across six processes",
        text: "Hello.",
      });
      await until(
        "the delivery",
        () => clientOf(api.doors).messages.get(id),
        ({ recipients }) => recipients[0]?.state === "delivered",
      );
      const client = new ImapFlow({
        host: "127.0.0.1",
        port: mailbox.doors.imaps ?? 0,
        secure: true,
        auth: { user: "inbox@waxwing.test", pass: MAILBOX_PASSWORD },
        tls: { rejectUnauthorized: false },
        logger: false,
      });
      await client.connect();
      const opened = await client.mailboxOpen("INBOX");
      assert.equal(opened.exists, 1);
      await client.logout();
    });
  }

  test("a role with another secret key is told so", async () => {
    await using database = await createTestDatabase();
    await using dataDir = await temporaryDataDir();
    const env = { DATABASE_URL: database.url, WAXWING_DATA_DIR: dataDir.path };
    await using _first = await startWaxwing(
      { ...env, WAXWING_SECRET_KEY: randomBytes(32).toString("base64") },
      "worker",
    );
    const other = await runWaxwing(["start", "worker"], {
      ...env,
      WAXWING_SECRET_KEY: randomBytes(32).toString("base64"),
    });
    assert.equal(other.code, 1);
    assert.match(other.stderr, /WAXWING_SECRET_KEY/);
  });
});

/** A Redis database of this test's own: other tests empty theirs. */
function databaseOf(url: string): string {
  const address = new URL(url);
  address.pathname = "/7";
  return address.href;
}
