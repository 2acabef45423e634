import { createStatsRollup, type EventPayloads, type EventType, newEvent } from "@waxwing/events";
import { newId, systemClock } from "@waxwing/runtime";
import { appendEvents, type Database, statsBehind } from "@waxwing/store";
import type { ApiFixture } from "./api-fixture.ts";

/** Something that happened: a type, what it says, and when (Unix ms). */
export type Happened = {
  readonly [Type in EventType]: readonly [Type, EventPayloads[Type], number];
}[EventType];

/** Records events of a project and waits until the worker's rollup has counted them. */
export async function recordAndCount(
  fixture: Pick<ApiFixture, "db" | "dependencies">,
  projectId: string,
  happened: readonly Happened[],
): Promise<void> {
  const { db } = fixture;
  const { log } = fixture.dependencies;
  await appendEvents(
    db,
    happened.map(([type, payload, atMs]) =>
      newEvent({ projectId, messageId: newId(atMs), ordinal: 0 }, type, payload, atMs),
    ),
  );
  const counted = new AbortController();
  const rollup = createStatsRollup({ db, clock: systemClock, log, intervalMs: 1 });
  const running = rollup.run(counted.signal);
  while ((await lastCounted(db, projectId)) < happened.length) rollup.touch([projectId]);
  counted.abort();
  await running;
}

/** How many of the project's events lie behind its cursor. */
async function lastCounted(db: Database, projectId: string): Promise<number> {
  if ((await statsBehind(db, [projectId])).length > 0) return 0;
  const { rows } = await db.pool.query<{ events: number }>(
    `SELECT count(*)::integer AS events FROM events, stats_cursors c
      WHERE events.project_id = $1 AND c.project_id = $1 AND (events.xact, events.id) <= (c.cursor_xact, c.cursor_id)`,
    [projectId],
  );
  return rows[0]?.events ?? 0;
}
