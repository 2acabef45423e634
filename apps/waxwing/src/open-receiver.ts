import { startReceiver } from "@waxwing/app-receiver";
import { openSimulator } from "./open-simulator.ts";
import type { Platform } from "./platform.ts";
import type { RunningRole } from "./roles.ts";
import { reachableHost } from "./simulator-place.ts";

/** Starts the role `receiver`, and tells the simulator where it is. */
export async function openReceiver(platform: Platform): Promise<RunningRole> {
  const receiver = await startReceiver(platform);
  const { port } = receiver;
  const { inbound } = platform.config.listen;
  // A receiver of its own runs a simulator only when it is told where.
  const own =
    platform.simulator === null && platform.config.simulatorListen !== null
      ? await openSimulator(platform)
      : null;
  const simulator = platform.simulator ?? own;
  if (inbound !== "off" && port !== null) simulator?.answerAt({ host: reachableHost(inbound.host), port });
  const stop = async (): Promise<void> => {
    await Promise.all([receiver[Symbol.asyncDispose](), own?.[Symbol.asyncDispose]()]);
  };
  return { role: { [Symbol.asyncDispose]: stop }, doors: port === null ? {} : { inbound: port } };
}
