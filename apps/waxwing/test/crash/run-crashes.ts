import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type Database, openDatabase } from "@waxwing/store";
import { type SinkTemper, type SmtpSink, startSmtpSink } from "@waxwing/testkit";
import { API_KEY, until } from "../waxwing-process.ts";
import { type CrashWorld, openCrashWorld, type Victim } from "./crash-world.ts";

/** How much is broken, and how fast. */
export interface CrashPlan {
  /** The same seed kills the same parts after the same waits; what they were doing then is up to the machine. */
  readonly seed: number;
  readonly kills: number;
  /** Whom to kill; all there are when absent. */
  readonly victims?: readonly Victim[];
  /** Senders, each with one request under way. */
  readonly senders: number;
  readonly betweenMs: { readonly least: number; readonly most: number };
  readonly drainMs: number;
  readonly onKill?: (victim: Victim, number: number) => void;
}

/** A message that reached its server more than once. */
export interface Duplicate {
  readonly messageId: string;
  readonly arrivals: number;
  /** Attempts that the journal has as `unknown`: each may have been delivered without anybody knowing. */
  readonly unknownAttempts: number;
}

/** What a run came to. Every list of `lost` and of contradictions is empty where all is well. */
export interface CrashReport {
  readonly kills: Readonly<Partial<Record<Victim, number>>>;
  /** Messages that got a 202. */
  readonly accepted: number;
  /** Requests that got another answer or none: nothing was promised. */
  readonly unanswered: number;
  readonly delivered: number;
  readonly bounced: number;
  readonly stillQueued: number;
  /** Accepted, and neither delivered nor bounced nor queued; or recorded as delivered and never seen by the server. */
  readonly lost: readonly string[];
  readonly duplicates: readonly Duplicate[];
  /** Duplicates without an unknown attempt for each further arrival. */
  readonly unexplained: readonly Duplicate[];
  /** Recipients with two final events, or a state that is not the one of its events. */
  readonly contradictions: readonly string[];
}

/** Kills parts of a platform under load and counts what became of everything it had accepted. */
export async function runCrashes(plan: CrashPlan): Promise<CrashReport> {
  await using sink = await startSmtpSink({ temper });
  await using world = await openCrashWorld(`.example=127.0.0.1:${sink.port}`);
  const random = seeded(plan.seed);
  const stop = new AbortController();
  const sending = sendUntil(stop.signal, world.apiPort, plan.senders);
  const kills: Partial<Record<Victim, number>> = {};
  const turn: Victim[] = [];
  for (let number = 1; number <= plan.kills; number++) {
    await delay(plan.betweenMs.least + random() * (plan.betweenMs.most - plan.betweenMs.least));
    // Everybody once before anybody again, in an order of chance; now and then two at once.
    if (turn.length === 0) turn.push(...shuffled(plan.victims ?? world.victims, random));
    const chosen = new Set(turn.splice(0, random() < 0.2 ? 2 : 1));
    for (const each of chosen) {
      kills[each] = (kills[each] ?? 0) + 1;
      plan.onKill?.(each, number);
    }
    await Promise.all([...chosen].map((each) => world.kill(each)));
    // What others need to start comes first.
    for (const each of ["postgres", "redis", "api", "worker"] as const)
      if (chosen.has(each)) await world.revive(each);
  }
  stop.abort();
  const { accepted, unanswered } = await sending;
  await using db = openDatabase({ url: world.databaseUrl, onError: () => undefined });
  await drained(db, plan.drainMs);
  return { kills, unanswered, ...(await audit(db, sink, accepted)) };
}

/** One recipient in twenty is refused, one is put off once. All differ, or what had bounced would be suppressed. */
const MOODS: Readonly<Record<number, string>> = { 7: "refused", 13: "later" };

const temper: SinkTemper = (recipient, attempt) => {
  if (recipient.startsWith("refused")) return { code: 550, enhanced: "5.1.1", text: "No such user" };
  if (recipient.startsWith("later") && attempt === 1) return { code: 451, text: "Try again" };
  return "accept";
};

/** @returns ids of the messages that got a 202 */
async function sendUntil(
  signal: AbortSignal,
  apiPort: CrashWorld["apiPort"],
  senders: number,
): Promise<{ readonly accepted: readonly string[]; readonly unanswered: number }> {
  const accepted: string[] = [];
  let unanswered = 0;
  let next = 0;
  const headers = { authorization: `Bearer ${API_KEY}`, "content-type": "application/json" };
  const send = async (): Promise<void> => {
    const n = next++;
    const to = `${MOODS[n % 20] ?? "user"}${n}@site${n % 5}.example`;
    const body = JSON.stringify({
      from: "shop@waxwing.test",
      to,
      subject: `Order ${n}`,
      text: "On its way.",
    });
    try {
      const answer = await fetch(`http://127.0.0.1:${apiPort}/send`, { method: "POST", headers, body });
      const read = await answer.json();
      if (answer.status === 202) accepted.push((read as { readonly id: string }).id);
      else unanswered++;
    } catch {
      unanswered++;
      // Nobody listens just now.
      await delay(20);
    }
  };
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (!signal.aborted) await send();
    }),
  );
  return { accepted, unanswered };
}

const drained = (db: Database, timeoutMs: number): Promise<unknown> =>
  until(
    "an empty backlog",
    async () => (await db.pool.query("SELECT * FROM backlog ORDER BY leased_until NULLS FIRST LIMIT 3")).rows,
    (rows) => rows.length === 0,
    timeoutMs,
  );

async function audit(
  db: Database,
  sink: SmtpSink,
  accepted: readonly string[],
): Promise<Omit<CrashReport, "kills" | "unanswered">> {
  const arrivals = new Map<string, number>();
  for (const { headers } of sink.messages) {
    const id = /<([0-9a-f-]{36})@/.exec(headers.get("message-id") ?? "")?.[1] ?? "none";
    arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
  }
  const { rows } = await db.pool.query<{
    id: string;
    state: string;
    queued: boolean;
    unknown: number;
    finals: string[];
  }>(
    `SELECT message_id AS id, state, EXISTS (SELECT FROM backlog WHERE backlog.message_id = recipients.message_id) AS queued,
            (SELECT count(*)::integer FROM attempts
              WHERE attempts.message_id = recipients.message_id AND outcome = 'unknown') AS unknown,
            ARRAY(SELECT type FROM events WHERE events.message_id = recipients.message_id
                     AND type IN ('delivered', 'bounced', 'expired', 'dropped')) AS finals
       FROM recipients`,
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  const stateOf = (id: string): string => known.get(id)?.state ?? "missing";
  const isFinal = (state: string): boolean => state === "delivered" || state === "bounced";
  const lost = accepted.filter((id) => {
    const row = known.get(id);
    if (row === undefined) return true;
    if (row.state === "delivered") return !arrivals.has(id);
    return !isFinal(row.state) && !row.queued;
  });
  const duplicates = [...arrivals]
    .filter(([, times]) => times > 1)
    .map(
      ([messageId, times]): Duplicate => ({
        messageId,
        arrivals: times,
        unknownAttempts: known.get(messageId)?.unknown ?? 0,
      }),
    );
  return {
    accepted: accepted.length,
    delivered: accepted.filter((id) => stateOf(id) === "delivered").length,
    bounced: accepted.filter((id) => stateOf(id) === "bounced").length,
    stillQueued: accepted.filter((id) => known.get(id)?.queued === true).length,
    lost,
    duplicates,
    unexplained: duplicates.filter(({ arrivals: times, unknownAttempts }) => times > 1 + unknownAttempts),
    // Also of what was stored without an answer: half a message is none.
    contradictions: rows
      .filter(({ state, queued, finals }) =>
        isFinal(state) ? queued || finals.length !== 1 || finals[0] !== state : finals.length > 0,
      )
      .map(({ id, state, finals }) => `${id}: ${state}, events ${finals.join(" ")}`),
  };
}

/** @throws AssertionError when anything accepted was lost, or anything happened that the journal does not explain */
export function assertNothingLost(report: CrashReport): void {
  const { accepted, delivered, bounced, stillQueued, lost, unexplained, contradictions } = report;
  assert.deepEqual(lost, []);
  assert.deepEqual(unexplained, []);
  assert.deepEqual(contradictions, []);
  assert.equal(accepted, delivered + bounced + stillQueued);
}

/** mulberry32: numbers of [0, 1) that a seed decides. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}
