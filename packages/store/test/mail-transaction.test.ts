import assert from "node:assert/strict";
import { test } from "node:test";
import { openDatabase } from "../src/index.ts";
import { inMailTransaction } from "../src/mail-transaction.ts";
import { openMailRoom } from "./mail-room.ts";

test("a connection that is cut between two statements fails its transaction and nothing else", async () => {
  await using room = await openMailRoom();
  await using db = openDatabase({ url: room.url, poolSize: 1, onError: () => {} });
  await assert.rejects(
    inMailTransaction(db, async (client) => {
      await client.query("UPDATE folders SET subscribed = false");
      const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      const gone = new Promise<void>((resolve) => void client.once("end", resolve));
      await room.db.pool.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
      await gone;
      await client.query("SELECT 1");
    }),
  );
  const { rows } = await db.pool.query<{ kept: boolean }>("SELECT bool_and(subscribed) AS kept FROM folders");
  assert.equal(rows[0]?.kept, true);
});
