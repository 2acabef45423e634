import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openDatabase } from "@waxwing/store";
import { createTestDatabase, startSmtpSink } from "@waxwing/testkit";
import { call, freePort, startWaxwing, temporaryDataDir, until } from "./waxwing-process.ts";

const DEAD = 2_000;
const SLOW = 200;
const PROBES = 60;
/** What a machine that runs other tests may add to either figure. Behind the slow site a message would wait for seconds. */
const NOISE_MS = 250;

suite("a dead site and a slow one", { timeout: 120_000 }, () => {
  test(`delay nobody else: ${DEAD} messages queued for the one, ${SLOW} for the other`, async () => {
    await using database = await createTestDatabase();
    await using healthy = await startSmtpSink();
    await using slow = await startSmtpSink({ temper: () => ({ delayMs: 2_000 }) });
    await using dataDir = await temporaryDataDir();
    const routes = [
      `.dead.test=127.0.0.1:${await freePort()}`,
      `.slow.test=127.0.0.1:${slow.port}`,
      `.healthy.test=127.0.0.1:${healthy.port}`,
    ];
    await using waxwing = await startWaxwing({
      DATABASE_URL: database.url,
      WAXWING_DATA_DIR: dataDir.path,
      WAXWING_ROUTES: routes.join(","),
    });
    await using db = openDatabase({ url: database.url, onError: assert.ifError });
    const count = async (sql: string): Promise<number> =>
      (await db.pool.query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${sql}`)).rows[0]
        ?.count ?? 0;

    const message = (to: string) => ({ from: "shop@waxwing.test", to, subject: "Hello", text: "Hello." });
    const queue = async (domain: string, messages: number): Promise<void> => {
      for (let n = 0; n < messages; n += 500) {
        const size = Math.min(500, messages - n);
        const body = Array.from({ length: size }, (_, index) => message(`r${n + index}@a.${domain}`));
        await call(waxwing.doors, "/send/batch", body);
      }
    };
    let next = 0;
    /** The 95th percentile of the time from the request to the last byte at the healthy site. */
    const probe = async (): Promise<number> => {
      const before = healthy.messages.length;
      const sentMs = new Map<string, number>();
      for (let n = 0; n < PROBES; n++) {
        const to = `probe${next++}@a.healthy.test`;
        sentMs.set(to, Date.now());
        await call(waxwing.doors, "/send", message(to));
      }
      await healthy.waitForMessages(before + PROBES, 30_000);
      const latenciesMs = healthy.messages
        .slice(before)
        .map(({ rcptTo: [to = ""], receivedAt }) => receivedAt.getTime() - (sentMs.get(to) ?? 0))
        .sort((a, b) => a - b);
      return latenciesMs[Math.ceil(PROBES * 0.95) - 1] ?? Number.NaN;
    };

    await probe();
    const idleMs = await probe();
    await queue("dead.test", DEAD);
    await queue("slow.test", SLOW);
    await until(
      "the dead site is left alone",
      () => count("recipients WHERE state = 'deferred'"),
      (deferred) => deferred >= DEAD,
    );
    const loadedMs = await probe();
    assert.ok(
      loadedMs <= 2 * idleMs + NOISE_MS,
      `${loadedMs} ms while others wait, ${idleMs} ms without them`,
    );
    assert.ok(slow.messages.length < SLOW, "the slow site still had mail waiting");
    const attempts = await count("attempts WHERE rule LIKE 'connect%'");
    assert.ok(attempts >= 5 && attempts <= 30, `${attempts} attempts at the dead site`);
  });
});
