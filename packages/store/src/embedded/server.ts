import { createServer } from "node:net";
import type { Clock, Logger } from "@waxwing/runtime";
import type { Binaries } from "./binaries.ts";
import { EmbeddedPostgresError, wayOut } from "./embedded-error.ts";
import type { Launch } from "./launch.ts";
import { readPostmasterFile, stopPostmaster } from "./postmaster.ts";
import { logServerLine } from "./server-log.ts";
import { type Exit, type ServerProcess, startProgram } from "./server-process.ts";

/** How the server ended: because it was asked to, or by itself. */
export type ServerEnd = { readonly kind: "stopped" } | ({ readonly kind: "failed" } & Exit);

/** A server that accepts connections. */
export type Server = {
  readonly port: number;
  readonly stop: () => Promise<void>;
  readonly ended: Promise<ServerEnd>;
};

type ServerOptions = {
  readonly binaries: Binaries;
  readonly launch: Launch;
  readonly clusterDir: string;
  readonly socketDir: string | null;
  readonly log: Logger;
  readonly clock: Clock;
  readonly stopFastMs: number;
};

const attempts = 50;
const retryMs = 200;
const passingTroubles = [
  // Between our looking for a free port and the server's binding it, someone else may have taken it.
  "could not bind",
  "could not create any TCP/IP sockets",
  // When a postmaster was killed, its children notice and end a moment later.
  "pre-existing shared memory block",
] as const;
const readyPollMs = 20;
const patienceMs = 10_000;

/**
 * Starts the server on a free port of 127.0.0.1 (and a socket) and waits until it accepts connections.
 *
 * @throws EmbeddedPostgresError `start-failed` with the last lines the server wrote
 */
export async function runServer(options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const started = await tryPort(await findFreePort(), options);
    if (started.kind === "running") return started.server;
    const { lastLines, code, signal } = started.exit;
    const passing = passingTroubles.some((words) => lastLines.some((line) => line.includes(words)));
    if (!passing || attempt === attempts) {
      throw new EmbeddedPostgresError(
        "start-failed",
        `The embedded PostgreSQL ended with ${code ?? signal}: ${lastLines.join("; ")}. ${wayOut}`,
      );
    }
    options.log.debug({ event: "postgres.start_retried", attempt });
    await options.clock.sleep(retryMs);
  }
}

type Attempt =
  | { readonly kind: "running"; readonly server: Server }
  | { readonly kind: "exited"; readonly exit: Exit };

async function tryPort(port: number, options: ServerOptions): Promise<Attempt> {
  const { binaries, launch, clusterDir, socketDir, log } = options;
  let stopping = false;
  const server = startProgram(
    launch,
    binaries.postgres,
    [
      "-D",
      clusterDir,
      "-c",
      `port=${port}`,
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      // A list: quotes keep a comma or a space in the path from splitting it.
      `unix_socket_directories=${socketDir === null ? "" : `"${socketDir.replaceAll('"', '""')}"`}`,
      "-c",
      "unix_socket_permissions=0700",
    ],
    (line) => logServerLine(log, line, stopping),
  );
  // The last resort when the process exits without stopping us: a signal can still be sent from there.
  const onExit = () => void server.child.kill("SIGINT");
  process.once("exit", onExit);

  const ended = server.exited.then((exit): ServerEnd => {
    process.removeListener("exit", onExit);
    if (stopping) return { kind: "stopped" };
    return { kind: "failed", ...exit };
  });

  const stop = async () => {
    stopping = true;
    await stopServer(server, options);
    await ended;
  };

  const exit = await waitUntilReady(server, options);
  if (exit !== null) return { kind: "exited", exit };
  log.info({ event: "postgres.started", pid: server.child.pid, port, as: launch.kind });
  void ended.then((end) => {
    if (end.kind === "failed") log.fatal({ event: "postgres.failed", ...end });
  });
  return { kind: "running", server: { port, stop, ended } };
}

async function stopServer(
  { child }: ServerProcess,
  { clock, stopFastMs, log }: ServerOptions,
): Promise<void> {
  const exited = () => child.exitCode !== null || child.signalCode !== null;
  if (child.pid === undefined || exited()) return;
  const how = await stopPostmaster(child.pid, { clock, fastMs: stopFastMs, exited });
  log.info({ event: "postgres.stopped", how });
}

/** @returns null when the server is ready, or how it ended instead */
async function waitUntilReady(
  server: ServerProcess,
  { clusterDir, clock, log }: ServerOptions,
): Promise<Exit | null> {
  let exit: Exit | null = null;
  void server.exited.then((value) => {
    exit = value;
  });
  let nextWord = clock.now() + patienceMs;
  while (exit === null) {
    const file = await readPostmasterFile(clusterDir);
    if (file?.ready && file.pid === server.child.pid) return null;
    if (clock.now() >= nextWord) {
      log.info({ event: "postgres.recovering" });
      nextWord += patienceMs;
    }
    await clock.sleep(readyPollMs);
  }
  return exit;
}

async function findFreePort(): Promise<number> {
  const probe = createServer();
  return await new Promise((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("a listening TCP server has no port"));
      });
    });
  });
}
