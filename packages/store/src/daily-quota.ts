import type { Clock } from "@waxwing/runtime";
import type { Database } from "./database.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createLimitLookup, type LimitedParty } from "./limits.ts";

/** A quota that does not have room for what was asked. */
export interface QuotaExcess {
  readonly of: "key" | "project";
  /** Recipients a day. */
  readonly quota: number;
  /** Recipients accepted today. */
  readonly used: number;
  /** Recipients asked for. */
  readonly wanted: number;
  /** The next midnight UTC. */
  readonly resetAtMs: number;
}

/** Whether recipients may be accepted. `giveBack` takes them off the count again: they were not. */
export type QuotaGrant =
  | { readonly kind: "granted"; readonly giveBack: () => Promise<void> }
  | { readonly kind: "exceeded"; readonly excess: QuotaExcess };

/** Counts recipients that are about to be accepted: all of them or none. @throws when the database is away. */
export type TakeQuota = (party: LimitedParty, recipients: number) => Promise<QuotaGrant>;

/** An amount of one count. */
interface Portion {
  readonly of: "key" | "project";
  readonly subject: string;
  readonly amount: number;
  readonly quota: number;
  readonly dayMs: number;
}

const DAY_MS = 86_400_000;
const NOTHING: QuotaGrant = { kind: "granted", giveBack: () => Promise.resolve() };

/**
 * Keeps the daily quotas of keys and projects, over all processes: exactly, in one statement for all that asks at the same time.
 * Where no quota is set nothing is counted and nothing asked.
 */
export function createDailyQuotas(options: { readonly db: Database; readonly clock: Clock }): TakeQuota {
  const { db, clock } = options;
  const limitsOf = createLimitLookup(options);
  // One write at a time: the rows are the same for all of them.
  const count = createGroupCommit<readonly Portion[], boolean>({
    waitMs: 0,
    maxItems: 200,
    maxWrites: 1,
    write: (asked) => countTogether(db, asked),
  });

  return async (party, recipients) => {
    const { key, project } = await limitsOf(party);
    if (key.dailyQuota === null && project.dailyQuota === null) return NOTHING;
    const dayMs = Math.floor(clock.now() / DAY_MS) * DAY_MS;
    const portions: Portion[] = [];
    for (const [of, id, quota] of [
      ["key", party.keyId, key.dailyQuota],
      ["project", party.projectId, project.dailyQuota],
    ] as const) {
      if (quota === null || id === null) continue;
      portions.push({ of, subject: recipientsOf(of, id), amount: recipients, quota, dayMs });
    }
    if (await count(portions)) {
      return {
        kind: "granted",
        giveBack: () => addTogether(db, portions.map(negated)).then(() => undefined),
      };
    }
    return { kind: "exceeded", excess: await findExcess(db, portions) };
  };
}

/** Recipients of this project accepted on the UTC day of `nowMs`, counted while it has a quota; null when none were counted. */
export async function readDailyUsage(db: Database, projectId: string, nowMs: number): Promise<number | null> {
  return await readUsed(db, recipientsOf("project", projectId), Math.floor(nowMs / DAY_MS) * DAY_MS);
}

/** Deletes the counts of days before yesterday, and the buckets of rates that have been full for a day. */
export async function deleteOldUsage(db: Database): Promise<void> {
  await db.pool.query(
    `DELETE FROM usage_windows
      WHERE (window_start > 'epoch' AND window_start < now() - interval '2 days')
         OR (window_start = 'epoch' AND used < (extract(epoch FROM now()) - 86400) * 1000000)`,
  );
}

const recipientsOf = (of: "key" | "project", id: string): string => `${of}:${id}:recipients`;
const negated = (portion: Portion): Portion => ({ ...portion, amount: -portion.amount });

/** All at once where all fit, else each for itself, in the order in which they came. */
async function countTogether(
  db: Database,
  asked: readonly (readonly Portion[])[],
): Promise<readonly boolean[]> {
  if (await addTogether(db, asked.flat())) return asked.map(() => true);
  if (asked.length === 1) return [false];
  const answers: boolean[] = [];
  for (const portions of asked) answers.push(await addTogether(db, portions));
  return answers;
}

/** Adds portions to their counts, unless one of them passes its quota: then none. */
async function addTogether(db: Database, portions: readonly Portion[]): Promise<boolean> {
  const sums = new Map<string, Portion>();
  for (const portion of portions) {
    const key = `${portion.dayMs}/${portion.subject}`;
    const sum = sums.get(key);
    sums.set(key, {
      ...portion,
      amount: portion.amount + (sum?.amount ?? 0),
      quota: Math.min(portion.quota, sum?.quota ?? portion.quota),
    });
  }
  // In one order everywhere: two statements that count for the same parties wait for each other one way only.
  const sorted = [...sums.values()].sort((a, b) => (a.subject < b.subject ? -1 : 1));
  const { rows } = await db.pool.query<{ subject: string; day: string }>({
    ...ADD,
    values: [rowsOf(sorted)],
  });
  if (rows.length === sorted.length) return true;
  const added = sorted.filter(({ subject, dayMs }) =>
    rows.some((row) => row.subject === subject && Number(row.day) === dayMs),
  );
  if (added.length > 0) await db.pool.query({ ...ADD, values: [rowsOf(added.map(negated))] });
  return false;
}

function rowsOf(portions: readonly Portion[]): string {
  return JSON.stringify(
    portions.map(({ subject, amount, quota, dayMs }) => ({ subject, amount, quota, day: new Date(dayMs) })),
  );
}

async function findExcess(db: Database, portions: readonly Portion[]): Promise<QuotaExcess> {
  const excesses: QuotaExcess[] = [];
  for (const { of, subject, quota, amount, dayMs } of portions) {
    const used = (await readUsed(db, subject, dayMs)) ?? 0;
    excesses.push({ of, quota, used, wanted: amount, resetAtMs: dayMs + DAY_MS });
  }
  // Others may have given back meanwhile; then it is the one with the least room.
  const [tightest] = excesses.sort((a, b) => a.quota - a.used - (b.quota - b.used));
  if (tightest === undefined) throw new Error("nothing was counted");
  return tightest;
}

async function readUsed(db: Database, subject: string, dayMs: number): Promise<number | null> {
  const { rows } = await db.pool.query<{ used: string }>({
    name: "read-daily-usage",
    text: "SELECT used FROM usage_windows WHERE subject = $1 AND window_start = $2",
    values: [subject, new Date(dayMs)],
  });
  return rows[0] === undefined ? null : Number(rows[0].used);
}

// An amount below zero gives back, which no quota stands against.
const ADD = {
  name: "add-to-daily-usage",
  text: `WITH asked AS (
           SELECT * FROM json_to_recordset($1::json) AS a(subject text, amount bigint, quota bigint, day timestamptz)
         )
         INSERT INTO usage_windows AS counted (subject, window_start, used)
         SELECT subject, day, amount FROM asked WHERE amount <= quota ORDER BY subject, day
         ON CONFLICT (subject, window_start) DO UPDATE
            SET used = greatest(counted.used + EXCLUDED.used, 0)
          WHERE EXCLUDED.used < 0
             OR counted.used + EXCLUDED.used
                <= (SELECT quota FROM asked WHERE asked.subject = counted.subject AND asked.day = counted.window_start)
         RETURNING subject, (extract(epoch FROM window_start) * 1000)::bigint AS day`,
};
