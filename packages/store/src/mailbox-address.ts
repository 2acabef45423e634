import { type SQL, sql } from "drizzle-orm";
import type { Queryable } from "./transaction.ts";

/** SQL for the id of the mailbox that has this address, as its own or as an alias; null when none has it. */
export function idOfAddress(address: string): SQL {
  const wanted = address.toLowerCase();
  return sql`(SELECT id FROM mailboxes WHERE address = ${wanted}
              UNION ALL SELECT mailbox_id FROM mailbox_aliases WHERE address = ${wanted} LIMIT 1)`;
}

/**
 * Locks an address until the end of the transaction, against others that would give it to a mailbox: own addresses and aliases are in
 * two tables, which no constraint spans.
 *
 * @returns what it is already
 */
export async function lockAddress(client: Queryable, address: string): Promise<"own" | "alias" | "free"> {
  const wanted = address.toLowerCase();
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('mailbox address ' || $1, 0))", [wanted]);
  const { rows } = await client.query<{ own: boolean; alias: boolean }>(
    `SELECT EXISTS (SELECT FROM mailboxes WHERE address = $1) AS own,
            EXISTS (SELECT FROM mailbox_aliases WHERE address = $1) AS alias`,
    [wanted],
  );
  const [row] = rows;
  return row?.own === true ? "own" : row?.alias === true ? "alias" : "free";
}
