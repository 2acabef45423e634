import Fastify from "fastify";
import { openDatabase } from "../packages/store/src/database.ts";

/**
 * What accepting is compared to: the same framework, the same database, the same pool, and per request one row inserted, committed
 * before the 202. No validation, no key, no recipients, no events, no queue. Prints where it listens, ends with its parent.
 */

await using db = openDatabase({
  url: process.env.DATABASE_URL ?? "",
  poolSize: 16,
  onError: () => undefined,
});
await db.pool.query(
  "CREATE TABLE IF NOT EXISTS bare_messages (id uuid PRIMARY KEY DEFAULT uuidv7(), body jsonb NOT NULL)",
);
const app = Fastify({ logger: false });
app.post("/send", async (request, reply) => {
  const { rows } = await db.pool.query<{ id: string }>({
    name: "insert",
    text: "INSERT INTO bare_messages (body) VALUES ($1) RETURNING id",
    values: [JSON.stringify(request.body)],
  });
  reply.code(202);
  return { id: rows[0]?.id };
});
const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${address}\n`);
await new Promise<void>((resolve) => process.once("SIGTERM", () => resolve()));
await app.close();
