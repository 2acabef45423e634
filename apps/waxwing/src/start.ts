import { createLogger, createShutdown, type Door, formatProblems, readConfig } from "@waxwing/runtime";
import { renderBanner } from "./banner.ts";
import { EXIT_CONFIG } from "./exit-codes.ts";
import { sendFirstMessage } from "./first-message.ts";
import { openFoundation } from "./foundation.ts";
import type { Platform } from "./platform.ts";
import { type OpenDoors, ROLES, type Role, startRoles } from "./roles.ts";

/**
 * `waxwing start [role]`: runs all roles, or one, until a signal. Returns an exit code only when it cannot start; a running
 * platform ends through its shutdown.
 */
export async function start(role: Role | null, env: NodeJS.ProcessEnv): Promise<number | null> {
  const reading = readConfig(env);
  if (reading.kind === "invalid") {
    process.stderr.write(`${formatProblems(reading.problems)}\n`);
    return EXIT_CONFIG;
  }
  const { config } = reading;
  if (role !== null && config.databaseUrl === null) {
    process.stderr.write(
      `waxwing start ${role} runs one role of several and needs DATABASE_URL (and REDIS_URL, WAXWING_SECRET_KEY) in common with ` +
        "the others. `waxwing start` alone runs everything on an embedded database.\n",
    );
    return EXIT_CONFIG;
  }
  const log = createLogger({ level: config.logLevel, name: role ?? "waxwing" });
  const shutdown = createShutdown({ log });
  let doors: OpenDoors;
  try {
    const foundation = await openFoundation(config, role === null ? "all" : "role", log, shutdown);
    let opening: Promise<Platform> | null = null;
    const platform = (): Promise<Platform> => {
      opening ??= import("./platform.ts").then(({ openPlatform }) => openPlatform(foundation, shutdown));
      return opening;
    };
    // Where everything is one process, no door opens before all that is behind it.
    if (role === null) await platform();
    const roles = role === null ? (Object.keys(ROLES) as Role[]) : [role];
    doors = await startRoles(roles, { foundation, platform }, shutdown);
    log.info({ event: "process.started", role: role ?? "all", doors });
    if (role === null) {
      process.stdout.write(`${renderBanner(config, foundation.dataDir, doors)}\n`);
      if (foundation.firstStart && doors.http !== undefined && doors.inbound !== undefined) {
        const api = `http://127.0.0.1:${doors.http}`;
        process.stdout.write(
          `${await sendFirstMessage({ config, apiKey: foundation.dataDir.apiKey, api, clock: foundation.clock })}\n`,
        );
      }
    }
  } catch (error) {
    if (!shutdown.signal.aborted) {
      process.stderr.write(`waxwing: ${explain(error, config.listen)}\n`);
      if (!isExpected(error)) log.fatal({ event: "process.start-failed", err: error });
      shutdown.begin("it could not start", 1);
    }
  }
  await shutdown.finished;
  return null;
}

/** Errors whose message is all the operator needs. */
function isExpected(error: unknown): boolean {
  return error instanceof Error && (error.name !== "Error" || "code" in error);
}

function explain(
  error: unknown,
  listen: Readonly<Record<Door, { host: string; port: number } | "off">>,
): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "EADDRINUSE" && "port" in error) {
    const door = (Object.keys(listen) as Door[]).find((name) => {
      const address = listen[name];
      return address !== "off" && address.port === error.port;
    });
    const variable =
      door === undefined
        ? ""
        : ` Another program has it; set WAXWING_${door.toUpperCase()}_LISTEN to another address.`;
    return `cannot listen on port ${String(error.port)}: it is in use.${variable}`;
  }
  return error.message;
}
