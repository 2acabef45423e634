import { join } from "node:path";
import { type LaneQueue, openLaneQueue, type QueueBackend } from "@waxwing/queue";
import {
  type Clock,
  type Config,
  createLogger,
  formatProblems,
  isId,
  type Logger,
  readConfig,
  systemClock,
} from "@waxwing/runtime";
import { type Actor, type Database, findProject, findRunningPostgres, openDatabase } from "@waxwing/store";
import { PROJECT_ID } from "../bootstrap.ts";
import { EXIT_CONFIG } from "../exit-codes.ts";
import { findSimulator, withSimulator } from "../simulator-place.ts";
import { CommandError, type CommandInput } from "./command.ts";

/** What a command works with: the platform's database, as the API uses it. */
export interface Connection extends AsyncDisposable {
  /** With the route to the simulator, where one process runs all roles. */
  readonly config: Config;
  /** The domain whose mail the simulator takes; null: none is known here. */
  readonly simulatorDomain: string | null;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whom the audit log names: the project, and no key. */
  readonly actor: Actor;
  readonly projectId: string;
  /** The lanes, to wake them; opened when it is asked for. Where the queue does not answer, the sweeper wakes them in its place. */
  readonly lanes: () => Promise<LaneQueue>;
}

/** Reads the configuration. @throws CommandError that names all that is wrong with it */
export function configOf(env: NodeJS.ProcessEnv): Config {
  const reading = readConfig(env);
  if (reading.kind === "invalid") throw new CommandError(formatProblems(reading.problems), EXIT_CONFIG);
  return reading.config;
}

/** Where the platform's database is: DATABASE_URL, or the embedded one of a running `waxwing start`; null: it is not running. */
export async function databaseUrlOf(config: Config): Promise<string | null> {
  return config.databaseUrl ?? (await findRunningPostgres(join(config.dataDir, "postgres")));
}

const PATIENCE_MS = 3_000;

/** Opens the queue of deliveries; null when it does not answer within three seconds. */
export async function openLanes(backend: QueueBackend): Promise<LaneQueue | null> {
  const opening = openLaneQueue({ backend, name: "deliver", onError: () => undefined });
  const opened = new AbortController();
  const late = systemClock.sleep(PATIENCE_MS, opened.signal).then(
    () => null,
    () => null,
  );
  const queue = await Promise.race([opening.catch(() => null), late]);
  opened.abort();
  return queue;
}

/** @throws CommandError when there is no database, or no such project */
export async function connect(input: CommandInput): Promise<Connection> {
  const configured = configOf(input.env);
  const url = await databaseUrlOf(configured);
  if (url === null) {
    throw new CommandError(
      `Waxwing is not running on ${configured.dataDir}. Start it, or set DATABASE_URL or WAXWING_DATA_DIR to those of the platform.`,
      EXIT_CONFIG,
    );
  }
  const simulator = await findSimulator(configured.dataDir);
  const config = simulator === null ? configured : withSimulator(configured, simulator);
  const named = configured.simulatorDomain === "off" ? null : configured.simulatorDomain;
  const clock = systemClock;
  const log = createLogger({ level: "silent", name: "cli" });
  const db = openDatabase({ url, poolSize: 2, onError: () => undefined });
  let opened: LaneQueue | null = null;
  const close = async (): Promise<void> => {
    await opened?.[Symbol.asyncDispose]();
    await db[Symbol.asyncDispose]();
  };
  const projectId = input.text("project") ?? PROJECT_ID;
  try {
    if (!isId(projectId) || (await findProject(db, projectId)) === null)
      throw new CommandError(`there is no project ${projectId}`);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    config,
    simulatorDomain: simulator?.domain ?? named,
    db,
    clock,
    log,
    projectId,
    actor: { projectId, keyId: null, remoteAddress: null },
    lanes: async () => {
      opened ??= await openLanes(
        config.redisUrl === null ? { kind: "postgres", url } : { kind: "redis", url: config.redisUrl },
      );
      if (opened !== null) return opened;
      process.stderr.write("The queue does not answer; workers will see the change within seconds.\n");
      const nothing = (): Promise<void> => Promise.resolve();
      return { wake: nothing, wakeAt: nothing, [Symbol.asyncDispose]: nothing };
    },
    [Symbol.asyncDispose]: close,
  };
}
