import assert from "node:assert/strict";
import { once } from "node:events";
import { suite, test } from "node:test";
import type { Database } from "@waxwing/store";
import { connectImap, makeMessage, openMailboxHouse } from "./mailbox-house.ts";

const SESSIONS = 12;

/** Counts the readings of a folder's news over a pool from now on. */
function countReadings(db: Database): () => number {
  let readings = 0;
  const { pool } = db;
  const query = pool.query.bind(pool);
  pool.query = ((...args: Parameters<typeof query>) => {
    const [config] = args as readonly unknown[];
    if ((config as { readonly name?: string }).name === "folder-news") readings++;
    return query(...args);
  }) as typeof pool.query;
  return () => readings;
}

suite("idle sessions", { timeout: 60_000 }, () => {
  test("all hear of a change that another process made, and the folder is read about once for them", async () => {
    await using house = await openMailboxHouse();
    const process = await house.startProcess();
    const idlers = await Promise.all(Array.from({ length: SESSIONS }, () => connectImap(process)));
    for (const idler of idlers) {
      await idler.mailboxOpen("INBOX");
      idler.idle().catch(() => {});
    }
    const tellAll = async (subject: string): Promise<void> => {
      const heard = idlers.map((idler) => once(idler, "exists"));
      await house.deliver("INBOX", makeMessage(subject));
      await Promise.all(heard);
    };
    // What each session asks on its way into IDLE is done with.
    await tellAll("first");
    const readings = countReadings(process.db);
    await tellAll("second");
    assert.ok(readings() < SESSIONS / 2, `${readings()} readings for ${SESSIONS} sessions`);
    for (const idler of idlers) idler.close();
  });
});
