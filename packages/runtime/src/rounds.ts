import type { Clock } from "./clock.ts";
import type { Logger } from "./logger.ts";

/**
 * Does a piece of upkeep now and then every `intervalMs` after it has ended, until `signal` is aborted. A round that throws is
 * logged as `<name>.failed`; the next one tries again. Never rejects.
 */
export async function runRounds(options: {
  readonly name: string;
  readonly intervalMs: number;
  readonly round: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { name, intervalMs, round, clock, log, signal } = options;
  while (!signal.aborted) {
    try {
      await round();
    } catch (err) {
      log.warn({ event: `${name}.failed`, err });
    }
    try {
      await clock.sleep(intervalMs, signal);
    } catch {
      return;
    }
  }
}
