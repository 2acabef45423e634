import type { Database } from "./database.ts";

/** Others may take from the day between the look at it and the next try. */
const MAX_TRIES = 3;

/**
 * Takes up to `wanted` of what a subject may use on a UTC day, over all processes.
 *
 * @param subject such as `egress:<id>:messages`
 * @param dayMs the day's midnight
 * @returns how many were taken: fewer than wanted, and in the end none, when the day's cap is near
 */
export async function takeFromDay(
  db: Database,
  subject: string,
  dayMs: number,
  cap: number,
  wanted: number,
): Promise<number> {
  const day = new Date(dayMs);
  let ask = Math.min(wanted, cap);
  for (let tries = 0; tries < MAX_TRIES && ask > 0; tries++) {
    const { rowCount } = await db.pool.query({
      name: "take-from-day",
      text: `INSERT INTO usage_windows AS counted (subject, window_start, used) VALUES ($1, $2, $3)
             ON CONFLICT (subject, window_start) DO UPDATE SET used = counted.used + EXCLUDED.used
              WHERE counted.used + EXCLUDED.used <= $4`,
      values: [subject, day, ask, cap],
    });
    if (rowCount === 1) return ask;
    ask = Math.min(ask, cap - (await usedOnDay(db, subject, dayMs)));
  }
  return 0;
}

/** How much a subject has used on a UTC day. */
async function usedOnDay(db: Database, subject: string, dayMs: number): Promise<number> {
  const { rows } = await db.pool.query<{ used: string }>({
    name: "used-on-day",
    text: "SELECT used FROM usage_windows WHERE subject = $1 AND window_start = $2",
    values: [subject, new Date(dayMs)],
  });
  return Number(rows[0]?.used ?? 0);
}
