import { type ReturnPaths, type Simulator, startSimulator } from "@waxwing/inbound";
import type { Clock, Config, Logger, TlsMaterial } from "@waxwing/runtime";

const DEFAULT_DOMAIN = "simulator.test";

/** Starts the simulator; null where it is off, or where there is no inbound server to answer to. */
export async function openSimulator(parts: {
  readonly config: Config;
  readonly tls: TlsMaterial;
  readonly returnPaths: ReturnPaths;
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<Simulator | null> {
  const { config, tls, returnPaths, clock, log } = parts;
  const domain = config.simulatorDomain ?? DEFAULT_DOMAIN;
  const listen = config.simulatorListen ?? { host: "127.0.0.1", port: 0 };
  if (domain === "off" || listen === "off" || config.listen.inbound === "off") return null;
  const secureContext = tls.current;
  return await startSimulator({ domain, listen, secureContext, returnPaths, clock, log });
}
