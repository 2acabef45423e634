import type { Database } from "./database.ts";

/** A bucket holds what a rate gives in this time, so that so much may come at once. */
export const BURST_SECONDS = 2;

const SECOND_US = 1_000_000;
/** Others may take from the bucket between the look into it and the next try. */
const MAX_TRIES = 3;

/** What a bucket gave. `left`: tokens in it afterwards. `waitMs`: until it has one; with `taken` 0 only. */
export interface Reservation {
  readonly taken: number;
  readonly left: number;
  readonly waitMs: number;
}

/**
 * Takes up to `wanted` tokens from the shared bucket of `subject`, which fills with `rate` tokens a second.
 *
 * The bucket is a row of usage_windows whose `used` is a time, in microseconds: until when its tokens are given out (the generic
 * cell rate algorithm, ITU-T I.371 annex A). The database's clock counts, for processes whose clocks differ would take from each
 * other. One statement where all that is wanted is there.
 *
 * @param wanted at most what a full bucket holds
 */
export async function takeFromBucket(
  db: Database,
  subject: string,
  rate: number,
  wanted: number,
): Promise<Reservation> {
  const tokensIn = (us: number): number => Math.floor((us * rate) / SECOND_US);
  let ask = wanted;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { rows } = await db.pool.query<{ left_us: string }>({
      ...TAKE,
      values: [subject, Math.ceil((ask * SECOND_US) / rate), BURST_SECONDS * SECOND_US],
    });
    if (rows[0] !== undefined) return { taken: ask, left: tokensIn(Number(rows[0].left_us)), waitMs: 0 };
    const { rows: found } = await db.pool.query<{ left_us: string }>({
      ...LOOK,
      values: [subject, BURST_SECONDS * SECOND_US],
    });
    const leftUs = Number(found[0]?.left_us ?? 0);
    const left = tokensIn(leftUs);
    if (left === 0) return { taken: 0, left: 0, waitMs: Math.ceil((SECOND_US / rate - leftUs) / 1_000) };
    ask = Math.min(ask, left);
  }
  return { taken: 0, left: 0, waitMs: Math.ceil(1_000 / rate) };
}

const NOW_US = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

// EXCLUDED.used is now - burst + cost; an emptier bucket than a full one does not begin before its own `used`.
const TAKE = {
  name: "take-from-bucket",
  text: `INSERT INTO usage_windows AS bucket (subject, window_start, used)
         VALUES ($1, 'epoch', ${NOW_US} - $3::bigint + $2::bigint)
         ON CONFLICT (subject, window_start) DO UPDATE
            SET used = greatest(bucket.used, EXCLUDED.used - $2::bigint) + $2::bigint
          WHERE greatest(bucket.used, EXCLUDED.used - $2::bigint) + $2::bigint
                <= EXCLUDED.used - $2::bigint + $3::bigint
         RETURNING greatest(${NOW_US} - used, 0) AS left_us`,
};
const LOOK = {
  name: "look-into-bucket",
  text: `SELECT greatest(least(${NOW_US} - used, $2::bigint), 0) AS left_us
           FROM usage_windows WHERE subject = $1 AND window_start = 'epoch'`,
};
