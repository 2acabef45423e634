import { type Clock, isDatabaseAway } from "@waxwing/runtime";

const KEEP_TRYING_MS = 120_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Runs `attempt` again and again while the database is away, for two minutes.
 *
 * @param signal when aborted, the next failure is the last
 * @throws what the last attempt threw
 */
export async function waitForDatabase<Result>(
  clock: Pick<Clock, "now" | "sleep">,
  attempt: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const endMs = clock.now() + KEEP_TRYING_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isDatabaseAway(error) || signal?.aborted === true || clock.now() > endMs) throw error;
      await clock.sleep(pauseMs);
    }
  }
}
