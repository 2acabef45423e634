import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import * as schema from "./schema/index.ts";

/** A handle on PostgreSQL: `orm` for the everyday queries, `pool` for the hot path's prepared statements. */
export interface Database extends AsyncDisposable {
  readonly pool: pg.Pool;
  readonly orm: NodePgDatabase<typeof schema>;
}

/**
 * Opens a pool of at most `poolSize` connections to `url`. Nothing is connected until the first query. Errors of idle
 * connections go to `onError`: the pool replaces them, and an unheard `error` event would end the process.
 */
export function openDatabase(options: {
  readonly url: string;
  readonly poolSize?: number;
  readonly applicationName?: string;
  readonly onError: (error: Error) => void;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize ?? 10,
    application_name: options.applicationName ?? "waxwing",
    // PostgreSQL 18.4 was seen to die of a null pointer in perform_pruning_base_step (run-time partition pruning) while workers came
    // and went. Without pruning, a look-up by key probes the index of every partition: microseconds, for a few dozen of them.
    options: "-c enable_partition_pruning=off",
    // A server that is away must become an error that callers see (451, 503), not a request that hangs.
    connectionTimeoutMillis: 10_000,
  });
  // What a server says to connections that are being closed is no news.
  let closing = false;
  const onError = (error: Error): void => {
    if (!closing) options.onError(error);
  };
  pool.on("error", onError);
  // The pool does not listen while a client is checked out: a connection cut between two statements of a transaction would end
  // the process. The next statement fails and tells the caller.
  pool.on("connect", (client) => client.on("error", onError));
  return {
    pool,
    orm: drizzle(pool, { schema }),
    [Symbol.asyncDispose]: () => {
      closing = true;
      return pool.end();
    },
  };
}
