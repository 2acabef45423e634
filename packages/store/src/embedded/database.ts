import { Client } from "pg";
import { account, connectionString, type ServerPlace } from "./connection-string.ts";

/** Creates our database in the server unless it is there. */
export async function ensureDatabase(place: ServerPlace): Promise<void> {
  const client = new Client({ connectionString: connectionString(place, "postgres") });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [account]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(account)}`);
  } finally {
    await client.end();
  }
}
