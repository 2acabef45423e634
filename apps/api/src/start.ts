import type { AddressInfo } from "node:net";
import type { ListenAddress } from "@waxwing/runtime";
import { type ApiDependencies, buildApi } from "./api.ts";

/** The API while it listens. Disposing it stops accepting, lets requests under way finish, and then cuts off what is left. */
export interface RunningApi extends AsyncDisposable {
  /** The address it listens at; the port is the one the system chose when 0 was asked for. */
  readonly address: ListenAddress;
  readonly port: number;
}

/** How long requests under way may take while stopping. Less than the deadline of the whole process (10 s). */
const STOP_DEADLINE_MS = 5_000;

/**
 * Builds the API and listens.
 *
 * @param options.listen where; port 0 for any free one
 * @param options.stopDeadlineMs how long stopping waits for requests under way; 5 s when absent
 * @throws when the address cannot be listened at (EADDRINUSE, EACCES).
 */
export async function startApi(
  options: ApiDependencies & { readonly listen: ListenAddress; readonly stopDeadlineMs?: number },
): Promise<RunningApi> {
  const { listen, clock, log, stopDeadlineMs = STOP_DEADLINE_MS } = options;
  const app = await buildApi(options);
  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (error) {
    await app.close();
    throw error;
  }
  // A TCP server, so never a pipe's name nor null.
  const { address: host, port } = app.server.address() as AddressInfo;
  log.info({ event: "http.listening", host, port });
  return {
    address: { host, port },
    port,
    [Symbol.asyncDispose]: async () => {
      const stopped = new AbortController();
      const cutOff = clock.sleep(stopDeadlineMs, stopped.signal).then(
        () => {
          log.warn({ event: "http.cut-off", deadlineMs: stopDeadlineMs });
          app.server.closeAllConnections();
        },
        () => undefined,
      );
      await app.close();
      stopped.abort();
      await cutOff;
    },
  };
}
